import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patience } from '../../lab/slow.js';
import { type Bench, useBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import type { Direction, GuestOptions } from './guests.js';

const MS = 300;
/** What the others may lose at most: nothing, or a share of their frames under a flood. */
const NOTHING = 0;
const FLOOD = 0.2;

const onSocket: [string, number][] = [
  ['garbage', NOTHING],
  ['truncated', NOTHING],
  ['reordered', NOTHING],
  ['storm', NOTHING],
  ['half-open', NOTHING],
  ['short-memory', NOTHING],
];
const onRings: [string, number][] = [
  ['outside', NOTHING],
  ['loop', NOTHING],
  ['endless', NOTHING],
  ['lengths', NOTHING],
  ['indirect', NOTHING],
  ['index', NOTHING],
  ['used', NOTHING],
  ['race', NOTHING],
  ['scribble', NOTHING],
  ['stuck', NOTHING],
  ['truncate', NOTHING],
  ['interrupts', NOTHING],
  ['kicks', NOTHING],
  ['full-kicks', NOTHING],
  ['broadcasts', FLOOD],
];
const layouts: [string, GuestOptions][] = [
  // In server mode it may come back at once, and do more in its time.
  ['split', { listen: false }],
  ['packed', { listen: false, packed: true }],
];
const modes: [string, GuestOptions][] = [
  ['server', { listen: false }],
  ['client', { listen: true }],
];
const cases = [
  ...onSocket.flatMap(([attack, share]) =>
    modes.map(([mode, options]) => ({ attack, share, kind: `${mode} mode`, options })),
  ),
  ...onRings.flatMap(([attack, share]) =>
    layouts.map(([layout, options]) => ({ attack, share, kind: `${layout} rings`, options })),
  ),
];

/** A frame of an attack may look like one of the traffic's, or change a buffer's content only. */
function small(directions: Direction[], share: number): void {
  for (const { sent, received, lost } of directions) {
    expect(sent).toBeGreaterThan(0);
    expect(received).toBeGreaterThan(0);
    // What is lost because a test machine stops a process for too long is not the attack's doing.
    expect(lost).toBeLessThanOrEqual(sent * share + sent * 0.02);
  }
}

describe('while a hostile guest does its worst, two others go on', () => {
  const shared = useBench();
  let rss = 0;
  let fds = 0;
  const told: string[] = [];

  beforeAll(async () => {
    const bench = shared();
    // The first guests make the process as large as it needs to be.
    await bench.plug(['a', 'b'], { listen: false });
    await bench.plug(['m']);
    await bench.guests.send('m', [frame({ to: BROADCAST, from: mac(1) })]);
    await bench.clear();
    rss = await residentMiB(bench);
    fds = await openFiles(bench);
  });

  it.each(cases)('$attack, $kind', async ({ attack, share, kind, options }) => {
    const bench = shared();
    const { pid } = bench.one.process;
    await bench.plug(['a']);
    await bench.plug(['b'], { packed: true });
    await bench.plug(['m'], { ...options, indirect: attack === 'indirect' });
    await bench.guests.traffic(['a', 'b']);
    const { done } = await bench.guests.attack('m', attack, { ms: MS, seed: 1 });
    const { directions, reconnects } = await bench.guests.quiet();
    expect(done).toBeGreaterThan(0);
    expect(reconnects).toBe(0);
    const sent = directions.reduce((sum, direction) => sum + direction.sent, 0);
    const lost = directions.reduce((sum, direction) => sum + direction.lost, 0);
    const longest = Math.max(...directions.map(({ longestMs }) => longestMs));
    told.push(
      `${attack}, ${kind}: ${done} times; others lost ${lost} of ${sent}, ` +
        `longest pause ${longest.toFixed(0)} ms`,
    );
    small(directions, share);

    // The attacker's own port is as good as new for the next guest.
    await bench.guests.close('m');
    await bench.guests.open('m', bench.path('m'), options);
    const good = frame({ to: BROADCAST, from: mac(1) });
    await bench.received();
    await bench.guests.send('m', [good]);
    expect(await bench.received()).toEqual({ a: [good], b: [good] });

    await bench.clear();
    expect((await bench.client.ports()).length).toBe(0);
    expect(bench.one.process.pid).toBe(pid);
    expect(await settledFiles(bench, fds)).toBe(fds);
    expect((await residentMiB(bench)) - rss).toBeLessThan(32);
  });

  it('a million source addresses', async () => {
    const bench = shared();
    await bench.plug(['a', 'b', 'm']);
    await bench.guests.traffic(['a', 'b']);
    let done = 0;
    for (let seed = 0; done < 1_000_000 && seed < 100; seed++) {
      done += (await bench.guests.attack('m', 'sources', { ms: 500, seed })).done;
    }
    const { directions } = await bench.guests.quiet();
    told.push(
      `sources: ${done}; others lost ${directions.reduce((sum, { lost }) => sum + lost, 0)} ` +
        `of ${directions.reduce((sum, { sent }) => sum + sent, 0)}`,
    );
    small(directions, FLOOD);
    expect(done).toBeGreaterThanOrEqual(1_000_000);
    const { fdb } = await bench.client.stats();
    expect(fdb.entries).toBeLessThanOrEqual(fdb.capacity);
    expect(fdb.refused).toBeGreaterThan(0);
    // The others' addresses are still there.
    expect((await bench.client.fdb({ port: 'a' })).total).toBe(1);
    expect((await bench.client.fdb({ port: 'b' })).total).toBe(1);
    expect((await residentMiB(bench)) - rss).toBeLessThan(64);
  });

  afterAll(() => console.log(told.join('\n')));
});

async function residentMiB(bench: Bench): Promise<number> {
  const status = await readFile(`/proc/${bench.one.process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

async function openFiles(bench: Bench): Promise<number> {
  return (await readdir(`/proc/${bench.one.process.pid}/fd`)).length;
}

/** rte_vhost closes on a thread of its own. */
async function settledFiles(bench: Bench, wanted: number): Promise<number> {
  const until = Date.now() + patience(30_000);
  while ((await openFiles(bench)) !== wanted && Date.now() < until) await sleep(20);
  return openFiles(bench);
}
