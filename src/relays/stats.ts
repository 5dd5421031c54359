/** Counters of relays under virtio-forwarder's names. Pure. */
import { DROP_REASONS } from '../contract/bounds.js';
import type { LcoreInfo, Port, PortStats } from '../contract/types.js';
import { cpuOf, endOf, type Relay } from './view.js';

/** Counters of all ports at a time. */
export interface Reading {
  ms: number;
  ports: readonly PortStats[];
}

/** One counter or state; `path` from the relay on, such as `vf_to_vm.active`. */
export type StatLine = [path: string, value: string | number | boolean];

/** All lines of a relay, in virtio-forwarder's order; rates are those between the two readings. */
export function statLines(
  { vf, vm }: Relay,
  lcores: readonly LcoreInfo[],
  before: Reading,
  after: Reading,
): StatLine[] {
  const isActive = isUp(vf) && isUp(vm);
  const cpus = [cpuOf(vf, lcores), cpuOf(vm, lcores)];
  const device = endOf(vf);
  const of = (port: Port | undefined) => ({
    now: after.ports.find(({ name }) => name === port?.name),
    earlier: before.ports.find(({ name }) => name === port?.name),
  });
  const seconds = (after.ms - before.ms) / 1000;
  const way = (name: Way, from: Port | undefined, to: Port | undefined, cpu: number | undefined) =>
    directionLines(name, cpu, {
      from: of(from),
      to: of(to),
      seconds,
      isActive,
      state: STATES[name](vf, vm),
    });
  return [
    ['active', isActive],
    ...line('cpu.vf_to_vm', cpus[0]),
    ...line('cpu.vm_to_vf', cpus[1]),
    ...line('vf.pci_addr_str', device ?? undefined),
    ...line('vhost.vhost_socket_name', vm?.path),
    ...way('vf_to_vm', vf, vm, cpus[0]),
    ...way('vm_to_vf', vm, vf, cpus[1]),
  ];
}

type Way = 'vf_to_vm' | 'vm_to_vf';

const STATES: Readonly<Record<Way, (vf: Port | undefined, vm: Port | undefined) => string>> = {
  vf_to_vm: (vf, vm) => (!vf ? 'DPDK_UNINIT' : isUp(vm) ? 'DPDK_READY' : 'DPDK_ADDED'),
  vm_to_vf: (_, vm) => (isUp(vm) ? 'VIRTIO_READY' : 'VIRTIO_UNINIT'),
};

/** The ends of a direction in its counters' names. */
const ENDS: Readonly<Record<Way, readonly [from: string, to: string]>> = {
  vf_to_vm: ['vf', 'vm'],
  vm_to_vf: ['vm', 'vf'],
};

interface Side {
  now: PortStats | undefined;
  earlier: PortStats | undefined;
}

interface Direction {
  from: Side;
  to: Side;
  seconds: number;
  isActive: boolean;
  state: string;
}

/** Reasons at the receiver for which a frame is not delivered, though the receiver is there. */
const FULL = Object.entries(DROP_REASONS).flatMap(([reason, { side }]) =>
  side === 'sender' || reason === 'not_ready' ? [] : [reason],
);

function directionLines(way: Way, cpu: number | undefined, direction: Direction): StatLine[] {
  const { from, to, seconds, isActive, state } = direction;
  const [source, target] = ENDS[way];
  const at = cpu === undefined ? way : `${way}.cpu_${cpu}`;
  const rx = (unit: Unit) => from.now?.[`rx_${unit}`] ?? 0;
  const tx = (unit: Unit) => to.now?.[`tx_${unit}`] ?? 0;
  const rate = (now: number, then: number) =>
    seconds > 0 ? Math.max(0, Math.round((now - then) / seconds)) : 0;
  const rxRate = (unit: Unit) => rate(rx(unit), from.earlier?.[`rx_${unit}`] ?? 0);
  const txRate = (unit: Unit) => rate(tx(unit), to.earlier?.[`tx_${unit}`] ?? 0);
  const sent = from.now?.drops ?? {};
  const got = to.now?.drops ?? {};
  // A receiver's are counted there, all others at the sender.
  const gone = (sent.no_port ?? 0) + (got.not_ready ?? 0);
  const others = Object.entries(sent).filter(
    ([reason]) => reason !== 'no_port' && reason !== 'not_ready' && !FULL.includes(reason),
  );
  return [
    [`${way}.active`, isActive],
    [`${way}.internal_state`, state],
    [`${at}.pkts_rx_from_${source}`, rx('packets')],
    [`${at}.bytes_rx_from_${source}`, rx('bytes')],
    [`${at}.pkts_tx_to_${target}`, tx('packets')],
    [`${at}.bytes_tx_to_${target}`, tx('bytes')],
    [`${at}.pkt_rate_rx_from_${source}`, rxRate('packets')],
    [`${at}.byte_rate_rx_from_${source}`, rxRate('bytes')],
    [`${at}.pkt_rate_tx_to_${target}`, txRate('packets')],
    [`${at}.byte_rate_tx_to_${target}`, txRate('bytes')],
    [`${at}.pkts_dropped_${target}_queue_full`, sum(FULL.map((reason) => got[reason] ?? 0))],
    [`${at}.pkts_dropped_${target}_not_connected`, gone],
    [`${at}.pkts_dropped_other`, sum(others.map(([, count]) => count))],
  ];
}

type Unit = 'packets' | 'bytes';

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function isUp(port: Port | undefined): boolean {
  return port?.state === 'up';
}

function line(path: string, value: StatLine[1] | undefined): StatLine[] {
  return value === undefined ? [] : [[path, value]];
}

/** A line as virtio-forwarder prints it: `relay_1.vf_to_vm.internal_state=DPDK_ADDED`. */
export function statText(relay: string, [path, value]: StatLine): string {
  const text = value === true ? 'True' : value === false ? 'False' : String(value);
  return `relay_${relay}.${path}=${text}`;
}
