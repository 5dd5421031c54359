import { expect, test } from 'vitest';
import type { DeviceInfo, Port } from '../../src/contract/types.js';
import type { NetworkView } from '../../src/networks/index.js';
import { networksByPort, picture } from '../../src/web/picture.js';

function port(name: string, rest: Partial<Port> = {}): Port {
  const fixed = {
    path: '',
    listener: 'switch',
    id: 0,
    queues: 1,
    features: '0x0',
    lcore: 0,
  } as const;
  return { ...fixed, name, vlan: 0, state: 'up', ...rest };
}

const network = (rest: Partial<NetworkView>): NetworkView => ({
  ...{
    name: 'default',
    control_socket: '/s',
    vlan: 10,
    state: 'up',
    mtu: 1500,
    mtus: [],
    ports: [],
  },
  ...rest,
});

const drawn = (ports: Port[], rest: Partial<Parameters<typeof picture>[0]> = {}) =>
  picture({ ports, devices: [], networks: [], guests: new Map(), states: new Map(), ...rest });

const titles = (members: { title: string }[]) => members.map(({ title }) => title);

test('a network: its bridge, its card, and who is in its VLAN', () => {
  const ports = [
    port('net:default', { vlan: 10, interface: 'vl-default' }),
    port('nic:default', { vlan: 10, interface: 'vn-default' }),
    port('web10.0', { vlan: 10 }),
    port('web2.0', { vlan: 10, state: 'waiting' }),
    port('web2.1', { vlan: 10, state: 'waiting' }),
    port('odd', { vlan: 10, link_state: 'down' }),
    port('other.0', { vlan: 11 }),
    port('tap', { vlan: 10, interface: 'tap0' }),
  ];
  const [first, second] = drawn(ports, {
    networks: [network({ bridge: 'virbr0', nic: 'eno1', libvirt: 'default' })],
    guests: new Map([['web10.0', 'a <b>guest</b>']]),
    states: new Map([['a <b>guest</b>', 'running']]),
  });
  expect(first).toMatchObject({
    kind: 'network',
    name: 'default',
    note: "VLAN 10, libvirt's default, MTU 1500",
    state: 'up',
    host: [
      { title: 'virbr0', note: 'bridge', ports: ['net:default'], state: 'up' },
      { title: 'eno1', note: 'network card', ports: ['nic:default'], state: 'up' },
      { title: 'tap0', note: 'port tap', ports: ['tap'] },
    ],
    guests: [
      { title: 'a <b>guest</b>', note: 'running', ports: ['web10.0'], state: 'up' },
      { title: 'odd', ports: ['odd'], state: 'down' },
      { title: 'web2', note: '', ports: ['web2.0', 'web2.1'], state: 'waiting' },
    ],
  });
  expect(second).toMatchObject({ kind: 'vlan', name: 'VLAN 11' });
});

test('a network whose bridge is gone is not up', () => {
  const [one] = drawn([], { networks: [network({ bridge: 'virbr0', state: 'no bridge' })] });
  expect(one?.host).toEqual([{ title: 'virbr0', note: 'bridge', ports: [], state: 'down' }]);
});

test('trunks are in all that they carry, devices with a tag per guest in all, relays by themselves', () => {
  const ports = [
    port('a', { vlan: 10 }),
    port('b', { vlan: 20 }),
    port('c'),
    port('some', { vlan_mode: 'trunk', trunks: '5-10' }),
    port('all', { vlan_mode: 'trunk', trunks: null }),
    port('native', { vlan_mode: 'native-untagged', vlan: 20, trunks: '10' }),
    port('up', { vlan_mode: 'per-guest', device: 'net0' }),
    port('r.vf', { relay: 'r', device: '0000:01:00.0' }),
    port('r.vm', { relay: 'r' }),
  ];
  const found = drawn(ports);
  const seen = found.map(({ kind, name, guests, devices }) => [
    `${kind} ${name}`,
    titles(guests),
    titles(devices),
  ]);
  expect(seen).toEqual([
    ['vlan no VLAN', ['c'], ['net0']],
    ['vlan VLAN 10', ['a', 'all', 'native', 'some'], ['net0']],
    ['vlan VLAN 20', ['all', 'b', 'native'], ['net0']],
    ['relay r', ['r.vm'], ['0000:01:00.0']],
  ]);
  const byPort = networksByPort(found);
  expect(byPort.get('native')).toEqual(['VLAN 10', 'VLAN 20']);
  expect(byPort.get('r.vm')).toBeUndefined();
});

test("a device's link is that of its card", () => {
  const device = { of: 'up', driver: 'net_e1000_igb', link: 'down' } as DeviceInfo;
  const [one] = drawn([port('up', { device: '0000:01:00.0' })], { devices: [device] });
  expect(one?.devices).toEqual([
    {
      title: '0000:01:00.0',
      note: 'port up, net_e1000_igb, link down',
      ports: ['up'],
      state: 'down',
    },
  ]);
});
