/** The page's server, with a switch that counts what it is asked. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { Port } from '../../src/contract/types.js';
import { placeOf } from '../../src/serve/index.js';
import { serveWeb, WANTED, type WebOptions } from '../../src/web/index.js';
import type { AddressAnswer, History, Message, PortAnswer } from '../../src/web/wire.js';
import { answersOf, SAMPLE } from '../metrics/sample.js';
import { type Asked, type FakeSwitch, withFake } from '../switch/fake-switch.js';
import { ask, json, Viewer } from './ask.js';

const NOBODY: NonNullable<WebOptions['host']> = {
  ...{ networks: [], guests: new Map(), states: new Map(), noLibvirt: 'no libvirt here' },
  look: () => undefined,
  close: async () => undefined,
};

const FDB = { entries: [{ mac: '02:00:00:00:00:01', vlan: 7, port: 'web1.0', age: 3 }], total: 1 };

/** With that many ports beside the sample's, which never stay as they are. */
function answering(more = 0) {
  const [first] = SAMPLE.ports as Port[];
  let queues = 0;
  return ({ method }: Asked) => {
    queues += 1;
    const other = (_: unknown, i: number) => ({ ...(first as Port), name: `x${i}.0`, queues });
    const sample = { ...SAMPLE, ports: [...SAMPLE.ports, ...Array.from({ length: more }, other)] };
    if (method === 'events.watch') return { result: { changed: true } };
    if (method === 'fdb.list') return { result: FDB };
    return answersOf(sample, method);
  };
}

function withServer(
  use: (url: string, fake: FakeSwitch) => Promise<void>,
  options: Partial<WebOptions> = {},
  more = 0,
): Promise<void> {
  return withFake(answering(more), async (socket, fake) => {
    const limits = { everyMs: 20, ...options.limits };
    const errors: unknown[] = [];
    const server = await serveWeb(placeOf('127.0.0.1:0', WANTED), {
      ...{ socket, env: {}, host: NOBODY, onError: (error) => errors.push(error) },
      ...options,
      limits,
    });
    try {
      await use(`http://${server.at}/`, fake);
    } finally {
      await server.close();
    }
    expect(errors).toEqual([]);
  });
}

const count = (fake: FakeSwitch, method: string) =>
  fake.asked.filter((one) => one.method === method).length;

test('while nobody looks counters alone are asked for; many who look cost as much as one', () =>
  withServer(async (url, fake) => {
    await expect.poll(() => count(fake, 'stats.get')).toBeGreaterThan(5);
    expect(count(fake, 'port.list') + count(fake, 'switch.info')).toBe(0);
    const viewers = await Promise.all([1, 2, 3, 4, 5].map(() => Viewer.at(url)));
    fake.asked.splice(0);
    await expect.poll(() => count(fake, 'port.list')).toBeGreaterThan(5);
    expect(Math.abs(count(fake, 'stats.get') - count(fake, 'port.list'))).toBeLessThan(2);
    for (const viewer of viewers) expect(viewer.messages.length).toBeGreaterThan(3);
    for (const viewer of viewers) viewer.close();
    await expect
      .poll(async () => {
        fake.asked.splice(0);
        await new Promise((resolve) => setTimeout(resolve, 100));
        return count(fake, 'port.list');
      })
      .toBe(0);
  }));

test('the first message is whole, those after it have only what is new', () =>
  withServer(async (url) => {
    const viewer = await Viewer.at(url);
    await expect.poll(() => viewer.messages.length).toBeGreaterThan(4);
    viewer.close();
    const [first, ...rest] = viewer.messages;
    expect(first).toMatchObject({
      whole: true,
      switch: { up: true, version: '9.9.9' },
      no_libvirt: 'no libvirt here',
      happened: [],
    });
    expect(first?.ports?.map(({ name }) => name)).toContain('web1.0');
    expect(first?.drops?.[0]).toMatchObject({ reason: 'ring_full' });
    for (const message of rest.slice(1)) {
      expect(Object.keys(message).sort()).toEqual(['lcores', 'rows', 'time', 'total']);
      expect(message.rows).toHaveLength(first?.ports?.length ?? 0);
    }
  }));

test('one who does not read is disconnected, and keeps nobody else from it', () =>
  withServer(
    async (url) => {
      const other = await Viewer.at(url);
      const hung = connect(Number(new URL(url).port), '127.0.0.1');
      hung.on('error', () => undefined);
      hung.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
      hung.pause();
      const dial = () => Viewer.at(url).catch(() => undefined);
      await expect
        .poll(async () => {
          const one = await dial();
          one?.close();
          return one;
        })
        .toBeUndefined();
      // What the kernel has room for goes on its way; then its place is another's.
      const seen = other.messages.length;
      let third: Viewer | undefined;
      await expect
        .poll(async () => {
          third = await dial();
          return third;
        })
        .toBeDefined();
      expect(other.messages.length).toBeGreaterThan(seen);
      expect(other.ended).toBe(false);
      for (const one of [other, third]) one?.close();
      hung.destroy();
    },
    { limits: { viewers: 2, answerMs: 2000, checkMs: 100 } },
    900,
  ));

