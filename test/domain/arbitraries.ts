import fc from 'fast-check';
import { LINK, PORT_SETTINGS } from '../../src/contract/bounds.js';
import type { GuestSpec } from '../../src/spec/index.js';

// What XML, libvirt and shells treat specially, and what they do not know.
const odd = fc.constantFrom(
  '&',
  '<',
  '>',
  '"',
  "'",
  ' ',
  ',',
  ',,',
  ']]>',
  '<!--',
  '&lt;',
  '$(x)',
  '%s',
  '=',
  '#',
  'é',
  '漢',
  '😀',
  '\\',
  '\u00a0',
);
const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/);
const part = fc
  .array(fc.oneof(odd, word), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''));
// No path ends with a blank.
const path = fc
  .array(part, { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`.replace(/\s$/, '_'));
// Paths of a guest must differ: each kind and index has a folder of its own.
const pathIn = (folder: string) =>
  path.map((rest) =>
    [...`/${folder}${rest}`]
      .slice(0, 25)
      .join('')
      .replace(/[/\s]$/, '_'),
  );

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const ring = maybe(fc.constantFrom(256 as const, 512 as const, 1024 as const));
const vlan = maybe(fc.integer({ min: 1, max: 4094 }));
const switches = (...names: string[]) =>
  maybe(
    fc.record(Object.fromEntries(names.map((name) => [name, fc.boolean()])), { requiredKeys: [] }),
  );
const virtio = {
  queues: maybe(fc.integer({ min: 1, max: 128 })),
  rxQueueSize: ring,
  txQueueSize: ring,
  mtu: maybe(fc.integer({ min: 68, max: 65_535 })),
  packed: fc.boolean(),
  offloads: fc.oneof(
    fc.constant(undefined),
    fc.constant(false as const),
    fc.record({
      host: switches('csum', 'gso', 'tso4', 'tso6', 'ecn', 'ufo', 'mrg_rxbuf'),
      guest: switches('csum', 'tso4', 'tso6', 'ecn', 'ufo'),
    }),
  ),
};
const network = part.map((text) => text.replaceAll('/', '_'));
const rate = fc.integer({ min: 1, max: PORT_SETTINGS.inbound.max });
const limits = fc.record({ average: rate, peak: rate, burst: rate }, { requiredKeys: ['average'] });
const nic = (index: number) =>
  fc.oneof(
    fc.record(
      {
        type: fc.constant('vhost-user' as const),
        socket: pathIn(`n${index}`),
        listener: fc.constantFrom('qemu' as const, 'switch' as const),
        ...virtio,
        vlan,
        pinned: fc.boolean(),
        addressLimit: maybe(fc.integer({ min: 1, max: PORT_SETTINGS.address_limit.max })),
        floodLimit: maybe(fc.integer({ min: 1, max: PORT_SETTINGS.flood_limit.max })),
        isolated: fc.boolean(),
        link: fc.constantFrom(...LINK.values),
        guestAddress: fc.constant(`0a:0${index}.0`),
        bandwidth: fc.record({ inbound: limits, outbound: limits }, { requiredKeys: [] }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({
      type: fc.constant('bridge' as const),
      bridge: fc.stringMatching(/^[a-z][A-Za-z0-9_.-]{0,14}$/),
      ...virtio,
    }),
    fc.record({ type: fc.constant('network' as const), network, ...virtio }),
    fc.record({
      type: fc.constant('vf' as const),
      // A function of its own for each NIC.
      address: fc
        .constantFrom('0000:3B:02', 'ffff:00:1f', '0001:ff:00')
        .map((at) => `${at}.${index}`),
      vlan,
    }),
    fc.record({ type: fc.constant('vf-pool' as const), network, vlan }),
  );
const rates = maybe(fc.integer({ min: 1, max: 10 ** 12 }));
// Words of libvirt's that are no paths.
const wordy = fc
  .array(fc.oneof(fc.constantFrom('&', '<', '>', '"', "'", ',', ']]>', '%s', '=', '#'), word), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''));
const disk = (index: number) =>
  fc.oneof(
    fc.record({
      [index % 2 === 0 ? 'file' : 'block']: pathIn(`d${index}`),
      format: fc.constantFrom('qcow2' as const, 'raw' as const),
      bus: fc.constantFrom('virtio' as const, 'scsi' as const),
      readonly: fc.boolean(),
      cache: maybe(fc.constantFrom('none' as const, 'directsync' as const)),
      io: maybe(fc.constantFrom('threads' as const, 'io_uring' as const)),
      iotune: fc.record({ totalBytes: rates, readIops: rates }, { requiredKeys: [] }),
    }),
    fc.record({
      network: fc.record({
        protocol: fc.constant('rbd' as const),
        name: wordy.map((text) => `${index}/${text}`),
        hosts: fc.constantFrom([], [{ name: '192.0.2.1', port: 6789 }, { name: 'mon2' }]),
        auth: maybe(fc.record({ user: word, secret: wordy })),
      }),
      format: fc.constantFrom('qcow2' as const, 'raw' as const),
    }),
    fc.record({
      volume: fc.record({ pool: wordy, name: wordy.map((text) => `${index}${text}`) }),
      format: fc.constantFrom('qcow2' as const, 'raw' as const),
    }),
    fc.record({
      cloudInit: fc.record({ userData: part.map((text) => `#${text}`), path: pathIn(`d${index}`) }),
      bus: fc.constantFrom('sata' as const, 'scsi' as const),
    }),
  );
