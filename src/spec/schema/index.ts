/** Schema of the spec file. It checks each value alone; checks/ has the rules between values. */
import * as z from 'zod';
import { filePath, line, object, text } from '../fields.js';
import { boot, bootFrom, firmware } from './boot.js';
import { cpu, pinning, vcpus } from './cpu.js';
import { filesystem, graphics, hostdev, tablet, tpm, video, watchdog } from './devices.js';
import { disk } from './disk.js';
import { count, list, oneOf, shortList, yesNo } from './kinds.js';
import { memory, numa } from './memory.js';
import { nic } from './nic.js';
import { nvdimms } from './nvdimm.js';
import { agent, serial } from './serial.js';
import { autostart, clock, cputune, events, features } from './system.js';

export const specSchema = object({
  name: text(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
    'give 1 to 63 of A-Z a-z 0-9 _ . -, the first a letter or digit',
  ).describe('Name of the guest'),
  uuid: text(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'give a UUID, or leave it out')
    .optional()
    .describe('Default: made from the name, the same each time'),
  title: line(200).optional().describe('One line for people'),
  memory,
  vcpus,
  accel: oneOf('kvm', 'tcg')
    .default('kvm')
    .describe("tcg: QEMU's emulation, where there is no KVM"),
  machine: text(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'give a machine type of QEMU, such as q35')
    .default('q35')
    .describe('Machine type of QEMU. q35 has PCI Express, which VFs want'),
  cpu: cpu.optional(),
  numa: numa.default([]),
  nvdimms: nvdimms.default([]),
  iothreads: count(0, 255, 'I/O threads')
    .default(0)
    .describe("Threads that serve disks beside QEMU's own"),
  pinning: pinning.optional(),
  cputune: cputune.optional(),
  emulator: filePath.optional().describe('QEMU to run. Default: the one that libvirt finds'),
  firmware,
  boot: boot.optional(),
  bootFrom: bootFrom.optional(),
  features: features.optional(),
  clock,
  events: events.optional(),
  autostart: autostart.optional(),
  disks: list(disk).default([]).describe('Disks in their order'),
  interfaces: list(nic).default([]).describe('Network cards in their order'),
  serials: shortList(serial, 4, 'and a PC has four serial ports')
    .optional()
    .describe('Serial ports in their order. Default: one pty'),
  virtioConsole: yesNo
    .default(false)
    .describe('A virtio console (hvc0) beside them: faster, but not there while the guest boots'),
  agent,
  graphics: graphics.optional(),
  video: video.optional(),
  tablet: tablet.optional(),
  tpm: tpm.optional(),
  watchdog: watchdog.optional(),
  filesystems: list(filesystem).default([]).describe('Folders of the host in the guest'),
  hostdevs: list(hostdev).default([]).describe('Devices of the host that the guest has alone'),
}).meta({ title: 'vmlane guest', description: 'One virtual machine and its network cards' });

/** A spec as its author writes it: without defaults, sizes as text. */
export type GuestSpec = z.input<typeof specSchema>;
/** A spec after the schema: with constant defaults, but without those that depend on other values. */
export type AcceptedSpec = z.output<typeof specSchema>;

/** JSON Schema (draft 2020-12) of the spec file, for editors. */
export function specJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(specSchema, { io: 'input' });
}
