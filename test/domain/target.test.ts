import { describe, expect, test } from 'vitest';
import { domainXml, generateDomain } from '../../src/domain/index.js';
import { type GuestSpec, parseSpec } from '../../src/spec/index.js';

const GOOD: GuestSpec = { name: 'a', memory: '1GiB', disks: [{ file: '/a.raw' }] };
const nic = { type: 'vhost-user' } as const;
const made = (spec: Partial<GuestSpec>, libvirt: string) =>
  generateDomain(parseSpec(JSON.stringify({ ...GOOD, ...spec }), 's'), { libvirt });

// What the spec wants, the first libvirt that has it, what is told, what the XML has of it.
const LEFT_OUT: [string, Partial<GuestSpec>, string, string, string][] = [
  [
    'small transmit rings',
    { interfaces: [{ ...nic, txQueueSize: 512 }] },
    ...(['3.7', "transmit rings have QEMU's size", 'tx_queue_size'] as const),
  ],
  [
    'dialling again',
    { interfaces: [{ ...nic, listener: 'switch', reconnect: 1 }] },
    ...(['4.1', 'QEMU does not dial its switch again', '<reconnect'] as const),
  ],
  [
    'memory without a file',
    { interfaces: [nic] },
    ...(['4.10', "the memory is a file in libvirt's memory_backing_dir", 'memfd'] as const),
  ],
  [
    'packed rings',
    { interfaces: [{ ...nic, packed: true }] },
    ...(['6.3', 'packed rings are not offered', 'packed="on"'] as const),
  ],
  [
    'an MTU',
    { interfaces: [{ ...nic, mtu: 1400 }] },
    ...(['8.2', 'guests are not told the MTU of NICs on the switch', 'host_mtu'] as const),
  ],
  [
    'io_uring',
    { disks: [{ file: '/a.raw', io: 'io_uring' }] },
    ...(['6.3', "disks have QEMU's default I/O", 'io_uring'] as const),
  ],
  [
    'an enlightenment',
    { features: { hyperv: ['vpindex', 'tlbflush'] } },
    ...(['4.7', 'the guest has no hyperv tlbflush', '<tlbflush'] as const),
  ],
  [
    'a later one',
    { features: { hyperv: ['avic'] } },
    ...(['8.10', 'the guest has no hyperv avic', '<avic'] as const),
  ],
  ['the largest CPU', { accel: 'tcg' }, '7.1', "the guest's CPU is QEMU's default", '<cpu'],
];

test.each(LEFT_OUT)('%s', (_, spec, since, told, mark) => {
  const [major = 0, minor = 0] = since.split('.').map(Number);
  const older = `${major}.${minor - 1}.9`;
  const old = made(spec, older);
  expect(old.warnings).toContain(`${told} (libvirt ${since})`);
  expect(old.xml).not.toContain(mark);
  expect(made(spec, `${since}.0`).xml).toContain(mark);
  expect(made(spec, '10.0').warnings).toEqual([]);
});

test('what the guest is not without its newer part is told once', () => {
  const { warnings } = made({ interfaces: [1, 2].map(() => ({ ...nic, packed: true })) }, '6.2');
  expect(warnings).toEqual(['packed rings are not offered (libvirt 6.3)']);
});

test('for a libvirt that shares the memory of cells only, the guest has one', () => {
  const cell = '<cell id="0" cpus="0-3" memory="1048576" unit="KiB" memAccess="shared"/>';
  expect(made({ vcpus: 4, interfaces: [nic] }, '6.8').xml).toContain(cell);
  expect(made({ vcpus: 4, interfaces: [nic] }, '6.9').xml).not.toContain('<cell');
  expect(made({ vcpus: 4 }, '6.8').xml).not.toContain('<cell');
  const huge = { size: '1GiB', hugepages: '2MiB' } as const;
  expect(made({ vcpus: 4, memory: huge, interfaces: [nic] }, '4.0').xml).toContain(cell);
  const tcg = made({ vcpus: 4, accel: 'tcg', interfaces: [nic] }, '6.8');
  expect(tcg.xml).toMatch(/<cpu>\s*<numa>/);
});

