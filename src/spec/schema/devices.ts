/** Devices that a server seldom has. */
import * as z from 'zod';
import { PCI_ADDRESS } from '../../values/pci.js';
import { UUID } from '../../values/uuid.js';
import { exactlyOne, filePath, object, refused, socketPath, text } from '../fields.js';
import { count, oneOf, yesNo } from './kinds.js';

const protocol = oneOf('vnc', 'spice');
const addressError = { error: 'give an IP address such as 127.0.0.1' };
// libvirt's schema has no IPv6 with an IPv4 at its end.
const address = z
  .union(
    [z.ipv4(addressError), z.ipv6(addressError).regex(/^[0-9a-fA-F:]+$/, addressError)],
    addressError,
  )
  .describe("Address that QEMU listens on; who reaches it has the screen. Default: libvirt's");

export const graphics = z
  .union(
    [
      protocol,
      object({
        protocol,
        listen: address.optional(),
        port: count(5900, 65_535, 'the port').optional().describe('Default: the next free one'),
        socket: socketPath.optional().describe('A Unix socket, instead of listen and port'),
      }).superRefine((value, context) => {
        const [other] = (['listen', 'port'] as const).filter((key) => value[key] !== undefined);
        if (value.socket === undefined || other === undefined) return;
        const trouble = { problem: `is given with ${other}`, remedy: 'leave one of them out' };
        refused(context, trouble, ['socket']);
      }),
    ],
    { error: 'give vnc, spice or a mapping with protocol' },
  )
  .describe(
    'A screen, for virt-viewer. A password has no place in a file: virsh qemu-monitor-command sets one',
  );

export const video = oneOf('virtio', 'vga', 'qxl', 'bochs', 'none').describe(
  "The graphics card. Default: libvirt's with graphics, else none",
);

export const tablet = oneOf('usb', 'virtio').describe(
  "A pointer that follows the viewer's; usb for guests without virtio drivers",
);

export const tpm = oneOf('tpm-crb', 'tpm-tis').describe(
  'A TPM 2.0, emulated by swtpm: its model. tpm-crb for UEFI, as Windows 11 wants it',
);

export const watchdog = oneOf(
  ...(['reset', 'shutdown', 'poweroff', 'pause', 'none', 'dump', 'inject-nmi'] as const),
).describe('What a watchdog (i6300esb) does when the guest does not feed it. Default: no watchdog');

export const filesystem = object({
  source: filePath.describe('Folder of the host'),
  target: text(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,30}$/, 'give 1 to 31 of A-Z a-z 0-9 _ . -').describe(
    'Tag by which the guest mounts it',
  ),
  driver: oneOf('virtiofs', '9p').default('virtiofs').describe('virtiofs is faster'),
  readonly: yesNo.default(false).describe('With 9p'),
})
  .superRefine((value, context) => {
    if (value.driver === '9p' || !value.readonly) return;
    const problem = 'virtiofs cannot be read-only before libvirt 11.0';
    refused(context, { problem, remedy: 'use driver 9p, or mount it read-only' }, ['readonly']);
  })
  .describe('A folder of the host in the guest');

const usbDevice = text(/^[0-9a-f]{4}:[0-9a-f]{4}$/, 'give VENDOR:PRODUCT as lsusb shows it');
const uuid = text(UUID, 'give a UUID in lower case, as in /sys/bus/mdev/devices');

export const hostdev = object({
  pci: text(PCI_ADDRESS, 'give a PCI address such as 0000:3b:00.0')
    .optional()
    .describe('A device on PCI, such as a GPU. A VF for the network is better an interface'),
  usb: usbDevice.optional().describe('A device on USB, as VENDOR:PRODUCT'),
  mdev: uuid.optional().describe('A mediated device, such as a vGPU, by its UUID'),
})
  .superRefine((value, context) => exactlyOne(['pci', 'usb', 'mdev'], value, context))
  .describe('A device of the host: exactly one of pci, usb and mdev');
