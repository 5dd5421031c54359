import { describe, expect, it } from 'vitest';
import type { PresentInterface } from '../../src/networks/interfaces.js';
import {
  cardOf,
  mustBeFree,
  type NicRecord,
  planNic,
  planNicBack,
} from '../../src/networks/nic.js';
import { commandOf } from '../../src/networks/steps.js';

const base = { mtu: 1500, isUp: true, isTap: false, isEthernet: true, addresses: [] };
const MAC = '52:54:00:00:00:01';
const CARD: PresentInterface = { ...base, name: 'eno2', mac: MAC };
const BRIDGE: PresentInterface = { ...base, name: 'br0', kind: 'bridge', mac: MAC };
const TAP: PresentInterface = { ...base, name: 'vnet0', kind: 'tun', isTap: true, master: 'br0' };
const MACVTAP: PresentInterface = {
  ...{ ...base, name: 'vn-lan', kind: 'macvtap', mode: 'passthru', parent: 'eno2' },
};
const RECORD: NicRecord = {
  ...{ name: 'vn-lan', nic: 'eno2', port: 'net:lan', control_socket: '/run/vmlane/switch.sock' },
  ...{ mac: MAC, mtu: 1500, addresses: [], settings: {} },
};

const MAKE = [
  'ip link add link eno2 name vn-lan type macvtap mode passthru',
  'ip link set dev vn-lan allmulticast on addrgenmode none',
  "mknod -m 600 /dev/vmlane/vn-lan c $(cat /sys/class/net/vn-lan/macvtap/*/dev | tr : ' ') && chown 64056:0 /dev/vmlane/vn-lan",
  'ip link set dev vn-lan up',
];

describe('the steps that hand a card over', () => {
  const commands = (record: NicRecord, present: PresentInterface[]) =>
    planNic(record, 64056, present).map(commandOf);
  const taken = { ...RECORD, taken_from: 'br0' };

  it('make its macvtap', () => {
    expect(commands(RECORD, [CARD])).toEqual(MAKE);
    expect(commands(RECORD, [{ ...CARD, isUp: false }])).toEqual([
      'ip link set dev eno2 up',
      ...MAKE,
    ]);
  });

  it("take it from its bridge, which keeps the card's address if that was its own", () => {
    const inside = { ...CARD, master: 'br0' };
    const out = 'ip link set dev eno2 nomaster';
    const pin = `ip link set dev br0 address ${MAC}`;
    expect(commands(taken, [inside, BRIDGE])).toEqual([pin, out, ...MAKE]);
    const other = { ...BRIDGE, mac: '52:54:00:00:00:02' };
    expect(commands(taken, [inside, other])).toEqual([out, ...MAKE]);
    const [, step] = planNic(taken, 64056, [inside, BRIDGE]);
    expect(step).toMatchObject({ undo: ['link', 'set', 'dev', 'eno2', 'master', 'br0'] });
  });

  it('give it back, unless somebody has put it elsewhere', () => {
    const macvtap = MACVTAP;
    const back = (record: NicRecord, ...present: PresentInterface[]) =>
      planNicBack(record, present).map(commandOf);
    const gone = ['rm -f /dev/vmlane/vn-lan', 'ip link del dev vn-lan'];
    expect(back(taken, macvtap, CARD, BRIDGE)).toEqual([
      ...gone,
      'ip link set dev eno2 master br0',
    ]);
    expect(back(taken, macvtap, { ...CARD, master: 'br1' }, BRIDGE)).toEqual(gone);
    expect(back(taken, macvtap, CARD)).toEqual(gone);
    expect(back(taken, macvtap)).toEqual(gone);
    expect(back({ ...RECORD, was_down: true }, macvtap, CARD)).toEqual([
      ...gone,
      'ip link set dev eno2 down',
    ]);
    // Somebody else's of that name stays.
    expect(back(RECORD, { ...macvtap, parent: 'eno3' }, CARD)).toEqual(gone.slice(0, 1));
  });

  it('keep the host from answering by the card, and give that back', () => {
    const heard: NicRecord = { ...taken, had_arp: true, had_ipv6: true };
    const inside = { ...CARD, master: 'br0' };
    const off = 'ip link set dev eno2 arp off';
    // This machine has no eno2, so it speaks no IPv6 there.
    expect(commands(heard, [inside, BRIDGE])[0]).toBe(off);
    expect(commands(heard, [{ ...inside, isMute: true }, BRIDGE])).not.toContain(off);
    const macvtap = { ...MACVTAP, parent: 'eno2' };
    const back = planNicBack(heard, [macvtap, { ...CARD, isMute: true }, BRIDGE]).map(commandOf);
    expect(back.slice(-3)).toEqual([
      'ip link set dev eno2 master br0',
      'ip link set dev eno2 arp on',
      'sysctl -w net/ipv6/conf/eno2/disable_ipv6=0',
    ]);
    // Somebody's choice before, and not ours to change.
    expect(planNicBack(taken, [macvtap, { ...CARD, isMute: true }, BRIDGE])).toHaveLength(3);
  });

  it('are refused for a name that another interface has', () => {
    const veth = { ...base, name: 'vn-lan', kind: 'veth' };
    expect(() => commands(RECORD, [CARD, veth])).toThrow('vn-lan: this interface is there already');
    const other = { ...base, name: 'vn-lan', kind: 'macvtap', parent: 'eno3' };
    expect(() => commands(RECORD, [CARD, other])).toThrow('is not of vmlane');
    const shared = { ...MACVTAP, mode: 'bridge' };
    expect(() => commands(RECORD, [CARD, shared])).toThrow('is not of vmlane');
  });
});

