import type { NetworkView } from '../../../networks/index.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { json } from '../../options.js';
import { type Column, printTables, table } from '../../output.js';
import { controlSocket, withSwitch } from '../switch/client.js';

/** Columns of `network list`; `network show` names the ports, too. */
export const networkColumns: Column<NetworkView>[] = [
  { key: 'name', value: ({ name }) => name },
  { key: 'state', value: ({ state }) => state },
  { key: 'vlan', value: ({ vlan }) => vlan },
  optional('bridge', ({ bridge }) => bridge),
  optional('nic', ({ nic }) => nic),
  optional('libvirt', ({ libvirt }) => libvirt),
  optional('interface', ({ interface: own }) => own),
  optional('mtu', ({ mtu }) => mtu),
  {
    key: 'ports',
    value: ({ ports }) => ports,
    text: ({ ports }) => (ports.length > 0 ? String(ports.length) : '-'),
  },
];

/** A column that not every network has. */
export function optional(
  key: string,
  value: (network: NetworkView) => string | number | undefined,
): Column<NetworkView> {
  return {
    key,
    value: (network) => value(network) ?? null,
    text: (network) => String(value(network) ?? '-'),
  };
}

/** `vmlane network list` */
export const networkList = command({
  path: ['network', 'list'],
  summary: "List the switch's networks",
  positionals: {},
  options: { ...controlSocket, json },
  examples: [
    ['network list', 'what each is attached to, and whether that works'],
    ['network list --json', 'the same for a program, with the ports in each'],
  ],
  async run(values, io) {
    const { damagedRecords, viewNetworks } = await import('../../../networks/index.js');
    const socket = controlSocketPath(values['control-socket'], io.env);
    const networks = await withSwitch(socket, io, (client) => viewNetworks(client, socket));
    for (const { message } of damagedRecords()) say(io, message);
    printTables(io, values.json, [table('networks', networkColumns, networks)]);
    return 0;
  },
});
