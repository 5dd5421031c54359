import { describe, expect, it } from 'vitest';
import {
  type PresentInterface,
  parseInterfaces,
  plainAddress,
  planInterface,
  planRemoval,
} from '../../src/networks/interfaces.js';
import { cidr } from '../../src/networks/records.js';
import { commandOf } from '../../src/networks/steps.js';

const WANTED = {
  name: 'host0',
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  addresses: ['192.0.2.1/24', '2001:db8::1/64'],
};

const base = { mtu: 1500, isUp: true, isTap: false, isEthernet: true, addresses: [] };
const BRIDGE: PresentInterface = { ...base, name: 'br0', kind: 'bridge' };
const OTHER_BRIDGE: PresentInterface = { ...base, name: 'virbr0', kind: 'bridge' };
const OWNER = { uid: 1, name: 'daemon' };
const TAP: PresentInterface = {
  ...{ ...base, name: 'host0', kind: 'tun', isTap: true },
  owner: 'daemon',
};

const commands = (...args: Parameters<typeof planInterface>) =>
  planInterface(...args).map(commandOf);

describe('the steps to an interface', () => {
  it('make it, with all that it is to have, and take it back as a whole', () => {
    const steps = planInterface({ ...WANTED, bridge: 'br0' }, { uid: 64056 }, [BRIDGE]);
    expect(steps.map(commandOf)).toEqual([
      'ip tuntap add dev host0 mode tap user 64056',
      'ip link set dev host0 address 02:00:00:00:00:01 mtu 1500 addrgenmode none',
      'ip address add 192.0.2.1/24 dev host0',
      'ip address add 2001:db8::1/64 dev host0',
      'ip link set dev host0 master br0',
      'ip link set dev host0 up',
    ]);
    expect(steps.map(({ undo }) => undo?.join(' '))).toEqual([
      'link del dev host0',
      ...Array(5).fill(undefined),
    ]);
  });

  it('give one that is there what it lacks, and take back no more than that', () => {
    const lacking = { ...TAP, isUp: false, mtu: 1400, addresses: ['192.0.2.1/24'] };
    const steps = planInterface({ ...WANTED, bridge: 'br0' }, OWNER, [BRIDGE, lacking]);
    expect(steps.map(({ words, undo }) => [words.join(' '), undo?.join(' ')])).toEqual([
      ['link set dev host0 mtu 1500', 'link set dev host0 mtu 1400'],
      ['address add 2001:db8::1/64 dev host0', 'address del 2001:db8::1/64 dev host0'],
      ['link set dev host0 master br0', 'link set dev host0 nomaster'],
      ['link set dev host0 up', 'link set dev host0 down'],
    ]);
    const elsewhere = { ...TAP, master: 'virbr0', addresses: WANTED.addresses };
    const moved = planInterface({ ...WANTED, bridge: 'br0' }, OWNER, [BRIDGE, elsewhere]);
    expect(moved.map(({ undo }) => undo?.join(' '))).toEqual(['link set dev host0 master virbr0']);
    const whole = { ...TAP, master: 'br0', addresses: WANTED.addresses };
    expect(planInterface({ ...WANTED, bridge: 'br0' }, OWNER, [BRIDGE, whole])).toEqual([]);
  });

  it.each([
    [
      [{ ...TAP, isTap: false }],
      undefined,
      'host0: this interface is there already, and is of kind tun',
    ],
    [
      [{ ...base, name: 'host0' }],
      undefined,
      'host0: this interface is there already, and is a device',
    ],
    [[], 'br0', 'bridge br0: there is no such interface; this host has no bridges'],
    [[OTHER_BRIDGE], 'br0', 'bridge br0: there is no such interface; bridges here: virbr0'],
    [[{ ...BRIDGE, kind: 'bond' }], 'br0', 'bridge br0: this interface is no bridge'],
  ])('refuse %j in %s', (present, bridge, message) => {
    expect(() => commands({ ...WANTED, bridge }, OWNER, present)).toThrow(message);
  });

  it("make another user's anew, and leave one down whose bridge is not there yet", () => {
    const commandsOf = (owner: string | undefined) =>
      commands(WANTED, OWNER, [{ ...TAP, ...(owner !== undefined && { owner }) }]);
    expect(commandsOf('1')).toHaveLength(2);
    expect(commandsOf('root').slice(0, 2)).toEqual([
      'ip link del dev host0',
      'ip tuntap add dev host0 mode tap user 1',
    ]);
    expect(commands({ ...WANTED, bridge: 'br0', isLate: true }, OWNER, []).at(-1)).toBe(
      'ip address add 2001:db8::1/64 dev host0',
    );
    expect(commands({ ...WANTED, bridge: 'br0', isLate: true }, OWNER, [])[1]).toContain('none');
  });

  it('know an address however it is written', () => {
    const there = { ...TAP, addresses: ['2001:db8::1/64'] };
    const wanted = { ...WANTED, addresses: ['2001:DB8:0:0::1/64'] };
    expect(commands(wanted, OWNER, [there])).toEqual([]);
    expect(plainAddress('192.0.2.1/24')).toBe('192.0.2.1/24');
  });

  it('take away only what is still a tap', () => {
    expect(planRemoval('host0', [TAP]).map(commandOf)).toEqual(['ip link del dev host0']);
    expect(planRemoval('host0', [{ ...TAP, isTap: false }])).toEqual([]);
    expect(planRemoval('host0', [])).toEqual([]);
  });
});