test('USB is of a kind that libvirt has', () => {
  const usb = { tablet: 'usb' } as const;
  expect(made(usb, '3.4').xml).toContain('<controller type="usb" model="nec-xhci"/>');
  expect(made(usb, '3.5').xml).toContain('<controller type="usb" model="qemu-xhci"/>');
  expect(made({ tablet: 'virtio' }, '9.0').xml).toContain('<controller type="usb" model="none"/>');
});

test('attributes that only spare work are left out without a word', () => {
  expect(made({}, '6.4')).toMatchObject({ warnings: [] });
  expect(made({}, '6.4').xml).toContain('<cpu mode="host-passthrough" check="none"/>');
  expect(made({}, '3.1').xml).toContain('<cpu mode="host-passthrough"/>');
  expect(made({ cpu: 'Nehalem' }, '3.1').xml).toContain('<cpu mode="custom" match="exact">');
});

describe('what cannot be left out is refused', () => {
  const pair: GuestSpec['interfaces'] = [
    { ...nic, team: 't' },
    { type: 'vf', address: '0000:01:10.0', team: 't' },
  ];
  test.each<[Partial<GuestSpec>, string, string]>([
    [{ firmware: 'uefi' }, '5.1', 'firmware uefi: needs libvirt 5.2; give firmware.loader'],
    [{ firmware: { secureBoot: true } }, '7.1', 'firmware.secureBoot: needs libvirt 7.2'],
    [{ interfaces: pair }, '6.0', 'team t: needs libvirt 6.1; give the guest one NIC'],
    [{ tpm: 'tpm-crb' }, '4.4', 'tpm: needs libvirt 4.5; leave it out'],
    [{ nvdimms: [{ path: '/n', size: '2MiB' }] }, '3.1', 'nvdimms: needs libvirt 3.2; leave them'],
    [
      { nvdimms: [{ path: '/n', size: '2MiB', readonly: true }] },
      '4.10',
      'nvdimms[0].readonly: needs libvirt 5.0; leave it out',
    ],
    [{ nvdimms: [{ path: '/n', size: '2MiB', pmem: true }] }, '4.10', 'nvdimms[0].pmem: needs'],
    [{ video: 'none' }, '4.5', 'video none: needs libvirt 4.6; give virtio or vga'],
    [{ video: 'bochs' }, '5.5', 'video bochs: needs libvirt 5.6; give virtio or vga'],
    [
      { filesystems: [{ source: '/s', target: 't' }] },
      '6.1',
      'filesystem t: needs libvirt 6.2; use driver 9p',
    ],
    [
      { hostdevs: [{ mdev: '3c9b0e5a-6f0e-4d0b-8f5f-0a0b0c0d0e0f' }] },
      '3.1',
      'mdev 3c9b0e5a-6f0e-4d0b-8f5f-0a0b0c0d0e0f: needs libvirt 3.2; leave it out',
    ],
    [
      { features: { hyperv: 'passthrough' } },
      '7.10',
      'features.hyperv passthrough: needs libvirt 8.0; give a list of features',
    ],
    [
      { accel: 'tcg', cpu: { require: ['avx'] } },
      '7.0',
      'CPU features of a guest without KVM: needs libvirt 7.1; give cpu.model a name',
    ],
  ])('%j for %s', (spec, version, message) => {
    expect(() => made(spec, version)).toThrow(message);
  });
});

test.each([
  ['', 'libvirt version: got ""; give one such as 9.0'],
  ['9', 'libvirt version: got "9"; give one such as 9.0'],
  ['nine', 'libvirt version: got "nine"'],
  ['9.0.0.1', 'libvirt version: got "9.0.0.1"'],
  ['1.2.7', 'libvirt version: 1.2.7 cannot express which memory is shared; give 3.1 or newer'],
])('version %j is refused', (version, message) => {
  expect(() => made({}, version)).toThrow(message);
});

test('without a version it is for a current libvirt', () => {
  const guest = parseSpec(JSON.stringify(GOOD), 's');
  expect(generateDomain(guest)).toEqual({ xml: domainXml(guest), warnings: [] });
  expect(made({}, '8.0').xml).toBe(domainXml(guest));
});
