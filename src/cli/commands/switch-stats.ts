import type { FdbStats, PortStats } from '../../switch/index.js';
import { command } from '../command.js';
import { json, text } from '../options.js';
import { type Column, printTables, table } from '../output.js';
import { controlSocket, withSwitch } from './switch-client.js';

const portColumns: Column<PortStats>[] = [
  { key: 'name', value: (port) => port.name },
  { key: 'rx_packets', value: (port) => port.rx_packets },
  { key: 'rx_bytes', value: (port) => port.rx_bytes },
  { key: 'tx_packets', value: (port) => port.tx_packets },
  { key: 'tx_bytes', value: (port) => port.tx_bytes },
  { key: 'drops', value: (port) => port.drops, text: (port) => dropText(port.drops) },
];

const fdbKeys = ['entries', 'capacity', 'learned', 'moved', 'aged', 'evicted', 'refused'] as const;
const fdbColumns = fdbKeys.map(
  (key): Column<FdbStats> => ({
    key,
    title: key === 'entries' ? 'ADDRESSES' : key.toUpperCase(),
    value: (fdb) => fdb[key],
  }),
);

/** `vmlane switch stats` */
export const switchStats = command({
  path: ['switch', 'stats'],
  summary: 'Show counters of the ports and of the address table',
  positionals: {},
  options: { ...controlSocket, port: text('port', 'Only the port of this name'), json },
  examples: [
    ['switch stats', 'frames, bytes and drops by reason'],
    ['switch stats --port web1.0 --json', 'one port, for a program'],
  ],
  async run({ port, ...values }, io) {
    const stats = await withSwitch(values['control-socket'], io, (client) => client.stats(port));
    printTables(io, values.json, [
      table('ports', portColumns, stats.ports),
      { ...table('fdb', fdbColumns, [stats.fdb]), single: true },
    ]);
    return 0;
  },
});

function dropText(drops: Record<string, number>): string {
  const counted = Object.entries(drops).filter(([, count]) => count > 0);
  return counted.map(([reason, count]) => `${reason} ${count}`).join(', ') || '-';
}
