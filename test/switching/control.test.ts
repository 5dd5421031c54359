import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SwitchClient } from '../../src/switch/client.js';
import { inFolder } from '../switch/folder.js';
import { startRealSwitch, withRealSwitch } from '../switch/real-switch.js';

const hello = '{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1}}';

/** Dials; the switch may close at any time. */
async function dial(path: string): Promise<Socket> {
  const socket = connect(path);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Closed by the switch, with whatever error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** All that comes until the switch closes. */
async function rest(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data) => {
    text += data.toString();
  });
  await closed(socket);
  return text;
}

/** The answer to one line. */
async function ask(socket: Socket, line: string): Promise<Record<string, unknown>> {
  let text = '';
  socket.write(line);
  while (!text.includes('\n')) text += (await once(socket, 'data'))[0].toString();
  return JSON.parse(text);
}

/** The switch still answers. */
async function answers(path: string): Promise<void> {
  const socket = await dial(path);
  expect(await ask(socket, `${hello}\n`)).toMatchObject({ result: { protocol: 1 } });
  socket.destroy();
}

describe('the control socket', () => {
  it('survives half a line, and answers it when the other half comes', () =>
    withRealSwitch(async ({ socket: path }) => {
      const half = await dial(path);
      half.write(hello.slice(0, 20));
      await answers(path);
      expect(await ask(half, `${hello.slice(20)}\n`)).toMatchObject({ id: 1 });
      half.write(hello.slice(0, 20));
      half.destroy();
      await answers(path);
    }));

  it('takes a line of 64 KiB and no more; 10 MB on one are cut off with an answer', () =>
    withRealSwitch(async ({ socket: path }) => {
      const longest = await dial(path);
      expect(await ask(longest, `${' '.repeat(65_535 - hello.length)}${hello}\n`)).toMatchObject({
        result: { protocol: 1 },
      });
      longest.destroy();
      const long = await dial(path);
      const told = rest(long);
      long.write('x'.repeat(10_000_000));
      expect(await told).toMatch(/"code":-32600/);
      await answers(path);
    }));

  it.each([
    ['{', -32700],
    ['\u0000\u0001\u00ff', -32700],
    ['[]', -32600],
    ['[{"jsonrpc":"2.0","id":1,"method":"hello"}]', -32600],
    ['3', -32600],
    ['{"jsonrpc":"2.0","method":"hello"}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"hello"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":7}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"hello","params":[1]}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"nothing"}', -32601],
    [`{"jsonrpc":"2.0","id":1,"method":"${'m'.repeat(60_000)}"}`, -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":"1"}}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1e999}}', -32700],
    ['{"jsonrpc":"2.0","id":1,"method":"port.add","params":{"name":[],"path":{}}}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"port.add","params":{"name":"a\\u0000b"}}', -32700],
    ['{"jsonrpc":"2.0","id":1,"method":"port.remove","params":{"name":null}}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"fdb.list","params":{"limit":-1}}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"fdb.list","params":{"limit":10001}}', -32602],
    [
      '{"jsonrpc":"2.0","id":1,"method":"fdb.list","params":{"limit":99999999999999999999}}',
      -32700,
    ],
    [`${'['.repeat(60_000)}`, -32700],
  ])('refuses %.70s', (line, code) =>
    withRealSwitch(async ({ socket: path }) => {
      const socket = await dial(path);
      expect(await ask(socket, `${line}\n`)).toMatchObject({ error: { code } });
      // The connection goes on.
      expect(await ask(socket, `${hello}\n`)).toMatchObject({ result: { protocol: 1 } });
      socket.destroy();
    }),
  );

  it('takes 64 clients and tells the others so, until one leaves', () =>
    withRealSwitch(async ({ socket: path }) => {
      const clients: Socket[] = [];
      for (let i = 0; i < 64; i++) {
        const socket = await dial(path);
        await ask(socket, `${hello}\n`);
        clients.push(socket);
      }
      for (let i = 0; i < 36; i++) {
        expect(await rest(await dial(path))).toMatch(/"code":-32003/);
      }
      clients[7]?.destroy();
      await answers(path);
      for (const socket of clients) socket.destroy();
    }));

  it('cuts off a client that asks and never reads, and serves others meanwhile', () =>
    withRealSwitch(async ({ socket: path, process: { pid } }) => {
      const deaf = await dial(path);
      const cut = closed(deaf);
      deaf.pause();
      const list = '{"jsonrpc":"2.0","id":1,"method":"method.list"}\n'.repeat(1000);
      let gone = false;
      void cut.then(() => {
        gone = true;
      });
      for (let i = 0; i < 200 && !gone; i++) {
        deaf.write(list);
        if (i % 20 === 0) await answers(path);
      }
      await cut;
      await answers(path);
      const status = await readStatus(pid);
      expect(status).toBeLessThan(200);
    }));

  it('is patient with a slow client', () =>
    withRealSwitch(async ({ socket: path }) => {
      const slow = await dial(path);
      const bytes = `${hello}\n`;
      for (const byte of bytes.slice(0, -1)) {
        slow.write(byte);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await answers(path);
      expect(await ask(slow, '\n')).toMatchObject({ result: { protocol: 1 } });
      slow.destroy();
    }));
});

it('sockets of guests are for owner and group, its own for the owner alone', () =>
  withRealSwitch(async ({ socket: path, folder }) => {
    const port = join(folder, 'a.sock');
    const socket = await dial(path);
    const add = `{"jsonrpc":"2.0","id":1,"method":"port.add","params":{"name":"a","path":"${port}","listener":"switch"}}\n`;
    expect(await ask(socket, add)).toMatchObject({ result: { changed: true } });
    socket.destroy();
    const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);
    expect(await mode(path)).toBe('600');
    expect(await mode(port)).toBe('660');
    expect(await mode(join(folder, 'ports.json'))).toBe('600');
    // The log's is in test/switch/start.test.ts: whoever starts the switch opens it.
  }));

async function readStatus(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

it('disconnects a client that asks nothing, and lets it dial again', () =>
  inFolder(async (folder) => {
    const one = await startRealSwitch(folder, { own: ['--client-idle', '1'] });
    const silent = await dial(one.socket);
    const client = await SwitchClient.connect(one.socket);
    await closed(silent);
    expect(await client.ports()).toEqual([]);
    client.close();
    await one.end('SIGTERM');
  }));

it('lists addresses in parts, each once', () =>
  withRealSwitch(async ({ socket, folder }) => {
    const client = await SwitchClient.connect(socket);
    const macs = ['1', '2', '3', '4', '5'].map((n) => `52:54:00:00:00:0${n}`);
    for (const mac of macs) {
      const name = mac.replaceAll(':', '');
      await client.addPort({ name, path: join(folder, name), mac });
    }
    client.close();
    const peer = await dial(socket);
    const seen: string[] = [];
    const totals: number[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const params = { limit: 2, after };
      const line = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'fdb.list', params });
      const { result } = (await ask(peer, `${line}\n`)) as {
        result: { entries: { mac: string }[]; total: number; next?: number };
      };
      expect(result.entries.length).toBeLessThanOrEqual(2);
      seen.push(...result.entries.map(({ mac }) => mac));
      totals.push(result.total);
      after = result.next;
    }
    expect(seen.sort()).toEqual(macs);
    expect(totals).toEqual([5, 3, 1]);
    peer.destroy();
  }));
