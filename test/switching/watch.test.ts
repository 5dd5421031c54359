/** What happens in a switch is told to who watches it, and costs nothing else. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { patience } from '../../lab/slow.js';
import { type WatchedEvent, watchSwitch } from '../../src/switch/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { vmlane } from '../cli/test-io.js';
import { type Bench, useBench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { startSwitch } from './start.js';

/** What a switch tells, as it comes. */
class Watcher {
  readonly events: WatchedEvent[] = [];
  readonly #abort = new AbortController();
  readonly #ended: Promise<void>;
  #seen = 0;

  private constructor(path: string, watching: () => void) {
    const options = { signal: this.#abort.signal, watching, deadlineMs: patience(30_000) };
    this.#ended = this.#take(watchSwitch(path, options));
  }

  static async at(path: string): Promise<Watcher> {
    let watcher: Watcher | undefined;
    await new Promise<void>((resolve, reject) => {
      watcher = new Watcher(path, resolve);
      watcher.#ended.catch(reject);
    });
    return watcher as Watcher;
  }

  /** The next of these, those before it skipped; without the time. */
  async next(event: string, port?: string): Promise<object> {
    const name = `${event} ${port ?? ''}`;
    const wait = { thing: name, problem: 'is not told', remedy: 'see the log', ms: 60_000 };
    return until(wait, async () => {
      while (this.#seen < this.events.length) {
        const found = this.events[this.#seen++];
        if (found?.event !== event || ('port' in found ? found.port : undefined) !== port) continue;
        expect(found.time).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        const { time: _, ...rest } = found;
        return rest;
      }
      return undefined;
    });
  }

  async end(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }

  async #take(events: AsyncIterable<WatchedEvent>): Promise<void> {
    for await (const event of events) this.events.push(event);
  }
}

async function watching(bench: Bench, use: (watcher: Watcher) => Promise<void>): Promise<void> {
  const watcher = await Watcher.at(bench.one.socket);
  try {
    await use(watcher);
  } finally {
    await watcher.end();
  }
}

describe('a watched switch', () => {
  const bench = useBench();

  it('tells of ports: added, changed, removed; of guests that come and go', () =>
    watching(bench(), async (watcher) => {
      const { client, guests } = bench();
      await bench().plug(['a']);
      await client.setPort({ name: 'a', flood_limit: 7 });
      await client.setPort({ name: 'a', flood_limit: 7 });
      await guests.disconnect('a');
      await watcher.next('port-down', 'a');
      await guests.connect('a');
      await watcher.next('port-up', 'a');
      await client.removePort('a');
      await watcher.next('port-removed', 'a');
      const told = watcher.events.map(({ event }) => event);
      expect(told).toEqual([
        ...['port-added', 'port-up', 'port-changed', 'port-down', 'port-up'],
        // As its socket is closed.
        ...['port-down', 'port-removed'],
      ]);
    }));

  it('tells of addresses: learned, claimed in vain, moved, each with its VLAN and the other port', () =>
    watching(bench(), async (watcher) => {
      const { client, guests } = bench();
      await bench().plug(['a', 'b'], { vlan: 7 });
      await client.set({ hold: 1000 });
      await guests.send('a', [frame({ to: BROADCAST, from: mac(1) })]);
      const address = { mac: mac(1), vlan: 7 };
      expect(await watcher.next('address-learned', 'a')).toEqual({
        ...{ event: 'address-learned', port: 'a' },
        ...address,
      });
      await guests.send('b', [frame({ to: BROADCAST, from: mac(1) })]);
      expect(await watcher.next('address-refused', 'b')).toEqual({
        ...{ event: 'address-refused', port: 'b', from: 'a' },
        ...address,
      });
      await client.set({ hold: 0 });
      await guests.send('b', [frame({ to: BROADCAST, from: mac(1) })]);
      expect(await watcher.next('address-moved', 'b')).toEqual({
        ...{ event: 'address-moved', port: 'b', from: 'a' },
        ...address,
      });
    }));

  it('tells of links, and whose link it is in a relay', () =>
    watching(bench(), async (watcher) => {
      const { client } = bench();
      await bench().plug(['a', 'b'], { relay: 'r' });
      await client.setPort({ name: 'b', link: 'disable' });
      expect(await watcher.next('link-down', 'a')).toEqual({
        ...{ event: 'link-down', port: 'a', from: 'b' },
      });
      expect(await watcher.next('link-down', 'b')).toEqual({ event: 'link-down', port: 'b' });
      await watcher.next('port-down', 'b');
      await client.setPort({ name: 'b', link: 'auto' });
      await watcher.next('link-up', 'a');
    }));

  it('tells of limits', () =>
    watching(bench(), async (watcher) => {
      const { client, guests } = bench();
      await bench().plug(['a', 'b']);
      await client.setPort({ name: 'a', flood_limit: 1, address_limit: 3 });
      const frames = [1, 2, 3, 4].map((i) => frame({ to: BROADCAST, from: mac(i) }));
      await guests.send('a', Array(50).fill(frames).flat());
      const dropped = (await bench().stats('a')).drops.flood_limit ?? 0;
      expect(dropped).toBeGreaterThan(0);
      const limits = [await watcher.next('limit', 'a'), await watcher.next('limit', 'a')];
      expect(new Set(limits)).toEqual(
        new Set([
          { event: 'limit', port: 'a', reason: 'flood_limit', count: expect.any(Number) },
          { event: 'limit', port: 'a', reason: 'address_limit', count: 0 },
        ]),
      );
    }));

  it('tells who does not read how much was missed, and forwards meanwhile', () =>
    watching(bench(), async (watcher) => {
      const { client, guests } = bench();
      await bench().plug(['a', 'b', 'c']);
      const hung = await hungWatcher(bench().one.socket);
      const before = (await client.stats()).fdb.learned;
      for (let i = 0; i < 10; i++) {
        for (const guest of ['a', 'b', 'c']) {
          await guests.send(guest, some(guest, i, 300));
          await watcher.next('address-learned', guest);
        }
      }
      const there = frame({ to: mac(1), from: mac(2) });
      await guests.send('a', [frame({ to: BROADCAST, from: mac(1) })]);
      await guests.receive();
      await guests.send('b', [there]);
      expect(await bench().received()).toEqual({ a: [there] });
      const learned = (await client.stats()).fdb.learned - before;
      expect(learned).toBe(10 * 3 * 300 + 2);
      const counts = await hung.rest(learned);
      expect(counts.missed).toBeGreaterThan(0);
      expect(counts.learned).toBeGreaterThan(0);
      expect(counts.learned + counts.missed).toBe(learned);
      const wait = { thing: 'addresses', problem: 'are missing', remedy: '', ms: 60_000 };
      await until(wait, async () => {
        const told = count(watcher.events);
        return told.learned + told.missed === learned || undefined;
      });
    }));
});

it('says that the switch went and came back, and of a port that is there again', () =>
  withBench(async (bench) => {
    await bench.plug(['a']);
    await watching(bench, async (watcher) => {
      await bench.one.end('SIGTERM');
      await watcher.next('switch-down');
      bench.one = await startSwitch(bench.one.folder);
      await watcher.next('switch-up');
      await bench.client.setPort({ name: 'a', flood_limit: 7 });
      await watcher.next('port-changed', 'a');
    });
  }));

it('vmlane switch watch: what is asked for, as JSON or for a person, as many as asked for', () =>
  withBench(async (bench) => {
    const run = async (words: string[]) => {
      let begun: () => void = () => undefined;
      let said = '';
      const there = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const ran = vmlane(['switch', 'watch', '--control-socket', bench.one.socket, ...words], {
        err: (text) => {
          said += text;
          begun();
        },
      });
      await there;
      expect(said).toBe('vmlane: watching the switch; Ctrl-C ends it\n');
      return ran;
    };
    const json = run(['--event', 'port-removed', '--event', 'port-added', '--count', '2']);
    const text = run(['--port', 'b', '--text', '--count', '1']);
    const wait = { thing: 'watchers', problem: 'do not end', remedy: '', ms: 60_000 };
    let ended = 0;
    for (const one of [json, text]) void one.then(() => ended++);
    await until(wait, async () => {
      await bench.add('a');
      await bench.add('b');
      await bench.client.removePort('a');
      await bench.client.removePort('b');
      return ended === 2 || undefined;
    });
    const lines = (await json).out.trimEnd().split('\n');
    for (const line of lines) expect(JSON.parse(line).event).toMatch(/^port-(added|removed)$/);
    expect([lines.length, (await json).status]).toEqual([2, 0]);
    expect((await text).out).toMatch(/^20\S+Z port-(added|removed) +b\n$/);
  }));

/** The command as a process of its own, which watches. */
async function watchProcess(path: string) {
  const main = join(packageRoot(), 'dist/bin/main.js');
  const child = spawn(process.execPath, [main, 'switch', 'watch', '--control-socket', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (data) => {
    said += data.toString();
  });
  while (!said.includes('\n')) await once(child.stderr, 'data');
  return { child, ended, said: () => said };
}

it('ends with Ctrl-C, and quietly when nobody reads it any more', () =>
  withBench(async (bench) => {
    const [one, other] = [
      await watchProcess(bench.one.socket),
      await watchProcess(bench.one.socket),
    ];
    await bench.add('a');
    const [line] = await once(one.child.stdout, 'data');
    expect(JSON.parse(line.toString())).toMatchObject({ event: 'port-added', port: 'a' });
    one.child.kill('SIGINT');
    expect(await one.ended).toEqual([0, null]);
    other.child.stdout.destroy();
    await bench.client.removePort('a');
    expect(await other.ended).toEqual([0, null]);
    expect(other.said()).toBe('vmlane: watching the switch; Ctrl-C ends it\n');
  }));

/** Broadcasts from that many addresses that nobody else has. */
function some(guest: string, round: number, n: number): string[] {
  return Array.from({ length: n }, (_, i) => {
    const number = (guest.charCodeAt(0) << 16) + round * n + i + 1;
    const hex = number.toString(16).padStart(6, '0');
    return frame({ to: mac(200), from: `02:01:00:${hex.match(/../g)?.join(':')}` });
  });
}

function count(events: readonly { event: string; missed?: number | undefined }[]) {
  return {
    learned: events.filter(({ event }) => event === 'address-learned').length,
    missed: events.reduce((sum, { missed }) => sum + (missed ?? 0), 0),
  };
}

/** One that asks to be told and does not read. */
async function hungWatcher(path: string) {
  const socket: Socket = connect(path);
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (data) => {
    text += data.toString();
  });
  socket.write('{"jsonrpc":"2.0","id":1,"method":"events.watch"}\n');
  while (!text.includes('\n')) await once(socket, 'data');
  socket.pause();
  /** Reads at last, until it was told of so many. */
  const rest = async (all: number) => {
    socket.resume();
    const wait = { thing: 'addresses', problem: 'are missing', remedy: '', ms: 60_000 };
    const found = await until(wait, async () => {
      const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
      const told = count(lines.flatMap((line) => JSON.parse(line).params ?? []));
      return told.learned + told.missed >= all ? told : undefined;
    });
    socket.destroy();
    return found;
  };
  return { rest };
}