const WAY = 'put it and its addresses into a bridge, and give --bridge BRIDGE --take';

it.each<[PresentInterface[], string]>([
  [[], 'NIC eno2: there is no such interface; this host has none'],
  [[{ ...CARD, name: 'eno3' }, TAP], 'NIC eno2: there is no such interface; NICs here: eno3'],
  [[{ ...CARD, kind: 'bridge' }], 'NIC eno2: is a bridge; give --bridge eno2'],
  [
    [{ ...CARD, kind: 'tun' }],
    'NIC eno2: is of kind tun; give a network card, a bond or a VLAN of one',
  ],
  [[{ ...CARD, kind: 'macvtap' }], 'NIC eno2: is of kind macvtap; '],
  [[{ ...CARD, kind: 'gre', isEthernet: false }], 'NIC eno2: carries no Ethernet; '],
  [[{ ...CARD, master: 'br0' }, BRIDGE], 'NIC eno2: is in br0; join that with --bridge br0, or '],
  [
    [
      { ...CARD, master: 'bond0' },
      { ...base, name: 'bond0', kind: 'bond' },
    ],
    'give --nic bond0',
  ],
  [
    [CARD, { ...base, name: 'eno2.100', kind: 'vlan', parent: 'eno2' }],
    'NIC eno2: eno2.100 is on it, and would hear nothing; remove eno2.100 first',
  ],
  [
    [{ ...CARD, addresses: ['192.0.2.5/24', 'fe80::1/64'] }],
    `NIC eno2: this host would lose its 192.0.2.5/24; ${WAY}`,
  ],
  [[{ ...CARD, addresses: ['2001:db8::5/64'] }], `this host would lose its 2001:db8::5/64; ${WAY}`],
])('a card that is not free: %j', (present, message) => {
  expect(() => mustBeFree('eno2', present, { interface: 'vn-lan' })).toThrow(message);
});

it('a free card is one, whatever stands for it', () => {
  const own = { ...base, name: 'vn-lan', kind: 'macvtap', parent: 'eno2' };
  const linkLocal = { ...CARD, addresses: ['fe80::1/64'] };
  for (const card of [
    CARD,
    linkLocal,
    { ...CARD, kind: 'bond' },
    { ...CARD, kind: 'vlan', parent: 'eno3' },
  ])
    expect(mustBeFree('eno2', [card, own], { interface: 'vn-lan' })).toBe(card);
  const inside = { ...CARD, master: 'br0' };
  expect(mustBeFree('eno2', [inside, BRIDGE], { interface: 'vn-lan', bridge: 'br0' })).toBe(inside);
});

it('the card of a bridge is its only one', () => {
  const inside = { ...CARD, master: 'br0' };
  expect(cardOf('br0', [BRIDGE, TAP, inside])).toBe('eno2');
  expect(() => cardOf('br0', [BRIDGE, TAP, CARD])).toThrow(
    'bridge br0: no network card is in it; name what to take with --nic',
  );
  expect(() => cardOf('br0', [inside, { ...inside, name: 'eno3' }])).toThrow(
    'bridge br0: several network cards are in it: eno2, eno3; name one with --nic',
  );
});
