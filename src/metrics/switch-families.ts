/** Metrics of the switch itself: who it is, its address table, its lcores. */
import type { LcoreStats } from '../contract/types.js';
import { type Family, known, label, ofSwitch, type Sample } from './family.js';

const FDB = 'in the address table';

/** A switch of an earlier version calls them cores. */
function lcoresOf({ stats }: Sample): readonly LcoreStats[] {
  return stats.lcores ?? stats.cores ?? [];
}

function ofLcore(
  name: string,
  help: string,
  value: (stats: LcoreStats) => number | undefined,
): Family {
  const rows = (sample: Sample) =>
    lcoresOf(sample).flatMap((one) => known(value(one), String(one.lcore)));
  return { type: 'counter', name, help, labels: ['lcore'], rows };
}

export const switchFamilies: readonly Family[] = [
  {
    type: 'gauge',
    name: 'vmlane_switch_build_info',
    help: 'Version of the running switch, and of its DPDK; always 1',
    labels: ['version', 'dpdk', 'protocol'],
    rows: ({ hello }) => [[1, hello.version, hello.dpdk, String(hello.protocol)]],
  },
  ofSwitch(
    'gauge',
    'vmlane_switch_start_time_seconds',
    'When the switch started, in seconds since 1970',
    ({ startedAt }) => startedAt,
  ),
  ofSwitch('gauge', 'vmlane_switch_ports', 'Ports of the switch', ({ ports }) => ports.length),
  ofSwitch(
    'gauge',
    'vmlane_switch_ports_limit',
    'Ports that the switch may have',
    ({ info }) => info.max_ports,
  ),
  ofSwitch('gauge', 'vmlane_fdb_entries', `Addresses ${FDB}`, ({ stats }) => stats.fdb.entries),
  ofSwitch(
    'gauge',
    'vmlane_fdb_entries_limit',
    `Addresses for which there is room ${FDB}`,
    ({ stats }) => stats.fdb.capacity,
  ),
  ofSwitch(
    'counter',
    'vmlane_fdb_learned_total',
    `New addresses ${FDB}`,
    ({ stats }) => stats.fdb.learned,
  ),
  ofSwitch(
    'counter',
    'vmlane_fdb_moved_total',
    `Addresses ${FDB} that moved to another port`,
    ({ stats }) => stats.fdb.moved,
  ),
  ofSwitch(
    'counter',
    'vmlane_fdb_aged_total',
    `Addresses ${FDB} that were forgotten after the ageing time`,
    ({ stats }) => stats.fdb.aged,
  ),
  ofSwitch(
    'counter',
    'vmlane_fdb_evicted_total',
    `Addresses ${FDB} that were forgotten to make room`,
    ({ stats }) => stats.fdb.evicted,
  ),
  ofSwitch(
    'counter',
    'vmlane_fdb_refused_total',
    "Addresses that were not learned: their port's limit was reached, or the address table full",
    ({ stats }) => stats.fdb.refused,
  ),
  {
    type: 'gauge',
    name: 'vmlane_lcore_info',
    help: 'Processor of a forwarding lcore, and its NUMA node; always 1',
    labels: ['lcore', 'cpu', 'node'],
    rows: ({ info }) =>
      info.lcores.map((one) => [1, String(one.lcore), String(one.cpu), label(one.node)]),
  },
  {
    type: 'gauge',
    name: 'vmlane_lcore_ports',
    help: 'Ports of which an lcore polls a queue pair or more',
    labels: ['lcore'],
    rows: ({ info }) => info.lcores.map((one) => [one.ports, String(one.lcore)]),
  },
  {
    type: 'gauge',
    name: 'vmlane_lcore_queues',
    help: 'Queue pairs of guests and queues of devices that an lcore polls',
    labels: ['lcore'],
    rows: ({ info }) => info.lcores.flatMap((one) => known(one.queues, String(one.lcore))),
  },
  ofLcore(
    'vmlane_lcore_busy_cycles_total',
    'Cycles of the rounds in which an lcore found frames; its rate divided by that of vmlane_tsc_cycles_total is the load',
    (one) => one.busy_cycles,
  ),
  ofLcore(
    'vmlane_lcore_busy_packets_total',
    'Frames of the rounds in which an lcore found frames',
    (one) => one.busy_packets,
  ),
  ofLcore(
    'vmlane_lcore_balanced_total',
    'Queue pairs and devices that the balancer moved to an lcore',
    (one) => one.balanced,
  ),
  ofLcore(
    'vmlane_lcore_waits_total',
    'How often an lcore had nothing to do and waited for kicks',
    (one) => one.waits,
  ),
  ofLcore(
    'vmlane_lcore_late_waits_total',
    'Waits of 100 ms after which there was a frame of which nobody had told',
    (one) => one.late,
  ),
  ofSwitch(
    'counter',
    'vmlane_tsc_cycles_total',
    'The time stamp counter in which busy cycles are counted',
    ({ stats }) => stats.tsc,
  ),
];
