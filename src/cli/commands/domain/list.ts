import type { DomainView, NicView } from '../../../guests/view.js';
import { libvirtUri } from '../../../libvirt/uri.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { type Column, type Json, keyed, mebibytes, printTables, table } from '../../output.js';
import { connectOption, withLibvirt } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';

const columns: Column<DomainView>[] = [
  { key: 'name', value: ({ name }) => name },
  { key: 'state', value: ({ state }) => state },
  {
    key: 'autostart',
    value: ({ autostart }) => autostart,
    text: ({ autostart }) => (autostart ? 'yes' : '-'),
  },
  { key: 'vcpus', value: ({ vcpus }) => vcpus },
  {
    key: 'memory',
    title: 'MEMORY_MIB',
    value: ({ memory }) => memory,
    text: (one) => mebibytes(one.memory),
  },
  {
    key: 'nics',
    title: 'PORTS',
    value: ({ nics }) => nics.filter(({ port }) => port !== null).map(nicJson),
    text: portsText,
  },
];

function nicJson({ drops, ...nic }: NicView): Json {
  return { ...nic, drops: drops && keyed(drops) };
}

/** `vmlane domain list` */
export const domainList = command({
  path: ['domain', 'list'],
  summary: 'List all guests, with the ports of their vhost-user NICs',
  positionals: {},
  options: {
    ...connectOption,
    ...controlSocket,
    json,
  },
  examples: [
    ['domain list', 'a port is up when its guest is there; - where no switch answers'],
    ['domain list --json', 'the same for a program'],
  ],
  async run({ connect, json: asJson, 'control-socket': named }, io) {
    const { viewDomains, viewSwitch } = await import('../../../guests/view.js');
    const { switchOf, withReached } = await import('../../../guests/reach-switch.js');
    const uri = libvirtUri(connect, io.env);
    return withLibvirt(uri, (libvirt) =>
      withReached(switchOf(uri, named, io.env), async ({ client }) => {
        const domains = await viewDomains(libvirt, client && (await viewSwitch(client)));
        printTables(io, asJson, [table('domains', columns, domains)], { uri });
        return 0;
      }),
    );
  },
});

function portsText({ nics }: DomainView): string {
  const told = nics.flatMap(({ port, state }) =>
    port === null || state === null ? [] : [`${port} ${state}`],
  );
  return told.join(', ') || '-';
}
