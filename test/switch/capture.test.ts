/** Captures as the command line takes them: limits, files, rings of files, and switches that are none. */

import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CaptureLimits, capture } from '../../src/switch/capture.js';
import { BlockReader, nameOf } from '../../src/switch/capture-blocks.js';
import { captureToFiles, type FileOptions } from '../../src/switch/capture-files.js';
import { compileFilter } from '../../src/switch/capture-filter.js';
import { inFile } from './captured.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmlane-capture-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const word = (n: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n);
  return bytes;
};

const option = (code: number, value: Buffer) =>
  Buffer.concat([
    word(code | (value.length << 16)),
    value,
    Buffer.alloc(((value.length + 3) & ~3) - value.length),
  ]);

function block(type: number, ...parts: Buffer[]): Buffer {
  const inner = Buffer.concat([...parts, word(0)]);
  const length = word(inner.length + 12);
  return Buffer.concat([word(type), length, inner, length]);
}

const SECTION = block(0x0a0d0d0a, word(0x1a2b3c4d), word(1), word(0xffffffff), word(0xffffffff));
const port = (name: string) => block(1, word(1), word(262_144), option(2, Buffer.from(name)));

/** A frame of n bytes 0xee, the first one its number. */
function packet(number: number, n = 8, dropped?: string): Buffer {
  const bytes = Buffer.alloc((n + 3) & ~3, 0xee);
  bytes[0] = number;
  const why = dropped === undefined ? [] : [option(1, Buffer.from(`dropped: ${dropped}`))];
  const head = [word(0), word(0), word(0), word(n), word(n)];
  return block(6, ...head, bytes, option(2, word(1)), ...why);
}

const statistics = (lost: number) =>
  block(5, word(0), word(0), word(0), option(5, Buffer.concat([word(lost), word(0)])));

/** A switch that sends these, and what is left when it is told to end. */
async function sending(bytes: Buffer[], rest: Buffer[] = [], goes = false) {
  const server = createServer({ allowHalfOpen: true }, (peer: Socket) => {
    peer.on('error', () => undefined);
    for (const one of bytes) peer.write(one);
    if (goes) peer.end();
    peer.on('end', () => peer.end(Buffer.concat(rest))).resume();
  });
  const path = join(folder, 'switch');
  server.listen(path);
  await once(server, 'listening');
  return {
    capture: async () => {
      const socket = connect({ path });
      await once(socket, 'connect');
      server.close();
      return { ports: 1, socket };
    },
  };
}

const never = () => new AbortController().signal;

async function taken(
  client: Awaited<ReturnType<typeof sending>>,
  file: FileOptions,
  limits: Partial<CaptureLimits> = {},
) {
  const sink = await captureToFiles(file);
  const { socket } = await client.capture();
  return capture(socket, sink, { signal: never(), ...limits });
}

/** The numbers of the frames in a file. */
const numbers = (...paths: string[]) =>
  inFile(...paths.map((path) => readFileSync(path))).frames.map(({ bytes }) =>
    Number.parseInt(bytes.slice(0, 2), 16),
  );

const TEN = Array.from({ length: 10 }, (_, i) => packet(i));

describe('limits', () => {
  it('of packets: so many, and what the switch says of those that are missing', async () => {
    const path = join(folder, 'a');
    const client = await sending([SECTION, port('p'), ...TEN], [statistics(7)]);
    expect(await taken(client, { path }, { packets: 4 })).toEqual({
      ...{ packets: 4, dropped: 0, lost: 7, files: [path], ended: 'packets' },
    });
    expect(numbers(path)).toEqual([0, 1, 2, 3]);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });

  it('of seconds, and an end that was asked for, with what was under way', async () => {
    const path = join(folder, 'a');
    const late = packet(99, 8, 'spoofed');
    const client = await sending([SECTION, port('p'), ...TEN], [late, statistics(0)]);
    expect(await taken(client, { path }, { seconds: 0.5 })).toMatchObject({
      ...{ packets: 11, dropped: 1, ended: 'seconds' },
    });
    const stop = new AbortController();
    const again = await sending([SECTION, port('p'), ...TEN], [late]);
    const ended = taken(again, { path, force: true }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 300);
    expect(await ended).toMatchObject({ packets: 11, ended: 'asked' });
    expect(numbers(path)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99]);
  });

  it('a switch that goes', async () => {
    const client = await sending([SECTION, port('p'), ...TEN], [], true);
    expect(await taken(client, { path: join(folder, 'a') })).toMatchObject({
      ...{ packets: 10, ended: 'switch' },
    });
  });

  it('a file that is full, to the byte', async () => {
    const path = join(folder, 'a');
    const head = SECTION.length + port('p').length;
    const size = head + 3 * packet(0).length;
    const client = await sending([SECTION, port('p'), ...TEN], [statistics(0)]);
    expect(await taken(client, { path, size })).toMatchObject({ packets: 3, ended: 'full' });
    expect(numbers(path)).toEqual([0, 1, 2]);
    expect(lstatSync(path).size).toBe(size);
  });

  it('a ring of files: the last ones are there, each a capture by itself', async () => {
    const path = join(folder, 'a.pcapng');
    const size = SECTION.length + port('p').length + 3 * packet(0).length;
    const client = await sending([SECTION, port('p'), ...TEN], [], true);
    const { files } = await taken(client, { path, size, files: 3 });
    const named = [1, 2, 3].map((n) => join(folder, `a.${n}.pcapng`));
    expect(files).toEqual(named);
    // The fourth file is the first one's place.
    expect(named.map((one) => numbers(one))).toEqual([[9], [3, 4, 5], [6, 7, 8]]);
    expect(named.map((one) => inFile(readFileSync(one)).ports)).toEqual([['p'], ['p'], ['p']]);
    expect(existsSync(path)).toBe(false);
  });
});

