import type { FdbStats, LcoreStats, PortStats, Stats } from '../../../switch/index.js';
import { command } from '../../command.js';
import { json, text } from '../../options.js';
import {
  type Column,
  countsText,
  type Json,
  keyed,
  printJson,
  printTables,
  table,
} from '../../output.js';
import { controlSocket, withPort, withSwitch } from './client.js';

const portColumns: Column<PortStats>[] = [
  { key: 'name', value: (port) => port.name },
  { key: 'rx_packets', value: (port) => port.rx_packets },
  { key: 'rx_bytes', value: (port) => port.rx_bytes },
  { key: 'tx_packets', value: (port) => port.tx_packets },
  { key: 'tx_bytes', value: (port) => port.tx_bytes },
  { key: 'drops', value: (port) => keyed(port.drops), text: (port) => countsText(port.drops) },
];

/** Counters of faults; the table shows them only if one is not 0. */
const faultColumns: Column<PortStats>[] = [
  { key: 'name', value: (port) => port.name },
  { key: 'bad_chains', value: (port) => port.bad_chains ?? 0 },
  { key: 'broken', title: 'BROKEN_RINGS', value: (port) => port.broken ?? 0 },
  { key: 'refused', value: (port) => port.refused ?? 0 },
  { key: 'wrong_label', value: (port) => port.wrong_label ?? 0 },
  { key: 'log_left_out', value: (port) => port.log_left_out ?? 0 },
];

/** Counters of devices themselves. */
const nicColumns: Column<PortStats>[] = [
  { key: 'name', title: 'DEVICE', value: (port) => port.name },
  {
    key: 'nic',
    value: (port) => keyed(port.nic ?? {}),
    text: (port) => countsText(port.nic ?? {}),
  },
];

const lcoreColumns: Column<LcoreStats>[] = [
  { key: 'lcore', value: (lcore) => lcore.lcore },
  { key: 'busy_cycles', value: (lcore) => lcore.busy_cycles },
  { key: 'busy_packets', value: (lcore) => lcore.busy_packets },
  {
    key: 'cycles_per_packet',
    title: 'CYCLES/PACKET',
    value: (lcore) => Math.round(lcore.busy_cycles / Math.max(1, lcore.busy_packets)),
  },
  { key: 'balanced', value: (lcore) => lcore.balanced ?? 0 },
  { key: 'waits', value: (lcore) => lcore.waits ?? 0 },
  { key: 'late', value: (lcore) => lcore.late ?? 0 },
];

const fdbKeys = ['entries', 'capacity', 'learned', 'moved', 'aged', 'evicted', 'refused'] as const;
const fdbColumns = fdbKeys.map(
  (key): Column<FdbStats> => ({
    key,
    title: key === 'entries' ? 'ADDRESSES' : key.toUpperCase(),
    value: (fdb) => fdb[key],
  }),
);

/** To a switch of the former version its one device was no port. */
function withUplink({ ports, uplink }: Stats): readonly PortStats[] {
  if (!uplink || ports.some((port) => port.nic)) return ports;
  return [...ports, { name: 'uplink', ...uplink }];
}

/** `vmlane switch stats` */
export const switchStats = command({
  path: ['switch', 'stats'],
  summary: 'Show counters of ports, address table and lcores',
  positionals: {},
  options: { ...controlSocket, port: text('port', 'Only the port of this name', 'port'), json },
  examples: [
    ['switch stats', 'frames, bytes and drops by reason'],
    ['switch stats --port web1.0 --json', 'one port, for a program'],
  ],
  async run({ port, ...values }, io) {
    const stats = await withSwitch(values['control-socket'], io, (client) =>
      withPort(client, port, () => client.stats(port)),
    );
    if (values.json) {
      // Exactly what the switch sent.
      printJson(io, stats as unknown as Json);
      return 0;
    }
    const described = stats.ports.filter(
      (port) => port.bad_chains || port.broken || port.refused || port.log_left_out,
    );
    const ports = withUplink(stats);
    const devices = ports.filter((port) => port.nic);
    printTables(io, false, [
      table('ports', portColumns, ports),
      ...(described.length > 0 ? [table('faults', faultColumns, described)] : []),
      ...(devices.length > 0 ? [table('devices', nicColumns, devices)] : []),
      table('fdb', fdbColumns, [stats.fdb]),
      ...(stats.lcores ? [table('lcores', lcoreColumns, stats.lcores)] : []),
    ]);
    return 0;
  },
});
