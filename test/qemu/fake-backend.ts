import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from '../../lab/slow.js';

/** Requests that a back end answers. Source: docs/interop/vhost-user.rst of QEMU. */
const GET_FEATURES = 1;
const GET_PROTOCOL_FEATURES = 15;
const GET_QUEUE_NUM = 17;
const VERSION_1_AND_PROTOCOL_FEATURES = (1n << 32n) | (1n << 30n);
const MULTIQUEUE = 1n;
const REPLY_FLAGS = 5; // version 1, reply

/**
 * A fake vhost-user back end that dials like the switch and answers just enough for QEMU to reach
 * its monitor; the real one carries traffic in test/vm. Waits for QEMU's socket until the deadline.
 */
export async function fakeBackend(path: string, deadlineMs = patience(60_000)): Promise<Socket> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const socket = await dial(path);
    if (socket !== undefined) return answer(socket);
    if (Date.now() > end) throw new Error(`${path}: QEMU did not listen within ${deadlineMs} ms`);
    await sleep(20);
  }
}

/** The same, listening as the switch does in server mode. */
export function fakeListener(path: string): Promise<Server> {
  const server = createServer(answer);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function answer(socket: Socket): Socket {
  let unread: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy()); // QEMU is killed at the end of a test
  socket.on('data', (data) => {
    unread = Buffer.concat([unread, data]);
    while (unread.length >= 12 && unread.length >= 12 + unread.readUInt32LE(8)) {
      const request = unread.readUInt32LE(0);
      unread = unread.subarray(12 + unread.readUInt32LE(8));
      const value = replyTo(request);
      if (value !== undefined) socket.write(reply(request, value));
    }
  });
  return socket;
}

function replyTo(request: number): bigint | undefined {
  if (request === GET_FEATURES) return VERSION_1_AND_PROTOCOL_FEATURES;
  if (request === GET_PROTOCOL_FEATURES) return MULTIQUEUE;
  return request === GET_QUEUE_NUM ? 8n : undefined;
}

function reply(request: number, value: bigint): Buffer {
  const message = Buffer.alloc(20);
  message.writeUInt32LE(request, 0);
  message.writeUInt32LE(REPLY_FLAGS, 4);
  message.writeUInt32LE(8, 8);
  message.writeBigUInt64LE(value, 12);
  return message;
}
