/**
 * Live migration without QEMU: what the switch writes to a guest's memory is marked in the log that
 * the two share, or the guest at the destination would not have it (native/front/dirty.h).
 */
import { expect, it } from 'vitest';
import { useBench } from './bench.js';
import { frame, mac } from './frames.js';
import type { GuestOptions, Logged } from './guests.js';
import { header, tcpFrame } from './tcp.js';

const [A, B] = [mac(1), mac(2)];
const SENDS = ['csum', 'host_tso4'];
const TAKES = ['guest_csum', 'guest_tso4'];

const layouts: [string, GuestOptions][] = [
  ['each in one buffer', {}],
  ['indirect descriptors', { indirect: true }],
  ['rings across a page boundary', { shift: 3072 }],
  // Behind a used ring that is not at a page's beginning the event index is in the next page.
  ['event index', { eventIndex: true, shift: 2048 }],
  ['two queue pairs', { pairs: 2 }],
  ['memory in four regions', { regions: 4 }],
  ['the header before virtio 1.0', { legacy: true }],
];

interface Sent {
  frame: string;
  header?: string;
}

const plain = (length: number): Sent => ({ frame: frame({ to: A, from: B, length }) });
const large = tcpFrame({ payload: 20_000, to: A, from: B });
const BACK = frame({ to: B, from: A, length: 200 });
const uncut: Sent = { frame: large.bytes.toString('hex'), header: header(large, 1400) };

const kinds: [string, Sent, GuestOptions][] = [
  ['small frames', plain(64), {}],
  ['small frames, buffers that merge', plain(64), { mergeable: true }],
  ['frames longer than a page', plain(9000), { buffer: 10_000, size: 128 }],
  // By less than the header that precedes them.
  ['frames that go on in the next page', plain(4090), { buffer: 8192, size: 128 }],
  ['jumbo frames in several buffers', plain(9000), { mergeable: true }],
  ['20 kB in several buffers', uncut, { mergeable: true, offloads: TAKES }],
  ['20 kB in segments', uncut, {}],
];

const shared = useBench({ own: ['--mergeable', '1', '--tso', '1'] });

it.each([
  { rings: 'split', packed: false },
  { rings: 'packed', packed: true },
])(
  'guests with $rings rings that move lose nothing, and no other page is marked',
  async ({ packed }) => {
    const bench = shared();
    const possible = layouts.filter(([, { legacy }]) => !(packed && legacy));
    const cases = possible.flatMap(([layout, one]) =>
      kinds.map(([kind, sent, two]) => ({ what: `${layout}, ${kind}`, sent, ...one, ...two })),
    );
    // All are there at once: rte_vhost takes up to a second to look at new sockets.
    for (const [i, { what: _, sent: __, pairs, legacy, ...options }] of cases.entries()) {
      const both = {
        listen: true,
        later: true,
        packed,
        ...(pairs && { pairs }),
        ...(legacy && { legacy }),
      };
      const [a, b] = [`a${i}`, `b${i}`];
      await bench.guests.open(a, bench.path(a), { ...both, ...options });
      await bench.guests.open(b, bench.path(b), { ...both, offloads: SENDS });
      for (const name of [a, b]) await bench.add(name, { vlan: i + 1 });
    }
    const found: Record<string, Logged> = {};
    for (const [i, { what, sent }] of cases.entries()) {
      for (const name of [`a${i}`, `b${i}`]) await bench.guests.connect(name);
      found[what] = await bench.guests.log(`a${i}`, { back: BACK, peer: `b${i}`, ...sent });
    }
    const right = cases.map(({ what }) => [what, { lost: [], foreign: null }]);
    expect(found).toMatchObject(Object.fromEntries(right));
    for (const { received, sent, marked } of Object.values(found)) {
      // Each ring had frames between any two messages; there are marks of each and of buffers.
      expect(Math.min(...received, ...sent)).toBeGreaterThan(20);
      expect(marked).toBeGreaterThan(20);
    }
  },
);