describe('files', () => {
  const none = { capture: () => Promise.reject(new Error('it was asked for')) };

  it('what is there is replaced only if that is said, and links never', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'mine');
    await expect(taken(none, { path })).rejects.toThrow('is there already; name another, or');
    symlinkSync(path, join(folder, 'link'));
    mkdirSync(join(folder, 'b.2'));
    for (const other of ['link', 'b']) {
      const ring = other === 'b' ? { size: 1000, files: 2 } : {};
      const all = { path: join(folder, other), force: true, ...ring };
      await expect(taken(none, all)).rejects.toThrow('and no regular file; name another');
    }
    expect(readFileSync(path, 'utf8')).toBe('mine');
    const client = await sending([SECTION, port('p'), packet(5)], [], true);
    await taken(client, { path, force: true });
    expect(numbers(path)).toEqual([5]);
  });

  it('a full disk is told in one line', async () => {
    const client = await sending([SECTION, port('p'), ...TEN]);
    const full = captureToFiles({ path: '/dev/full', force: true });
    await expect(full).rejects.toThrow('no regular file');
    const sink = {
      ...{ names: [], put: async () => true, end: async () => undefined },
      flush: () => Promise.reject(new Error('no space')),
    };
    const { socket } = await client.capture();
    await expect(capture(socket, sink, { signal: never() })).rejects.toThrow('no space');
  });
});

describe('what a switch sends', () => {
  it.each([
    ['text', Buffer.from('{"jsonrpc":"2.0","id":2,"result":{}}\n')],
    ['a length that is none', Buffer.concat([word(6), word(13), Buffer.alloc(20)])],
    ['a length beyond all frames', Buffer.concat([word(6), word(1 << 20), Buffer.alloc(20)])],
    ['ends that differ', Buffer.concat([word(6), word(16), word(0), word(20)])],
    ['an option beyond its block', block(6, ...Array(5).fill(word(0)), word(1 | (200 << 16)))],
    ['a frame beyond its block', block(6, word(0), word(0), word(0), word(900))],
  ])('%s: is no capture', async (_, bytes) => {
    const client = await sending([bytes]);
    await expect(taken(client, { path: join(folder, 'a') })).rejects.toThrow('is no pcapng');
  });

  it('in any pieces', () => {
    const all = Buffer.concat([SECTION, port('p'), ...TEN]);
    for (const size of [1, 7, 64]) {
      const reader = new BlockReader();
      const blocks = [];
      for (let at = 0; at < all.length; at += size)
        blocks.push(...reader.take(all.subarray(at, at + size)));
      expect(Buffer.concat(blocks.map(({ bytes }) => bytes))).toEqual(all);
    }
  });

  it('no name reaches a terminal as it is', () => {
    const [block] = new BlockReader().take(port('a\u001b[2Jb'));
    expect(block && nameOf(block)).toBe('a??2Jb');
  });
});

describe('filters', () => {
  it('are compiled, and those that are none are refused', async () => {
    expect(await compileFilter('ether host 02:00:00:00:99:99')).toHaveLength(10);
  });

  it.each([
    ['tcp port', 'syntax error'],
    ['no such word', 'syntax error'],
    ['-n', 'syntax error'],
    ['inbound', 'inbound'],
  ])('%s', async (text, problem) => {
    await expect(compileFilter(text)).rejects.toMatchObject({ exitCode: 2 });
    await expect(compileFilter(text)).rejects.toThrow(problem);
  });

  it('without tcpdump, what helps is said', async () => {
    await expect(compileFilter('tcp', { env: { PATH: folder } })).rejects.toThrow(
      'tcpdump: a filter needs it, and it is not installed; apt install tcpdump',
    );
  });
});
