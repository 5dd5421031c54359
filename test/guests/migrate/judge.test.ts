import { expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/index.js';
import { losesWrites } from '../../../src/guests/migrate/emulator.js';
import { judgeMigration } from '../../../src/guests/migrate/judge.js';
import { type MigrationNeeds, needsOf } from '../../../src/guests/migrate/needs.js';
import type { MigrationFacts } from '../../../src/host/migration/facts.js';
import type { DomainState } from '../../../src/libvirt/index.js';

const NIC = {
  label: 'NIC 0',
  path: '/run/vmlane/guests/web1/0.sock',
  ...{ features: '0x170200000', queues: 1, network: 'lan' },
};
const NEEDS: MigrationNeeds = {
  ...{ guest: 'web1', state: 'running', nics: [NIC] },
  ...{ devices: 0, wrapped: false, shared: true },
};
const OFFER = { version: '0.1.0', features: '0xd7c660048', max_frame: 1522, queue_limit: 16 };
const lan = { name: 'lan', vlan: 100 };
const THERE: MigrationFacts = {
  ...{ host: 'hostb', switch: OFFER, hook: ['/run/vmlane/guests'] },
  networks: [lan],
};

function failures(
  needs: Partial<MigrationNeeds>,
  there: Partial<MigrationFacts> = {},
  native = false,
) {
  const found = [...judgeMigration({ ...NEEDS, ...needs }, { ...THERE, ...there }, { native })];
  return found.filter(({ level }) => level !== 'ok').map(({ level, what }) => `${level}: ${what}`);
}
const nic = (more: object) => ({ nics: [{ ...NIC, ...more }] });

test('nothing is in the way', () => {
  expect(failures({})).toEqual([]);
  expect(failures({ state: 'paused' })).toEqual([]);
  expect(failures({ emulation: { atLeast: [9, 0] } })).toEqual([]);
});

test.each<[string, Parameters<typeof failures>, RegExp]>([
  ['off', [{ state: 'shut off' }], /^failure: only a guest that runs/],
  ['a VF of its own', [{ devices: 1 }], /^failure: devices of this host's are passed through/],
  [
    'no switch',
    [{}, { switch: { problem: 'no answer', remedy: 'start' } }],
    /^failure: no switch answers there/,
  ],
  ['no hook', [{}, { hook: [] }], /^failure: libvirt's hook is missing there/],
  [
    'another folder',
    [{}, { hook: ['/srv'] }],
    /^failure: libvirt's hook there has nothing to do with its socket/,
  ],
  ['no network', [{}, { networks: [] }], /^failure: NIC 0: its network lan is not there/],
  [
    'a feature',
    [{}, { switch: { ...OFFER, features: '0x150200000' } }],
    /^failure: NIC 0: its guest uses event_idx/,
  ],
  [
    'queues',
    [nic({ queues: 17 })],
    /^failure: NIC 0: it has 17 queue pairs, and the switch there allows 16/,
  ],
  ['MTU', [nic({ mtu: 9000 })], /^failure: NIC 0: its MTU is 9000/],
  [
    'private memory',
    [{ wrapped: true, shared: false }, {}, true],
    /^failure: libvirt refuses that a guest becomes native/,
  ],
  [
    'an MTU on its tap',
    [{ wrapped: true, ...nic({ tapMtu: true }) }, {}, true],
    /^failure: NIC 0: libvirt refuses that a NIC with <mtu> becomes native/,
  ],
  [
    'emulated by an old QEMU',
    [{ emulation: { atLeast: [7, 2] } }],
    /^warning: QEMU before 9.0 can lose what an emulated guest writes while it moves: it is paused meanwhile/,
  ],
  ['emulated by who knows which', [{ emulation: {} }], /^warning: .* it is paused meanwhile/],
  ['native already', [{}, {}, true], /^warning: its NICs are native ones already/],
  [
    'not connected',
    [{ nics: [{ label: 'NIC 0', path: NIC.path }] }],
    /^warning: NIC 0: its guest is not connected/,
  ],
  [
    'an old switch',
    [{}, { switch: { version: '0.1.0', max_frame: 1522, queue_limit: 16 } }],
    /^warning: NIC 0: the switch there is too old/,
  ],
])('%s', (_, args, expected) => {
  const found = failures(...args);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(expected);
});

test('another VLAN of the same network is told', () => {
  expect(failures(nic({ vlan: 200 }))).toEqual([
    expect.stringMatching(/^warning: NIC 0: its network lan has another VLAN there/),
  ]);
  expect(failures(nic({ vlan: 100 }))).toEqual([]);
});

test('a network whose path carries less there than here is refused to guests that need it', () => {
  const large = { switch: { ...OFFER, max_frame: 9216 } };
  const narrow = { ...large, networks: [{ name: 'lan', vlan: 100, mtu: 1500 }] };
  expect(failures(nic({ mtu: 9000, pathMtu: 9000 }), narrow)).toEqual([
    'failure: NIC 0: its MTU is 9000, and its network lan carries 1500 there',
  ]);
  expect(failures(nic({ mtu: 9000, pathMtu: 1500 }), narrow)).toEqual([]);
  expect(failures(nic({}), narrow)).toEqual([]);
  expect(
    failures(nic({ mtu: 9000, pathMtu: 9000 }), { ...large, networks: [{ ...lan, mtu: 9000 }] }),
  ).toEqual([]);
});

test('a guest without NICs on the switch needs none there', () => {
  expect(failures({ nics: [] }, { switch: { problem: 'x', remedy: 'y' }, hook: [] })).toEqual([]);
});

test('a wrapped guest brings no path of its own', () => {
  expect(failures({ wrapped: true }, { hook: ['/srv'] })).toEqual([]);
});

test('of an emulated guest the machine type decides whether it runs while it moves', () => {
  const loses = (machine: string, { type = 'qemu', state = 'running' as DomainState } = {}) => {
    const domain = openDomain(
      `<domain type='${type}'><name>m</name><memory>1</memory><os><type machine='${machine}'>hvm</type></os><devices/></domain>`,
    );
    return losesWrites(needsOf(domain, state, [], []));
  };
  expect(loses('pc-q35-10.0')).toBe(false);
  expect(loses('pc-i440fx-9.0')).toBe(false);
  expect(loses('pc-q35-8.2')).toBe(true);
  // Of these nobody knows.
  expect(loses('pc-q35-rhel9.2.0')).toBe(true);
  expect(loses('q35')).toBe(true);
  // These write nothing, or KVM keeps the count.
  expect(loses('pc-q35-7.2', { state: 'paused' })).toBe(false);
  expect(loses('pc-q35-7.2', { type: 'kvm' })).toBe(false);
});

test("needs are read from the domain, its port and the switch's networks", () => {
  const domain = openDomain(`<domain type='kvm'><name>web1</name><memory>1</memory>
    <metadata><vmlane:ports xmlns:vmlane='urn:vmlane:ports:1'>
      <vmlane:port path='/run/vmlane/guests/web1/0.sock' network='lan'/></vmlane:ports></metadata>
    <os><type>hvm</type></os><devices>
    <interface type='vhostuser'><mac address='52:54:00:00:00:01'/><source type='unix' path='/run/vmlane/guests/web1/0.sock' mode='client'/>
      <model type='virtio'/><mtu size='9000'/></interface>
    <interface type='bridge'><source bridge='br0'/><model type='virtio'/></interface></devices></domain>`);
  const port = { name: 'web1.0', path: NIC.path, state: 'up', features: '0x170200000', queues: 2 };
  const needs = needsOf(domain, 'running', [port as never], [{ ...lan, mtu: 1500 }]);
  expect(needs).toEqual({
    ...{ guest: 'web1', state: 'running', devices: 0, wrapped: false, shared: false },
    nics: [
      {
        label: 'NIC 0 (52:54:00:00:00:01)',
        path: NIC.path,
        ...{
          features: '0x170200000',
          queues: 2,
          mtu: 9000,
          tapMtu: true,
          network: 'lan',
          vlan: 100,
          pathMtu: 1500,
        },
      },
    ],
  });
});
