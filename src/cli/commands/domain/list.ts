import type { GuestView, NicView } from '../../../guests/view.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { type Column, type Json, keyed, mebibytes, printTables, table } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { withHost } from './host.js';

const columns: Column<GuestView>[] = [
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
  summary: 'List all guests, with their ports',
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
  async run({ json: asJson, ...values }, io) {
    const { viewGuests } = await import('../../../guests/view.js');
    return withHost(values, io, async (host) => {
      const domains = await viewGuests(host);
      printTables(io, asJson, [table('domains', columns, domains)], { uri: host.uri });
      return 0;
    });
  },
});

function portsText({ nics }: GuestView): string {
  const described = nics.flatMap(({ port, state }) =>
    port === null || state === null ? [] : [`${port} ${state}`],
  );
  return described.join(', ') || '-';
}
