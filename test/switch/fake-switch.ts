import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inFolder } from './folder.js';

/** A request as the client sent it. */
export interface Asked {
  id: number;
  method: string;
  params: Record<string, unknown>;
}

/** What a fake says to a request: an object is completed with the id, text and bytes go as they are. */
export type Say = object | string | undefined;

/** Decides what is said; `drop` cuts the connection that asked. */
export type Answerer = (asked: Asked, drop: () => void) => Say | Promise<Say>;

/** Not a switch: a server on a control socket that says what a test wants said. */
export interface FakeSwitch {
  asked: Asked[];
  /** Writes to all connections. */
  send(bytes: Uint8Array): void;
  /** Cuts all connections; new ones are taken. */
  drop(): void;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

export const FAKE_HELLO = {
  protocol: 1,
  name: 'vhost-switch',
  version: '9.9.9',
  dpdk: 'DPDK 99',
  pid: 4242,
  uptime: 7,
};

/** Listens at the path; says hello properly, and to all else what `answer` gives. */
export async function fakeSwitch(
  path: string,
  answer: Answerer,
  hello: Answerer = () => ({ result: FAKE_HELLO }),
): Promise<FakeSwitch> {
  const sockets = new Set<Socket>();
  const asked: Asked[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client may go before it has read all that is said.
    const gone = () => undefined;
    const lines = createInterface({ input: socket.on('error', gone) }).on('error', gone);
    lines.on('line', async (line) => {
      const request = JSON.parse(line) as Asked;
      asked.push(request);
      const drop = () => socket.destroy();
      const said = await (request.method === 'hello' ? hello : answer)(request, drop);
      if (said === undefined || socket.destroyed) return;
      if (typeof said === 'string') socket.write(said);
      else socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: request.id, ...said })}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      drop();
    });
  const send = (bytes: Uint8Array) => {
    for (const socket of sockets) socket.write(bytes);
  };
  return { asked, send, drop, close };
}

/** Runs `use` with a fake in a folder of its own; both are gone afterwards. */
export function withFake<T>(
  answer: Answerer,
  use: (path: string, fake: FakeSwitch) => Promise<T>,
  hello?: Answerer,
): Promise<T> {
  return inFolder(async (folder) => {
    const path = join(folder, 'switch.sock');
    const fake = await fakeSwitch(path, answer, hello);
    try {
      return await use(path, fake);
    } finally {
      await fake.close();
    }
  });
}