it('what ip prints is read, of any kind of interface, and of one that has just gone', () => {
  const text = JSON.stringify([
    {},
    { ifname: 'lo', flags: ['LOOPBACK', 'UP'], mtu: 65536, addr_info: [] },
    { ifname: 'br0', flags: [], mtu: 1500, linkinfo: { info_kind: 'bridge', info_data: {} } },
    {
      ...{ ifname: 'host0', flags: ['UP'], mtu: 9000, master: 'br0' },
      ...{ link_type: 'ether', address: '02:00:00:00:00:01' },
      linkinfo: { info_kind: 'tun', info_data: { type: 'tap', persist: true, user: 4711 } },
      addr_info: [{ family: 'inet', local: '192.0.2.1', prefixlen: 24 }],
    },
    {
      ...{ ifname: 'vnet0', flags: ['UP'], mtu: 1500 },
      linkinfo: { info_kind: 'tun', info_data: { type: 'tap', persist: false } },
    },
    { ifname: 'vn0', mtu: 1500, link: 'eno2', linkinfo: { info_kind: 'macvtap' } },
    { ifname: 'veth0', mtu: 1500, link: 'veth1', linkinfo: { info_kind: 'veth' } },
  ]);
  const none = { isUp: false, isTap: false, isEthernet: false, addresses: [] };
  expect(parseInterfaces(text)).toEqual([
    { ...none, name: 'lo', mtu: 65536, isUp: true },
    { ...none, name: 'br0', mtu: 1500, kind: 'bridge' },
    {
      ...{ name: 'host0', mtu: 9000, isUp: true, kind: 'tun', isTap: true, owner: '4711' },
      ...{ master: 'br0', addresses: ['192.0.2.1/24'] },
      ...{ isEthernet: true, mac: '02:00:00:00:00:01' },
    },
    { ...none, name: 'vnet0', mtu: 1500, isUp: true, kind: 'tun' },
    { ...none, name: 'vn0', mtu: 1500, kind: 'macvtap', parent: 'eno2' },
    { ...none, name: 'veth0', mtu: 1500, kind: 'veth' },
  ]);
  expect(parseInterfaces('')).toEqual([]);
  for (const broken of ['{', '{"a":1}', '[{"mtu":"x"}]'])
    expect(() => parseInterfaces(broken)).toThrow('use iproute2 4.18 or newer');
});

it.each(['192.0.2.1/24', '0.0.0.0/0', '2001:db8::1/64', '::1/128', '10.0.0.1/32'])('%s', (text) => {
  expect(cidr.safeParse(text).success).toBe(true);
});

it.each([
  '',
  '192.0.2.1',
  '192.0.2.1/33',
  '192.0.2/24',
  '::1/129',
  '1.2.3.4/',
  '/24',
  '1.2.3.4/24/1',
  '1.2.3.4/024',
  '1.2.3.4/-1',
  'fe80::1%eth0/64',
])('no address with a prefix: %s', (text) => expect(cidr.safeParse(text).success).toBe(false));
