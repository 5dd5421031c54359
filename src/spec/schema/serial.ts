import * as z from 'zod';
import { exactlyOne, filePath, object, socketPath } from '../fields.js';
import { yesNo } from './kinds.js';

export const serial = object({
  file: filePath.optional().describe('Everything the guest writes, in a file'),
  socket: socketPath.optional().describe('A Unix socket on which QEMU listens'),
  pty: z.literal(true, { error: 'give true' }).optional().describe('A terminal, for virsh console'),
})
  .superRefine((value, context) => exactlyOne(['file', 'socket', 'pty'], value, context))
  .describe('A serial port: exactly one of file, socket and pty');

export const agent = z
  .union([yesNo, object({ socket: socketPath.describe('Where QEMU listens for its clients') })], {
    error: 'give true or false',
  })
  .default(false)
  .describe("Channel for QEMU's guest agent, or a mapping with its socket. Default: no channel");
