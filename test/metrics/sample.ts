/** A switch with one of everything, as it would answer. */
import type { DeviceInfo, Port, PortStats, SwitchInfo } from '../../src/contract/types.js';
import type { Sample } from '../../src/metrics/family.js';
import { FAKE_HELLO } from '../switch/fake-switch.js';

function port(name: string, more: Partial<Port>): Port {
  const settings = { path: '', listener: 'switch', vlan: 0, vlan_mode: 'access' } as const;
  const now = {
    id: 0,
    state: 'up',
    link_state: 'up',
    queues: 1,
    features: '0x0',
    lcore: 1,
  } as const;
  return { name, ...settings, ...now, ...more };
}

function stats(name: string, n: number, more: Partial<PortStats> = {}): PortStats {
  const frames = { rx_packets: n, rx_bytes: 100 * n, tx_packets: 2 * n, tx_bytes: 200 * n };
  const faults = { bad_chains: 1, refused: 2, wrong_label: 3, log_left_out: 4, broken: 5 };
  return { name, ...frames, ...faults, drops: { ring_full: n, no_port: 0 }, ...more };
}

const DEVICE: DeviceInfo = {
  ...{ of: 'up0', port: 0, name: 'net_bonding0', driver: 'net_bonding', mac: '02:00:00:00:00:09' },
  ...{ node: 1, classification: 'vmdq', why: '', pools: 8, rx_queues: 8, mtu: 1500, filters: 3 },
  ...{ filters_missed: 2, promiscuous: false, vlan_strip: true, link: 'up', bond_mode: 4 },
  members: [
    { name: '0000:3b:00.0', link: 'up', active: true },
    { name: '0000:3b:00.1', link: 'down', active: false },
  ],
};

const INFO: SwitchInfo = {
  lcores: [
    { lcore: 1, cpu: 3, node: 0, ports: 3, queues: 4 },
    { lcore: 2, cpu: 4, ports: 1, queues: 1 },
  ],
  devices: [DEVICE],
  ...{ vm2vm: 1, mergeable: false, max_frame: 1522, max_ports: 1023 },
  settings: { ageing: 1, idle_sleep: 0, stats: 0, rx_retry: 1, rx_retry_num: 1, rx_retry_delay: 1 },
};

const NIC = {
  rx_packets: 1,
  tx_packets: 2,
  rx_missed: 3,
  rx_errors: 4,
  rx_no_buffer: 5,
  tx_errors: 6,
};

export const SAMPLE: Sample = {
  hello: FAKE_HELLO,
  startedAt: 1_700_000_000.5,
  ports: [
    port('web1.0', { path: '/run/vmlane/guests/web1/0.sock', vlan: 7 }),
    port('web2.hostnet0', { path: '/b', state: 'waiting', queues: 0, link_state: 'down' }),
    port('net:lan', { interface: 'vl-lan', vlan: 7 }),
    port('up0', { device: 'bond:mode=4,members=a+b', vlan_mode: 'trunk' }),
    port('relay:3.vf', { device: '0000:01:10.0', relay: '3' }),
    port('relay:3.vm', { path: '/r', relay: '3' }),
  ],
  stats: {
    ports: [stats('web1.0', 10), stats('up0', 20, { nic: NIC })],
    fdb: { entries: 1, capacity: 1024, learned: 2, moved: 3, aged: 4, evicted: 5, refused: 6 },
    lcores: [
      { lcore: 1, busy_cycles: 1000, busy_packets: 10, balanced: 1, waits: 2, late: 3 },
      { lcore: 2, busy_cycles: 0, busy_packets: 0 },
    ],
    tsc: 5000,
  },
  info: INFO,
  networks: [
    { name: 'lan', control_socket: '/s', vlan: 7, bridge: 'br0', interface: 'vl-lan' },
    { name: 'gone', control_socket: '/s', vlan: 8, nic: 'eno1', interface: 'vl-gone' },
    { name: 'inner', control_socket: '/s', vlan: 9 },
  ],
};

/** What `sample` answers to a request. */
export function answersOf({ ports, stats: counters, info }: Sample, method: string): object {
  const results: Record<string, object> = {
    'port.list': { ports },
    'stats.get': counters,
    'switch.info': info,
  };
  return { result: results[method] };
}
