import { once } from 'node:events';
import { lstatSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WANTED } from '../../src/metrics/listen.js';
import { type Served, serve } from '../../src/metrics/server.js';
import { placeOf } from '../../src/serve/place.js';
import { inFolder } from '../switch/folder.js';

/** Runs with a server; its port is free to choose. */
async function withServer(served: Partial<Served>, use: (port: number) => Promise<void>) {
  const text: Served['text'] = async (format) => `${format}\n`;
  const server = await serve(placeOf('127.0.0.1:0', WANTED), { text, ...served });
  try {
    await use(Number(server.at.split(':').at(-1)));
  } finally {
    await server.close();
  }
}

interface Said {
  status: number | undefined;
  headers: Record<string, unknown>;
  body: string;
}

function ask(
  port: number,
  { path = '/metrics', method = 'GET', body = '', headers = {} as Record<string, string> } = {},
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false };
    const sent = httpRequest(options, async (response) => {
      let text = '';
      for await (const part of response) text += part;
      resolve({ status: response.statusCode, headers: response.headers, body: text });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Says something, and what comes until the server closes the connection. */
async function raw(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (part) => {
    heard += part;
  });
  socket.on('error', () => undefined);
  socket.write(words);
  await once(socket, 'close');
  return heard;
}

test('GET /metrics, and nothing else', () =>
  withServer({}, async (port) => {
    expect(await ask(port)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      body: 'text\n',
    });
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
    expect(await ask(port, { headers: { accept } })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8' },
      body: 'openmetrics\n',
    });
    expect(await ask(port, { path: '/metrics?collect[]=x' })).toMatchObject({ status: 200 });
    for (const path of ['/', '/metrics/', '/metrics/../metrics', '/METRICS', '/favicon.ico'])
      expect(await ask(port, { path })).toMatchObject({ status: 404 });
    for (const method of ['HEAD', 'DELETE', 'OPTIONS', 'PROPFIND'])
      expect(await ask(port, { method })).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect(await ask(port, { method: 'POST', body: 'x' })).toMatchObject({ status: 413 });
    expect(await raw(port, 'GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  }));

test('with a token, only for who sends it', () =>
  withServer({ token: '0123456789abcdef' }, async (port) => {
    const as = (authorization: string) => ask(port, { headers: { authorization } });
    expect(await as('Bearer 0123456789abcdef')).toMatchObject({ status: 200 });
    const refused = { status: 401, headers: { 'www-authenticate': 'Bearer' } };
    expect(await ask(port)).toMatchObject(refused);
    expect(await as('Bearer 0123456789abcdeF')).toMatchObject(refused);
    // Nor does it say what is there.
    expect(await ask(port, { path: '/x' })).toMatchObject(refused);
  }));

test('an error of ours is told to us, and the client hears that there was one', async () => {
  const heard: unknown[] = [];
  const text = () => Promise.reject(new Error('secret'));
  await withServer({ text, onError: (error) => heard.push(error) }, async (port) => {
    expect(await ask(port)).toMatchObject({ status: 500, body: 'the answer could not be made\n' });
  });
  expect(heard).toEqual([new Error('secret')]);
});

test('a header that is too long, or too many of them', () =>
  withServer({}, async (port) => {
    const headers = { 'x-long': 'x'.repeat(9000) };
    expect(await ask(port, { headers })).toMatchObject({ status: 431 });
    expect(await ask(port, { path: `/${'x'.repeat(9000)}` })).toMatchObject({ status: 431 });
  }));

test('a name that another page may have given this address is refused', () =>
  withServer({}, async (port) => {
    const headers = { host: `evil.example:${port}` };
    expect(await ask(port, { headers })).toMatchObject({
      ...{ status: 403, body: expect.stringContaining('ask by a loopback address, or localhost') },
    });
    await withServer({ token: 'x'.repeat(16) }, async (other) => {
      const authorization = `Bearer ${'x'.repeat(16)}`;
      expect(await ask(other, { headers: { ...headers, authorization } })).toMatchObject({
        status: 200,
      });
    });
  }));

test('who asks on before the answer is there is disconnected, and nothing more is made', () => {
  let made = 0;
  const text = async () => {
    made += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'x\n';
  };
  return withServer({ text }, async (port) => {
    const one = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';
    expect(await raw(port, one.repeat(1000))).toBe('');
    expect(made).toBe(1);
    // One after the other is as ever.
    const socket = connect(port, '127.0.0.1');
    for (let i = 0; i < 3; i += 1) {
      socket.write(one);
      expect(String(await once(socket, 'data'))).toContain('200 OK');
    }
    socket.destroy();
    expect(made).toBe(4);
  });
});

test('a request that does not come to its end is ended', () =>
  withServer({ limits: { requestMs: 50, checkMs: 20 } }, async (port) => {
    expect(await raw(port, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n')).toMatch(
      /^HTTP\/1\.1 408 /,
    );
  }));

test('who says nothing, and who does not read, is disconnected', () => {
  const text = () => Promise.resolve('x'.repeat(64 * 1024 * 1024));
  return withServer({ text, limits: { answerMs: 100, checkMs: 20 } }, async (port) => {
    expect(await raw(port, '')).not.toMatch(/200/);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // Not read until the other end is gone.
    await new Promise((resolve) => setTimeout(resolve, 500));
    let length = 0;
    socket.on('data', (part) => {
      length += part.length;
    });
    await once(socket, 'close');
    expect(length).toBeLessThan(64 * 1024 * 1024);
  });
});

test('more connections than there is room for are closed, and places become free again', () =>
  withServer({ limits: { connections: 3, requestMs: 120_000 } }, async (port) => {
    const held: Socket[] = [];
    for (let i = 0; i < 3; i += 1) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(socket, 'data');
      held.push(socket);
    }
    await expect(ask(port)).rejects.toThrow(/ECONNRESET|socket hang up/);
    for (const socket of held) socket.destroy();
    await expect.poll(() => ask(port).catch(() => undefined)).toMatchObject({ status: 200 });
  }));

test('at a socket: who may read it, what a killed process left, what another has', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'm.sock');
    const place = placeOf(`unix:${path}`, WANTED);
    const served: Served = { text: async () => 'x\n' };
    const one = await serve(place, served);
    expect(one.at).toBe(`unix:${path}`);
    expect(lstatSync(path).mode & 0o777).toBe(0o660);
    await expect(serve(place, served)).rejects.toThrow(`unix:${path}: somebody else listens there`);
    await one.close();
    writeFileSync(path, 'no socket');
    await expect(serve(place, served)).rejects.toThrow('somebody else listens there');
  }));

test('a port that is taken, an address that is not ours', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const served: Served = { text: async () => '' };
  await expect(serve(placeOf(`127.0.0.1:${port}`, WANTED), served)).rejects.toThrow(
    `127.0.0.1:${port}: somebody else listens there; end that, or give another --listen`,
  );
  other.close();
  await expect(serve(placeOf('192.0.2.1:0', WANTED), served)).rejects.toThrow(
    'this host does not have the address',
  );
});
