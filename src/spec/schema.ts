import * as z from 'zod';
import { diskTrouble } from './disks.js';
import {
  exactlyOne,
  filePath,
  line,
  mac,
  object,
  refused,
  size,
  socketPath,
  text,
} from './fields.js';

const yesNo = z.boolean({ error: 'give true or false' });

function count(min: number, max: number, of: string) {
  const error = `give a whole number of ${of}, ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

function list<T extends z.ZodType>(item: T) {
  return z.array(item, { error: 'give a list' });
}

function oneOf<const T extends readonly [string, ...string[]]>(...values: T) {
  return z.enum(values, { error: `give ${values.join(' or ')}` });
}

const hugepages = z
  .literal(['1GiB', '2MiB', false], { error: 'give 1GiB, 2MiB or false' })
  .default(false)
  .describe('Huge pages that back the memory. Without, memory shared with a switch is a memfd.');

const memory = z
  .union([size, object({ size, hugepages })], {
    error: 'give a size with its unit, such as 256MiB or 4GiB',
  })
  .describe('Memory of the guest. A vhost-user interface makes it shared without being told.');

const boot = object({
  kernel: filePath.describe('Kernel image on the host'),
  initrd: filePath.optional().describe('Initial RAM disk on the host'),
  cmdline: line(2047).optional().describe('Kernel command line (Linux on x86 reads 2,047 bytes)'),
}).describe('Boot this kernel directly. Without, the guest boots from its first disk.');

const disk = object({
  file: filePath.optional().describe('Image file'),
  block: filePath.optional().describe('Block device of the host'),
  format: oneOf('qcow2', 'raw')
    .optional()
    .describe('Default: by the ending .qcow2, .raw or .img; raw for a block device. Never probed.'),
  bus: oneOf('virtio', 'sata').default('virtio'),
  target: text(/^[a-z]{3,4}$/, 'give a name such as vda')
    .optional()
    .describe('Name in libvirt. Default: the next free vda, vdb, … (sda, … on sata)'),
  readonly: yesNo.default(false),
})
  .superRefine((value, context) => {
    exactlyOne(['file', 'block'], value, context);
    const trouble = diskTrouble(value);
    if (trouble !== undefined) refused(context, trouble, [trouble.key]);
  })
  .describe('A disk: exactly one of file and block');

const anyNic = {
  mac: mac.optional().describe("Default: made from the guest's name and the interface's index"),
  queues: count(1, 128, 'queue pairs')
    .default(1)
    .describe('Queue pairs; 128 is the most that rte_vhost takes'),
};

const nic = z.discriminatedUnion(
  'type',
  [
    object({
      type: z.literal('vhost-user').describe('A port of a user-space switch, such as vhost-switch'),
      ...anyNic,
      socket: socketPath.optional().describe('Default: /run/vmlane/NAME.INDEX.sock'),
      mode: oneOf('server', 'client')
        .default('server')
        .describe(
          "QEMU's role on the socket. server: QEMU listens, the switch dials and may be restarted",
        ),
    }),
    object({
      type: z.literal('bridge').describe('A tap on a bridge of the host'),
      ...anyNic,
      bridge: text(
        /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,15}$/,
        'give the name of a bridge, such as br0',
      ).describe('Bridge of the host'),
    }),
    object({
      type: z.literal('network').describe("One of libvirt's networks"),
      ...anyNic,
      network: text(
        /^[^/\p{Cc}]{1,255}$/u,
        "give the name of one of libvirt's networks, such as default",
      ),
    }),
  ],
  {
    // As in object(): the keys, when the value is no mapping at all.
    error: ({ input }) =>
      typeof input === 'object' ? 'give vhost-user, bridge or network' : 'type, mac, queues, …',
  },
);

const serial = object({
  file: filePath.optional().describe('Everything the guest writes, in a file'),
  socket: socketPath.optional().describe('A Unix socket on which QEMU listens'),
  pty: z.literal(true, { error: 'give true' }).optional().describe('A terminal, for virsh console'),
})
  .superRefine((value, context) => exactlyOne(['file', 'socket', 'pty'], value, context))
  .describe('A serial port: exactly one of file, socket and pty');

/** The spec file. Only what each value may be; what values mean together is checked in checks.ts. */
export const specSchema = object({
  name: text(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
    'give 1 to 63 of A-Z a-z 0-9 _ . -, the first a letter or digit',
  ).describe('Name of the guest'),
  uuid: text(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'give a UUID, or leave it out')
    .optional()
    .describe('Default: made from the name, the same each time'),
  memory,
  // More than 255 need an IOMMU with extended interrupt mode (libvirt 9.0 refuses without).
  vcpus: count(1, 255, 'virtual CPUs').default(1),
  accel: oneOf('kvm', 'tcg')
    .default('kvm')
    .describe("tcg: QEMU's emulation, where there is no KVM"),
  machine: text(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'give a machine type of QEMU, such as q35')
    .default('q35')
    .describe('Machine type of QEMU'),
  cpu: text(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'give host, max, or a CPU model such as Skylake-Server')
    .optional()
    .describe('host, max, or a CPU model. Default: host with kvm, max with tcg'),
  emulator: filePath.optional().describe('QEMU to run. Default: the one that libvirt finds'),
  firmware: oneOf('bios', 'uefi').default('bios'),
  boot: boot.optional(),
  disks: list(disk).default([]),
  interfaces: list(nic).default([]),
  serials: list(serial).optional().describe('Serial ports in their order. Default: one pty'),
  agent: yesNo.default(false).describe("Channel for QEMU's guest agent"),
}).meta({ title: 'vmlane guest', description: 'One virtual machine and its network cards' });

/** A spec as its author writes it: defaults left out, sizes as text. */
export type GuestSpec = z.input<typeof specSchema>;
/** A spec after the schema: constant defaults are in, those that depend on other values are not. */
export type AcceptedSpec = z.output<typeof specSchema>;

/** JSON Schema (draft 2020-12) of the spec file, for editors. */
export function specJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(specSchema, { io: 'input' });
}
