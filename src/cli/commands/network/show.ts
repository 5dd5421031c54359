import type { NetworkView } from '../../../networks/index.js';
import { unknownNetwork } from '../../../networks/unknown.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { type Column, printJson, renderTable, table } from '../../output.js';
import { controlSocket, withSwitch } from '../switch/client.js';
import { networkColumns, optional } from './list.js';

const columns: Column<NetworkView>[] = [
  ...networkColumns,
  optional('nic_interface', ({ nic_interface: own }) => own),
  {
    key: 'mtus',
    value: ({ mtus }) => mtus.map((one) => ({ ...one })),
    text: ({ mtus }) => mtus.map(({ name, mtu }) => `${name} ${mtu}`).join(' '),
  },
];

/** `vmlane network show` */
export const networkShow = command({
  path: ['network', 'show'],
  summary: 'Show a network, the MTU of its path, and the ports that are in it',
  positionals: { NAME: { describe: "the network's name", names: 'network' } },
  options: { ...controlSocket, json },
  examples: [
    ['network show default', 'its VLAN, bridge and MTU, and who is in it'],
    ['network show default --json', 'the same for a program'],
  ],
  async run({ NAME, ...values }, io) {
    const { viewNetworks } = await import('../../../networks/index.js');
    const socket = controlSocketPath(values['control-socket'], io.env);
    const networks = await withSwitch(socket, io, (client) => viewNetworks(client, socket));
    const found = networks.find(({ name }) => name === NAME);
    if (!found)
      throw unknownNetwork(
        NAME,
        networks.map(({ name }) => name),
      );
    const { cells, titles, json: rows } = table('network', columns, [found]);
    if (values.json) printJson(io, rows[0] ?? null);
    else {
      const [row = []] = cells;
      const lines = titles.map((title, i) => [title.toLowerCase(), row[i] ?? ''] as const);
      const shown = lines.map(([key, value]) =>
        key === 'ports' ? ([key, found.ports.join(' ') || '-'] as const) : ([key, value] as const),
      );
      io.out(renderTable(table('network', PAIR, shown), io.color));
    }
    return 0;
  },
});

const PAIR = [
  { key: 'setting', value: ([key]: readonly [string, string]) => key },
  { key: 'value', value: ([, value]: readonly [string, string]) => value },
];