const serial = (index: number) =>
  fc.oneof(
    fc.record({ file: pathIn(`s${index}`) }),
    fc.record({ socket: pathIn(`s${index}`) }),
    fc.record({ pty: fc.constant(true as const) }),
  );

function several<T>(make: (index: number) => fc.Arbitrary<T>, max: number): fc.Arbitrary<T[]> {
  return fc
    .integer({ min: 0, max })
    .chain((n) => fc.tuple(...Array.from({ length: n }, (_, index) => make(index))));
}

/** Virtual CPUs with a topology, cells and pins that fit. */
const cpus = fc
  .record({
    sockets: fc.integer({ min: 1, max: 3 }),
    cores: fc.integer({ min: 1, max: 5 }),
    threads: fc.integer({ min: 1, max: 2 }),
    cells: fc.integer({ min: 0, max: 3 }),
    pinned: fc.boolean(),
    model: fc.constantFrom('max', 'Nehalem', undefined),
  })
  .map(({ cells, pinned, model, ...topology }) => {
    const vcpus = topology.sockets * topology.cores * topology.threads;
    const count = Math.min(cells, vcpus);
    const numa = Array.from({ length: count }, (_, i) => ({
      vcpus: Array.from({ length: vcpus }, (_, n) => n)
        .filter((n) => n % count === i)
        .join(),
      memory: '2GiB',
      node: i,
    }));
    return {
      vcpus,
      cpu: { ...(model !== undefined && { model }), ...topology },
      ...(count > 0 && { numa, memory: `${count * 2}GiB` }),
      ...(pinned && { pinning: { vcpus: '0-3,7', emulator: 0 } }),
    };
  });

const plain = fc.record(
  {
    name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/),
    title: part,
    memory: fc.oneof(
      fc.integer({ min: 1, max: 4096 }).map((n) => `${n}MiB`),
      fc.integer({ min: 1, max: 64 }).map((n) => ({ size: `${n}GiB`, hugepages: '1GiB' as const })),
    ),
    boot: fc.record(
      { kernel: path.map((rest) => `/boot${rest}`), initrd: pathIn('initrd'), cmdline: part },
      { requiredKeys: ['kernel'] },
    ),
    accel: fc.constantFrom('kvm' as const, 'tcg' as const),
    emulator: pathIn('emulator'),
    firmware: fc.oneof(
      fc.constantFrom('bios' as const, 'uefi' as const),
      fc.record({ loader: pathIn('loader'), variables: pathIn('variables') }),
    ),
    disks: several(disk, 3),
    interfaces: several(nic, 3),
    serials: several(serial, 3),
    virtioConsole: fc.boolean(),
    agent: fc.oneof(fc.boolean(), fc.record({ socket: pathIn('agent') })),
    graphics: fc.oneof(
      fc.constantFrom('vnc' as const, 'spice' as const),
      fc.record({ protocol: fc.constant('vnc' as const), socket: pathIn('graphics') }),
      fc.record({
        protocol: fc.constant('spice' as const),
        listen: fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::7')),
        port: maybe(fc.integer({ min: 5900, max: 65_535 })),
      }),
    ),
    video: fc.constantFrom('virtio' as const, 'vga' as const, 'none' as const),
    tablet: fc.constantFrom('usb' as const, 'virtio' as const),
    tpm: fc.constantFrom('tpm-crb' as const, 'tpm-tis' as const),
    features: fc.record({ kvmHidden: fc.boolean(), pmu: fc.boolean() }, { requiredKeys: [] }),
    autostart: fc.boolean(),
    nvdimms: several(
      (index) =>
        fc.record({
          path: pathIn(`v${index}`),
          size: fc.integer({ min: 2, max: 999 }).map((n) => `${n * 2}MiB`),
          label: maybe(fc.constantFrom('128KiB', '1MiB')),
          readonly: fc.boolean(),
        }),
      2,
    ),
    clock: fc.constantFrom('utc' as const, 'localtime' as const),
    filesystems: several(
      (index) =>
        fc.record({
          source: pathIn(`f${index}`),
          target: fc.constant(`t${index}`),
          driver: fc.constantFrom('virtiofs' as const, '9p' as const),
        }),
      2,
    ),
    hostdevs: several(
      (index) => fc.constantFrom({ pci: `0000:41:00.${index}` }, { usb: `046d:c52${index}` }),
      2,
    ),
  },
  { requiredKeys: ['name', 'memory', 'boot'] },
);

/** Valid specs, their texts full of what needs escaping. */
export const specs: fc.Arbitrary<GuestSpec> = fc
  .tuple(plain, cpus)
  .map(([one, more]) => ({ ...one, ...more }) as GuestSpec);
