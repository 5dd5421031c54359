import { afterAll, describe, expect, it } from 'vitest';
import { useBench } from './bench.js';
import type { GuestOptions } from './guests.js';

/** Frames a second that each of two guests sends the other, by the clock. */
const RATE = 10_000;
/** Times with and without the attack, in turn, so that the machine's other work hits both. */
const TURNS = 5;
const MS = 150;
/** Of the share of frames that comes undisturbed, this much comes under attack: less than on a machine of our own. */
const KEPT = 0.3;
/** The two are in a VLAN of their own: only the lcore is shared, not the room in their rings. */
const THEIRS = 10;
const ATTACKED = 20;

interface Attack extends GuestOptions {
  name: string;
  /** A guest takes part that sends what the first one receives. */
  helped?: boolean;
}

const SEGMENTS = ['csum', 'host_tso4'];
const attacks: Attack[] = [
  { name: 'tiny-segments', offloads: SEGMENTS },
  { name: 'segments', offloads: SEGMENTS },
  { name: 'fine-segments', offloads: SEGMENTS, helped: true },
  { name: 'empty-pairs', pairs: 32 },
  { name: 'empty-packed', packed: true, helped: true },
  { name: 'empty-merging', mergeable: true, helped: true },
  { name: 'slivers' },
  { name: 'crumbs', mergeable: true, helped: true },
  { name: 'kicks' },
  { name: 'broadcasts' },
  { name: 'sources' },
];

describe('one guest does not take the lcore from the others', () => {
  const shared = useBench({
    own: '--mergeable 1 --tx-csum 1 --tso 1 --queue-limit 32'.split(' '),
  });
  const told: string[] = [];

  it.each(attacks)('$name', async ({ name, helped = false, ...options }) => {
    const bench = shared();
    const { guests } = bench;
    await bench.plug(['a', 'b'], { listen: false, vlan: THEIRS });
    await bench.plug(['n', 'o', 'p', 'q'], { listen: false, vlan: ATTACKED });
    await bench.plug(['m'], { ...options, listen: false, vlan: ATTACKED });
    await guests.traffic(['a', 'b'], RATE);
    const before: number[] = [];
    const under: number[] = [];
    let longest = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      const quiet = await guests.watch(MS);
      const help = helped ? { helper: 'n' } : {};
      const { watched } = await guests.attack('m', name, { ms: MS, seed: turn, ...help });
      before.push(quiet.received / quiet.sent);
      under.push((watched?.received ?? 0) / (watched?.sent ?? 1));
      longest = Math.max(longest, watched?.longestMs ?? 0);
    }
    await guests.quiet();
    const kept = median(under) / median(before);
    told.push(
      `${name}: others keep ${(kept * 100).toFixed(0)} % of what comes undisturbed, ` +
        `longest gap ${longest.toFixed(1)} ms`,
    );
    expect(kept).toBeGreaterThan(KEPT);
  });

  afterAll(() => console.log(told.join('\n')));
});

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
