/** The busiest pairs of ports are counted exactly, while somebody asks. */
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { vmlane } from '../cli/test-io.js';
import { type Bench, useBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { heardAt, withTwo } from './wire.js';

/** What pairs grow by while `send` is done; tried anew, since lcores count for five seconds only. */
async function grown(
  { client }: Bench,
  send: () => Promise<void>,
  wanted: Record<string, [packets: number, bytes: number]>,
): Promise<void> {
  const counts = async () =>
    new Map((await client.pairs()).map((pair) => [`${pair.from} ${pair.to}`, pair] as const));
  let found: object = {};
  const wait = { thing: 'pairs', problem: 'are not those', remedy: '', ms: 10_000 };
  await until(wait, async () => {
    const before = await counts();
    await send();
    const after = await counts();
    found = Object.fromEntries(
      [...after].flatMap(([key, { packets, bytes }]) => {
        const then = before.get(key) ?? { packets: 0, bytes: 0 };
        return packets === then.packets
          ? []
          : [[key, [packets - then.packets, bytes - then.bytes]]];
      }),
    );
    return JSON.stringify(sorted(found)) === JSON.stringify(sorted(wanted)) || undefined;
  }).catch(() => expect(found).toEqual(wanted));
}

const sorted = (of: object) => Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1));

describe('pairs of ports', () => {
  const bench = useBench();
  const [A, B, C] = [mac(1), mac(2), mac(3)];
  const bytes = frame({ to: B, from: A }).length / 2;

  /** Frames of both kinds, mixed: more than a batch holds, so that some are delivered on the way. */
  const mixed = (frames: string[], times: number) => Array<string[]>(times).fill(frames).flat();

  it('each direction, with packets and bytes; what is flooded, to each who gets it', async () => {
    const { guests } = bench();
    await bench().plug(['a', 'b', 'c']);
    for (const [guest, from] of [
      ['a', A],
      ['b', B],
      ['c', C],
    ] as const) {
      await guests.send(guest, [frame({ to: BROADCAST, from })]);
    }
    const send = async () => {
      await guests.send('a', mixed([frame({ to: B, from: A }), frame({ to: C, from: A })], 50));
      await guests.send('b', mixed([frame({ to: A, from: B })], 40));
      await guests.send('c', mixed([frame({ to: BROADCAST, from: C })], 3));
      await guests.receive();
    };
    await grown(bench(), send, {
      'a b': [50, 50 * bytes],
      'a c': [50, 50 * bytes],
      'b a': [40, 40 * bytes],
      'c a': [3, 3 * bytes],
      'c b': [3, 3 * bytes],
    });
  });

  it('frames that leave with another tag count for who sent them', async () => {
    const { client, guests } = bench();
    await bench().plug(['a', 'b'], { vlan: 7 });
    await bench().plug(['t'], { mode: 'trunk' });
    await guests.send('a', [frame({ to: BROADCAST, from: A })]);
    await guests.send('b', [frame({ to: BROADCAST, from: B })]);
    await guests.send('t', [frame({ to: BROADCAST, from: C, tags: [7] })]);
    await guests.receive();
    const send = async () => {
      await guests.send('a', mixed([frame({ to: C, from: A }), frame({ to: B, from: A })], 100));
      await guests.send('b', mixed([frame({ to: C, from: B })], 5));
      await guests.receive();
    };
    await grown(bench(), send, {
      'a b': [100, 100 * bytes],
      'a t': [100, 100 * (bytes + 4)],
      'b t': [5, 5 * (bytes + 4)],
    });
    // A port that is gone is in none, and the next one in its place is not it.
    await client.removePort('t');
    expect((await client.pairs()).flatMap(({ from, to }) => [from, to])).not.toContain('t');
    await bench().add('u');
    expect((await client.pairs()).flatMap(({ from, to }) => [from, to])).not.toContain('u');
  });

  it('vmlane switch top --pairs', async () => {
    const { guests, one } = bench();
    await bench().plug(['a', 'b']);
    await guests.traffic(['a', 'b'], 500);
    const words = ['switch', 'top', '--control-socket', one.socket, '--interval', '0.3', '--pairs'];
    const json = await vmlane([...words, '--json', '--count', '3']);
    const text = await vmlane([...words, '--count', '3']);
    await guests.quiet();
    const lines = json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      lines
        .at(-1)
        .pairs.map(({ from, to }: Record<string, string>) => `${from} ${to}`)
        .sort(),
    ).toEqual(['a b', 'b a']);
    for (const { packets, bits } of lines.at(-1).pairs) {
      expect(packets).toBeGreaterThan(0);
      expect(bits).toBeGreaterThan(packets);
    }
    expect(text.out).toMatch(/^pair: a -> b +\S+ pkt\/s +\S+ bit\/s$/m);
    const slow = await vmlane([...words.slice(0, 4), '--pairs', '--interval', '5']);
    expect([slow.status, slow.err]).toEqual([
      2,
      'vmlane: --pairs: pairs are counted for 5 s after each reading, not for 5; give a shorter --interval\n',
    ]);
  });
});

it('what comes from a device, and goes to one', () =>
  withTwo(async ({ left, right }, plug) => {
    await left.plug(['x']);
    await right.plug(['y']);
    await plug({});
    await left.guests.send('x', [frame({ to: BROADCAST, from: mac(1) })]);
    await heardAt(right, 1);
    await right.guests.send('y', [frame({ to: mac(1), from: mac(2) })]);
    await heardAt(left, 1);
    const there = frame({ to: mac(2), from: mac(1) });
    const counts: [number, number] = [20, (20 * there.length) / 2];
    const send = async () => {
      await left.guests.send('x', Array<string>(20).fill(there));
      await heardAt(right, 20);
    };
    await grown(right, send, { 'w y': counts });
    await grown(left, send, { 'x w': counts });
  }));
