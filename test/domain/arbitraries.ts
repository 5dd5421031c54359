import fc from 'fast-check';
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
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
// Paths of a guest must differ: each kind and index has a folder of its own.
const pathIn = (folder: string) =>
  path.map((rest) => [...`/${folder}${rest}`].slice(0, 25).join('').replace(/\/$/, '_'));

const queues = fc.option(fc.integer({ min: 1, max: 128 }), { nil: undefined });
const nic = (index: number) =>
  fc.oneof(
    fc.record(
      {
        type: fc.constant('vhost-user' as const),
        socket: pathIn(`n${index}`),
        mode: fc.constantFrom('server' as const, 'client' as const),
        queues,
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({
      type: fc.constant('bridge' as const),
      bridge: fc.stringMatching(/^[a-z][A-Za-z0-9_.-]{0,14}$/),
    }),
    fc.record({
      type: fc.constant('network' as const),
      network: part.map((text) => text.replaceAll('/', '_')),
    }),
  );
const disk = (index: number) =>
  fc.record({
    [index % 2 === 0 ? 'file' : 'block']: pathIn(`d${index}`),
    format: fc.constantFrom('qcow2' as const, 'raw' as const),
    bus: fc.constantFrom('virtio' as const, 'sata' as const),
    readonly: fc.boolean(),
  });
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

/** Valid specs, their texts full of what needs escaping. */
export const specs: fc.Arbitrary<GuestSpec> = fc.record(
  {
    name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/),
    memory: fc.oneof(
      fc.integer({ min: 1, max: 4096 }).map((n) => `${n}MiB`),
      fc.integer({ min: 1, max: 64 }).map((n) => ({ size: `${n}GiB`, hugepages: '1GiB' as const })),
    ),
    boot: fc.record(
      { kernel: path.map((rest) => `/boot${rest}`), initrd: pathIn('initrd'), cmdline: part },
      { requiredKeys: ['kernel'] },
    ),
    vcpus: fc.integer({ min: 1, max: 255 }),
    accel: fc.constantFrom('kvm' as const, 'tcg' as const),
    emulator: pathIn('emulator'),
    firmware: fc.constantFrom('bios' as const, 'uefi' as const),
    disks: several(disk, 3),
    interfaces: several(nic, 3),
    serials: several(serial, 3),
    agent: fc.boolean(),
  },
  { requiredKeys: ['name', 'memory', 'boot'] },
);
