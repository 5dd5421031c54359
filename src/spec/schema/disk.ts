import * as z from 'zod';
import { BUSES, CACHES, diskTrouble, IOS, networkTrouble, PROTOCOLS, SOURCES } from '../disks.js';
import { document, exactlyOne, filePath, object, refused, socketPath, text } from '../fields.js';
import { count, list, oneOf, yesNo } from './kinds.js';

const seedText = z
  .union([document, object({ file: filePath.describe('File of the host that holds the text') })], {
    error: 'give a text, or a mapping with file',
  })
  .describe('A text, or the file that holds it');

const cloudInit = object({
  userData: seedText.describe('Begins with #cloud-config, or is a script'),
  metaData: seedText.optional().describe("Default: the guest's UUID and name"),
  networkConfig: seedText.optional().describe('Version 1 or 2 of cloud-init'),
  path: filePath.optional().describe('The image. Default: /var/lib/libvirt/images/NAME-seed.iso'),
}).describe('An ISO image for cloud-init (NoCloud), made when the guest is defined');

const word = text(/^[\x21-\x7e]{1,255}$/, 'give 1 to 255 of printable ASCII without blanks');
// libvirt's schema (genericName, volName).
const user = text(/^[A-Za-z0-9_+-]{1,63}$/, 'give 1 to 63 of A-Z a-z 0-9 _ + -');
const inPool = text(
  /^(?!\.{1,2}$)[\x21-\x2e\x30-\x7e]{1,255}$/,
  'give a name without / and blanks',
);
const hostname = text(/^[A-Za-z0-9:][A-Za-z0-9_.:-]{0,254}$/, 'give a name or an IP address');

const host = object({
  name: hostname.optional().describe('Name or IP address'),
  port: count(1, 65_535, 'the port').optional().describe("Default: the protocol's"),
  socket: socketPath.optional().describe('A Unix socket of nbd, instead of name'),
})
  .superRefine((value, context) => {
    exactlyOne(['name', 'socket'], value, context);
    if (value.socket === undefined || value.port === undefined) return;
    refused(context, { problem: 'a socket has none', remedy: 'leave it out' }, ['port']);
  })
  .describe('A server: one of name and socket');

const network = object({
  protocol: oneOf(...PROTOCOLS),
  name: word
    .optional()
    .describe('rbd: POOL/IMAGE; iscsi: TARGET/LUN; nbd: the export; http: the path without /'),
  hosts: list(host)
    .default([])
    .describe("Servers. Default with rbd: those of the host's ceph.conf"),
  auth: object({
    user: user.describe('Name at the server'),
    secret: word.describe(
      "Usage or UUID of libvirt's secret that holds the key (virsh secret-list)",
    ),
  })
    .optional()
    .describe('With rbd and iscsi. No password stands in a spec'),
})
  .superRefine((value, context) => {
    const trouble = networkTrouble(value);
    if (trouble !== undefined) refused(context, trouble, [trouble.key]);
  })
  .describe('An image on a server, which QEMU itself talks to');

const volume = object({
  pool: inPool.describe('Name of the storage pool'),
  name: inPool.describe('Name of the volume in it'),
}).describe("A volume of a storage pool of libvirt's, which must be active when the guest starts");

const rate = (of: string) => count(1, 10 ** 15, `${of} a second`).optional();

const iotune = object({
  totalBytes: rate('bytes').describe('Reads and writes together, instead of the two'),
  readBytes: rate('bytes').describe('Reads'),
  writeBytes: rate('bytes').describe('Writes'),
  totalIops: rate('operations').describe('Reads and writes together, instead of the two'),
  readIops: rate('operations').describe('Reads'),
  writeIops: rate('operations').describe('Writes'),
})
  .superRefine((value, context) => {
    for (const unit of ['Bytes', 'Iops'] as const) {
      const [one] = ([`read${unit}`, `write${unit}`] as const).filter((key) => value[key]);
      if (value[`total${unit}`] === undefined || one === undefined) continue;
      const trouble = { problem: `is given with ${one}`, remedy: 'leave one of them out' };
      refused(context, trouble, [`total${unit}`]);
    }
  })
  .describe('Limits of the disk: bytes and operations a second');

export const disk = object({
  file: filePath.optional().describe('Image file'),
  block: filePath.optional().describe('Block device of the host'),
  cloudInit: cloudInit.optional(),
  network: network.optional(),
  volume: volume.optional(),
  device: oneOf('disk', 'cdrom')
    .default('disk')
    .describe('cdrom: read-only and on sata by default'),
  format: oneOf('qcow2', 'raw')
    .optional()
    .describe(
      'Default: by the ending .qcow2, .raw, .img or .iso; raw for a block device and on a server. Never probed.',
    ),
  bus: oneOf(...BUSES)
    .optional()
    .describe('Default: virtio, the fastest; sata for a cdrom'),
  target: text(/^[a-z]{3,4}$/, 'give a name such as vda')
    .optional()
    .describe('Name in libvirt. Default: the next free vda, vdb, … (sda, … on sata and scsi)'),
  readonly: yesNo.optional().describe('Default: false, true for a cdrom'),
  cache: oneOf(...CACHES)
    .optional()
    .describe('Default: none for a block device, which needs no second cache; else writeback'),
  io: oneOf(...IOS)
    .optional()
    .describe('Default: native for a block device without cache; else threads'),
  iotune: iotune.optional(),
  iothread: count(1, 255, 'the I/O thread').optional().describe('Which I/O thread serves it'),
})
  .superRefine((value, context) => {
    exactlyOne(SOURCES, value, context);
    const trouble = diskTrouble(value);
    if (trouble !== undefined) refused(context, trouble, [trouble.key]);
  })
  .describe('A disk: exactly one of file, block, cloudInit, network and volume');
