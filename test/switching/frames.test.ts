import { describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { type Bench, useBench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import type { GuestOptions } from './guests.js';

const [A, B, C] = [mac(1), mac(2), mac(3)];
const NOBODY = mac(99);
const all = ['a', 'b', 'c'];

const layouts: [string, GuestOptions][] = [
  ['split rings', {}],
  ['packed rings', { packed: true }],
  ['indirect split rings', { indirect: true }],
  ['indirect packed rings', { packed: true, indirect: true }],
  ['event index', { eventIndex: true }],
  ['packed rings with event index', { packed: true, eventIndex: true }],
  ['the header before virtio 1.0', { legacy: true }],
  ['memory in four regions', { regions: 4 }],
];
const modes: [string, GuestOptions][] = [
  ['server', { listen: false }],
  ['client', {}],
];
const kinds = layouts.flatMap(([layout, options]) =>
  modes.map(([mode, more]) => ({
    kind: `${layout}, ${mode} mode`,
    options: { ...options, ...more },
  })),
);

const shared = useBench();

/** A test on the switch that these tests share. */
function on(test: (bench: Bench) => Promise<void>): Promise<void> {
  return test(shared());
}

describe('with', () => {
  it.each(kinds)('$kind: floods, learns, delivers', ({ options }) =>
    on(async (bench) => {
      const { guests } = bench;
      await bench.plug(all, options);
      const unknown = frame({ to: B, from: A });
      await guests.send('a', [unknown]);
      expect(await bench.received()).toEqual({ b: [unknown], c: [unknown] });
      const back = [1, 2, 3].map((seed) => frame({ to: A, from: B, length: 500 * seed, seed }));
      await guests.send('b', back);
      expect(await bench.received()).toEqual({ a: back });
      const there = Array.from({ length: 300 }, (_, seed) =>
        frame({ to: B, from: A, length: 60 + 4 * seed, seed }),
      );
      // More than the rings hold: to the ring's end and over it.
      await guests.send('a', there.slice(0, 200), { piece: 100 });
      expect(await bench.received()).toEqual({ b: there.slice(0, 200) });
      await guests.send('a', there.slice(200));
      expect(await bench.received()).toEqual({ b: there.slice(200) });
      expect(await bench.drops()).toEqual({});
      const { entries } = await bench.client.fdb();
      expect(entries.map(({ mac, port }) => `${mac} ${port}`).sort()).toEqual([`${A} a`, `${B} b`]);
      expect(await bench.stats('a')).toMatchObject({ rx_packets: 301, tx_packets: 3 });
      expect(await bench.stats('b')).toMatchObject({ rx_packets: 3, tx_packets: 301 });
      expect(await bench.stats('c')).toMatchObject({ rx_packets: 0, tx_packets: 1, tx_bytes: 64 });
    }),
  );
});

describe('destinations', () => {
  it('broadcast and multicast go to all others', () =>
    on(async (bench) => {
      await bench.plug(all);
      const sent = [BROADCAST, '01:00:5e:00:00:01', '33:33:00:00:00:01'].map((to) =>
        frame({ to, from: A }),
      );
      await bench.guests.send('a', sent);
      expect(await bench.received()).toEqual({ b: sent, c: sent });
      expect(await bench.drops()).toEqual({});
    }));

  it('on the port where the frame came from: nowhere', () =>
    on(async (bench) => {
      await bench.plug(all);
      await bench.guests.send('a', [frame({ to: BROADCAST, from: A })]);
      await bench.received();
      await bench.guests.send('a', [frame({ to: A, from: mac(7) }), frame({ to: A, from: A })]);
      expect(await bench.received()).toEqual({});
      expect(await bench.drops()).toEqual({ 'a same_port': 2 });
    }));

  it('that are silent for longer than the ageing time are forgotten', () =>
    withBench(async (bench) => {
      await bench.plug(all);
      await bench.guests.send('a', [frame({ to: NOBODY, from: A })]);
      await bench.received();
      const sent = frame({ to: A, from: B });
      await bench.guests.send('b', [sent]);
      expect(await bench.received()).toEqual({ a: [sent] });
      await bench.client.set({ ageing: 1 });
      const wait = { thing: "a's address", problem: 'is still there', remedy: 'see ageing' };
      await until({ ...wait, ms: 60_000 }, async () => {
        return (await bench.client.fdb({ port: 'a' })).total === 0 || undefined;
      });
      await bench.guests.send('b', [sent]);
      expect(await bench.received()).toEqual({ a: [sent], c: [sent] });
      expect((await bench.client.stats()).fdb.aged).toBeGreaterThan(0);
    }));

  it('whose guest is gone: not ready, until it is back', () =>
    on(async (bench) => {
      await bench.plug(all);
      await bench.guests.send('b', [frame({ to: NOBODY, from: B })]);
      await bench.received();
      await bench.guests.disconnect('b');
      const wait = { thing: 'port b', problem: 'is still up', remedy: "see the switch's log" };
      await until({ ...wait, ms: 60_000 }, async () => {
        const b = (await bench.client.ports()).find(({ name }) => name === 'b');
        return b?.state !== 'up' || undefined;
      });
      const sent = frame({ to: B, from: A });
      await bench.guests.send('a', [sent, sent]);
      expect(await bench.drops()).toEqual({ 'b not_ready': 2 });
      await bench.guests.connect('b');
      await bench.guests.send('a', [sent]);
      expect(await bench.received()).toEqual({ b: [sent] });
    }));
});

describe('VLANs', () => {
  it('of ports keep apart what is in different ones', () =>
    on(async (bench) => {
      await bench.plug(['a', 'b'], { vlan: 5 });
      await bench.plug(['x', 'y'], { vlan: 6 });
      await bench.plug(['none']);
      const flooded = frame({ to: BROADCAST, from: A });
      await bench.guests.send('a', [flooded]);
      expect(await bench.received()).toEqual({ b: [flooded] });
      // The same address in both: two entries, neither seen by the other.
      await bench.guests.send('x', [flooded]);
      expect(await bench.received()).toEqual({ y: [flooded] });
      const there = frame({ to: A, from: B });
      await bench.guests.send('b', [there]);
      await bench.guests.send('y', [there]);
      expect(await bench.received()).toEqual({ a: [there], x: [there] });
      await bench.guests.send('none', [flooded]);
      expect(await bench.received()).toEqual({});
      expect(await bench.drops()).toEqual({ 'none no_port': 1 });
      expect((await bench.client.fdb({ vlan: 5 })).total).toBe(2);
    }));

  it('of ports: their guests send no tags, priorities excepted', () =>
    on(async (bench) => {
      await bench.plug(['a', 'b'], { vlan: 5 });
      const priority = frame({ to: BROADCAST, from: A, tags: [0xa000] });
      await bench.guests.send('a', [
        frame({ to: BROADCAST, from: A, tags: [5] }),
        frame({ to: BROADCAST, from: A, tags: [6] }),
        priority,
      ]);
      expect(await bench.received()).toEqual({ b: [priority] });
      expect(await bench.drops()).toEqual({ 'a vlan_tagged': 2 });
    }));

  it('of ports: what a tagged frame left behind a short one is not part of it', () =>
    withBench(
      async (bench) => {
        await bench.plug(['a', 'b'], { vlan: 5 });
        const tagged = frame({ to: B, from: A, tags: [6] });
        // The places of a burst are used again: in the first of them stands the tagged frame, then
        // one that is cut off where the tag would begin.
        const bursts = [
          [tagged, tagged],
          [tagged.slice(0, 28), tagged],
        ];
        for (let i = 0; i < 20; i++) {
          for (const burst of bursts) await bench.guests.send('a', burst);
        }
        const { b = [] } = await bench.received();
        expect(b.filter((text) => text === tagged)).toEqual([]);
        expect((await bench.stats('a')).rx_packets).toBe(80);
      },
      // It sleeps long enough for two frames to be one burst.
      { own: ['--idle-wait', '0', '--idle-sleep', '5000'] },
    ));

  it('of tags have their addresses each for themselves, and tags stay', () =>
    on(async (bench) => {
      await bench.plug(all);
      await bench.guests.send('a', [frame({ to: NOBODY, from: A, tags: [10] })]);
      await bench.received();
      const same = frame({ to: A, from: B, tags: [10] });
      const other = frame({ to: A, from: B, tags: [20] });
      const untagged = frame({ to: A, from: B });
      await bench.guests.send('b', [same, other, untagged]);
      expect(await bench.received()).toEqual({
        a: [same, other, untagged],
        c: [other, untagged],
      });
      expect((await bench.client.fdb({ vlan: 10 })).total).toBe(2);
    }));

  it('nested: the outer tag counts, and frames stay as they are', () =>
    on(async (bench) => {
      await bench.plug(all);
      const stacked = frame({ to: NOBODY, from: A, tags: [10, 20, 30] });
      const provider = frame({ to: NOBODY, from: C, tags: [{ type: 0x88a8, tci: 7 }, 20] });
      await bench.guests.send('a', [stacked]);
      await bench.guests.send('c', [provider]);
      expect(await bench.received()).toEqual({
        a: [provider],
        b: [stacked, provider],
        c: [stacked],
      });
      const back = frame({ to: A, from: B, tags: [10, 99] });
      await bench.guests.send('b', [back]);
      expect(await bench.received()).toEqual({ a: [back] });
      // A tag cut off in the middle is none.
      const cut = frame({ to: BROADCAST, from: A, tags: [10], length: 16 });
      await bench.guests.send('a', [cut]);
      expect(await bench.received()).toEqual({ b: [cut], c: [cut] });
      expect(await bench.drops()).toEqual({});
    }));
});

describe('malformed frames are dropped and counted', () => {
  it('runts', () =>
    on(async (bench) => {
      await bench.plug(['a', 'b']);
      const whole = frame({ to: BROADCAST, from: A, length: 14 });
      await bench.guests.send('a', ['', whole.slice(0, 2), whole.slice(0, 26), whole]);
      expect(await bench.received()).toEqual({ b: [whole] });
      expect(await bench.drops()).toEqual({ 'a too_short': 3 });
    }));

  it('over-long ones', () =>
    on(async (bench) => {
      await bench.plug(['a', 'b']);
      const longest = frame({ to: BROADCAST, from: A, length: 1522 });
      await bench.guests.send('a', [`${longest}00`, longest, `${longest}0000`]);
      await bench.guests.send('a', [`${longest}00`], { piece: 300 });
      expect(await bench.received()).toEqual({ b: [longest] });
      expect(await bench.drops()).toEqual({ 'a too_long': 3 });
    }));

  it('from a multicast address, from all zeros', () =>
    on(async (bench) => {
      await bench.plug(['a', 'b']);
      const froms = ['01:00:00:00:00:01', BROADCAST, '00:00:00:00:00:00'];
      await bench.guests.send(
        'a',
        froms.map((from) => frame({ to: BROADCAST, from })),
      );
      expect(await bench.received()).toEqual({});
      expect(await bench.drops()).toEqual({ 'a bad_source': 3 });
      expect((await bench.client.fdb()).total).toBe(0);
    }));
});

describe('receive rings', () => {
  it('that are full cost what does not fit', () =>
    on(async (bench) => {
      await bench.plug(['a']);
      await bench.plug(['b'], { size: 8 });
      const sent = Array.from({ length: 20 }, (_, seed) => frame({ to: BROADCAST, from: A, seed }));
      await bench.guests.send('a', sent);
      expect(await bench.received()).toEqual({ b: sent.slice(0, 8) });
      expect(await bench.drops()).toEqual({ 'b ring_full': 12 });
      await bench.guests.send('a', sent.slice(0, 3));
      expect(await bench.received()).toEqual({ b: sent.slice(0, 3) });
    }));

  it('with buffers that are too small get what fits', () =>
    on(async (bench) => {
      await bench.plug(['a']);
      await bench.plug(['b'], { buffer: 512 });
      const [short, long] = [500, 501].map((length) => frame({ to: BROADCAST, from: A, length }));
      await bench.guests.send('a', [long ?? '', short ?? '', long ?? '']);
      expect(await bench.received()).toEqual({ b: [short] });
      expect(await bench.drops()).toEqual({ 'b buffer_small': 2 });
    }));

  it.each([false, true])('that merge buffers get jumbo frames (packed: %s)', (packed) =>
    withBench(
      async (bench) => {
        await bench.plug(['a', 'b'], { mergeable: true, packed });
        await bench.plug(['c']);
        const sent = [1514, 9000, 65535].map((length) => frame({ to: B, from: A, length }));
        await bench.guests.send('a', [...sent, `${sent[2]}00`], { piece: 4096 });
        expect(await bench.received()).toEqual({ b: sent, c: sent.slice(0, 1) });
        expect(await bench.drops()).toEqual({ 'a too_long': 1, 'c buffer_small': 2 });
      },
      { own: ['--mergeable', '1'] },
    ),
  );
});

describe('memory', () => {
  // Two rings of 2 MiB; each region is 1 MiB, and 2 MiB apart in ours or not, as mmap likes.
  it.each([{}, { packed: true }, { indirect: true }])('frames across regions (%j)', (layout) =>
    on(async (bench) => {
      await bench.plug(['a', 'b'], { regions: 4, ...layout });
      const sent = [20, 70, 1000].map((before, seed) => ({
        text: frame({ to: BROADCAST, from: A, length: 1400, seed }),
        at: 2 ** 20 - before,
      }));
      for (const { text, at } of sent) await bench.guests.send('a', [text], { at });
      expect(await bench.received()).toEqual({ b: sent.map(({ text }) => text) });
    }),
  );

  it('frames in buffers of a few bytes', () =>
    on(async (bench) => {
      await bench.plug(['a', 'b']);
      const sent = [14, 15, 64, 65, 200].map((length) => frame({ to: BROADCAST, from: A, length }));
      for (const piece of [1, 5, 12, 13, 63]) {
        await bench.guests.send('a', sent, { piece });
        expect(await bench.received()).toEqual({ b: sent });
      }
    }));
});