test('more than may look hear so, and places become free again', () =>
  withServer(
    async (url) => {
      const viewers = [await Viewer.at(url), await Viewer.at(url)];
      expect(await ask(url, '/api/events')).toMatchObject({ status: 503 });
      expect(await ask(url, '/api/state')).toMatchObject({ status: 200 });
      viewers[0]?.close();
      let third: Viewer | undefined;
      await expect
        .poll(async () => {
          third = await Viewer.at(url).catch(() => undefined);
          return third;
        })
        .toBeDefined();
      for (const viewer of [...viewers, third]) viewer?.close();
    },
    { limits: { viewers: 2 } },
  ));

test('only what is on the list, by GET and HEAD, with all headers', () =>
  withServer(async (url) => {
    const types = {
      '/': 'text/html; charset=utf-8',
      '/page.js': 'text/javascript; charset=utf-8',
      '/page.css': 'text/css; charset=utf-8',
      '/icon.svg': 'image/svg+xml',
      '/licenses.txt': 'text/plain; charset=utf-8',
      '/api/state': 'application/json',
    };
    for (const [path, type] of Object.entries(types)) {
      const headers = {
        'content-type': type,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      };
      expect(await ask(url, path)).toMatchObject({ status: 200, headers });
      expect(await ask(url, path, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    }
    expect(await ask(url, '/api/events', { method: 'HEAD' })).toMatchObject({ status: 200 });
    const others = [
      ...['/index.html', '/../package.json', '/page.js/', '//page.js', '/%2e%2e/package.json'],
      ...['/page.js%00', '/api/', '/api/nothing', '/api/port?name=none', '/api/history?port=none'],
      ...['/__proto__', '/constructor', '/api/port?name=__proto__'],
    ];
    for (const path of others) {
      const said = await ask(url, path);
      expect([path, said.status, said.body]).toEqual([path, 404, 'there is no such thing\n']);
      expect(said.headers).toHaveProperty('content-security-policy');
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect(await ask(url, '/', { method })).toMatchObject({ status: 405 });
    const evil = { host: 'evil.example' };
    for (const path of ['/', '/api/state', '/api/events'])
      expect(await ask(url, path, { headers: evil })).toMatchObject({ status: 403 });
  }));

const TOKEN = '0123456789abcdef';

test('with a token, only for who sends it', () =>
  withServer(
    async (url) => {
      expect(await ask(url, '/')).toMatchObject({ status: 200 });
      const headers = { 'www-authenticate': 'Bearer' };
      for (const path of ['/api/state', '/api/events', '/api/addresses', '/api/none'])
        expect(await ask(url, path)).toMatchObject({ status: 401, headers });
      // Addresses are written to logs and histories.
      expect(await ask(url, `/api/state?token=${TOKEN}`)).toMatchObject({ status: 401 });
      const authorization = `Bearer ${TOKEN}`;
      const state = await json<Message>(url, '/api/state', { headers: { authorization } });
      expect(state.switch?.up).toBe(true);
      const viewer = await Viewer.at(url, { authorization });
      viewer.close();
    },
    { token: TOKEN },
  ));

test('history, one port, addresses', () =>
  withServer(async (url) => {
    await expect
      .poll(async () => (await json<History>(url, '/api/history')).times.length)
      .toBeGreaterThan(3);
    const { columns, times } = await json<History>(url, '/api/history?port=web1.0');
    expect(columns.map(({ length }) => length)).toEqual(Array(5).fill(times.length));
    expect(await json<PortAnswer>(url, '/api/port?name=web1.0')).toMatchObject({
      port: { name: 'web1.0', vlan: 7 },
      counters: { rx_packets: expect.any(Number) },
      drops: [{ reason: 'ring_full', meaning: expect.stringContaining('receive ring') }],
    });
    const found = await json<AddressAnswer>(url, '/api/addresses?search=web1%20vlan7');
    expect(found).toMatchObject({ matched: 1, total: 1, entries: [{ vlan: '7', age: 3 }] });
    const many = Array.from({ length: 9 }, (_, i) => `w${i}`).join('%20');
    expect((await fetch(new URL(`/api/addresses?search=${many}`, url))).status).toBe(400);
    const none = await json<AddressAnswer>(url, '/api/addresses?search=web9');
    expect(none).toMatchObject({ matched: 0, entries: [] });
  }));

test('without a switch: why, at once and to all who come', () =>
  withServer(
    async (url, fake) => {
      const viewer = await Viewer.at(url);
      await fake.close();
      await expect.poll(() => viewer.latest('switch')?.why).toContain('no switch is running there');
      const state = await json<Message>(url, '/api/state');
      expect(state).toMatchObject({ whole: true, switch: { up: false } });
      expect(state.ports).toBeUndefined();
      const said = await ask(url, '/api/addresses');
      expect([said.status, said.body]).toEqual([503, expect.stringContaining('no switch is')]);
      viewer.close();
    },
    { deadlineMs: 2000 },
  ));
