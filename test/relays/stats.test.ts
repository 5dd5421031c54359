import { expect, it } from 'vitest';
import { type Relay, relaysOf, statLines, statText, viewRelays } from '../../src/relays/index.js';
import type { Port, PortRequest } from '../../src/switch/index.js';
import { FakePorts } from '../switch/fake-ports.js';

const lcores = [
  { lcore: 0, cpu: 4, ports: 1 },
  { lcore: 1, cpu: 6, ports: 1 },
];

function ports(requests: (PortRequest & { state?: Port['state']; lcore?: number })[]): Port[] {
  return new FakePorts(requests).list.map((port, i) => ({ ...port, ...requests[i] }) as Port);
}

const vf = { name: 'x', path: '', device: '0000:01:10.0', relay: '3', lcore: 0 };
const vm = { name: 'relay:3.vm', path: '/run/3.sock', relay: '3', lcore: 1 };
const up = { state: 'up' as const };

const counts = (rx: number, tx: number, drops: Record<string, number> = {}) => ({
  ...{ rx_packets: rx, rx_bytes: 100 * rx, tx_packets: tx, tx_bytes: 100 * tx, drops },
});

function linesOf(relay: Relay, seconds = 0.5): Record<string, unknown> {
  const before = {
    ms: 0,
    ports: [
      { name: 'x', ...counts(10, 5) },
      { name: vm.name, ...counts(5, 9) },
    ],
  };
  const after = {
    ms: seconds * 1000,
    ports: [
      { name: 'x', ...counts(110, 25, { no_buffer: 1, ring_busy: 2, not_ready: 3, too_long: 4 }) },
      {
        name: vm.name,
        ...counts(30, 100, { ring_full: 5, rate_limit: 1, not_ready: 6, no_port: 7 }),
      },
    ],
  };
  return Object.fromEntries(statLines(relay, lcores, before, after));
}

it('counts each way at its ends, in frames a second of the time between', () => {
  const [relay] = relaysOf(
    ports([
      { ...vf, ...up },
      { ...vm, ...up },
    ]),
  );
  const lines = linesOf(relay as Relay);
  expect(lines).toEqual({
    active: true,
    'cpu.vf_to_vm': 4,
    'cpu.vm_to_vf': 6,
    'vf.pci_addr_str': '0000:01:10.0',
    'vhost.vhost_socket_name': '/run/3.sock',
    'vf_to_vm.active': true,
    'vf_to_vm.internal_state': 'DPDK_READY',
    'vf_to_vm.cpu_4.pkts_rx_from_vf': 110,
    'vf_to_vm.cpu_4.bytes_rx_from_vf': 11_000,
    'vf_to_vm.cpu_4.pkts_tx_to_vm': 100,
    'vf_to_vm.cpu_4.bytes_tx_to_vm': 10_000,
    'vf_to_vm.cpu_4.pkt_rate_rx_from_vf': 200,
    'vf_to_vm.cpu_4.byte_rate_rx_from_vf': 20_000,
    'vf_to_vm.cpu_4.pkt_rate_tx_to_vm': 182,
    'vf_to_vm.cpu_4.byte_rate_tx_to_vm': 18_200,
    'vf_to_vm.cpu_4.pkts_dropped_vm_queue_full': 6,
    'vf_to_vm.cpu_4.pkts_dropped_vm_not_connected': 6,
    'vf_to_vm.cpu_4.pkts_dropped_other': 4,
    'vm_to_vf.active': true,
    'vm_to_vf.internal_state': 'VIRTIO_READY',
    'vm_to_vf.cpu_6.pkts_rx_from_vm': 30,
    'vm_to_vf.cpu_6.bytes_rx_from_vm': 3000,
    'vm_to_vf.cpu_6.pkts_tx_to_vf': 25,
    'vm_to_vf.cpu_6.bytes_tx_to_vf': 2500,
    'vm_to_vf.cpu_6.pkt_rate_rx_from_vm': 50,
    'vm_to_vf.cpu_6.byte_rate_rx_from_vm': 5000,
    'vm_to_vf.cpu_6.pkt_rate_tx_to_vf': 40,
    'vm_to_vf.cpu_6.byte_rate_tx_to_vf': 4000,
    'vm_to_vf.cpu_6.pkts_dropped_vf_queue_full': 3,
    // Its own no_port, too: the relay had no other end then.
    'vm_to_vf.cpu_6.pkts_dropped_vf_not_connected': 10,
    'vm_to_vf.cpu_6.pkts_dropped_other': 0,
  });
});

it.each([
  [[{ ...vf, ...up }, vm], false, 'DPDK_ADDED', 'VIRTIO_UNINIT'],
  [[{ ...vf, ...up }], false, 'DPDK_ADDED', 'VIRTIO_UNINIT'],
  [[{ ...vm, ...up }], false, 'DPDK_UNINIT', 'VIRTIO_READY'],
  [
    [
      { ...vf, ...up },
      { ...vm, ...up },
    ],
    true,
    'DPDK_READY',
    'VIRTIO_READY',
  ],
])('states of %j', (ends, active, dpdk, virtio) => {
  const [relay] = relaysOf(ports(ends));
  expect(linesOf(relay as Relay)).toMatchObject({
    active,
    'vf_to_vm.internal_state': dpdk,
    'vm_to_vf.internal_state': virtio,
  });
});

it('a line is as virtio-forwarder prints it', () => {
  expect(statText('1', ['vf_to_vm.internal_state', 'DPDK_ADDED'])).toBe(
    'relay_1.vf_to_vm.internal_state=DPDK_ADDED',
  );
  expect(statText('web', ['active', false])).toBe('relay_web.active=False');
});

it('relays are listed by number, and the guest of two is the later one', () => {
  const guest = (name: string, relay: string) => ({ name, path: `/run/${name}.sock`, relay });
  const all = ports([
    guest('b', '10'),
    guest('a', '10'),
    { ...vf, ...up },
    { ...vm, ...up },
    guest('c', 'web'),
    { name: 'd', path: '/run/d.sock' },
  ]);
  const device = { of: 'x', link: 'down' as const };
  const views = viewRelays(all, [device as never]);
  expect(views.map(({ name, state, device, socket }) => [name, state, device, socket])).toEqual([
    // Its link is down.
    ['3', 'waiting', '0000:01:10.0', '/run/3.sock'],
    ['10', 'waiting', '/run/b.sock', '/run/a.sock'],
    ['web', 'half', null, '/run/c.sock'],
  ]);
});
