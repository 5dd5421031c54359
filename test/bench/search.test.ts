import { expect, test } from 'vitest';
import type { LoadFigures } from '../../bench/load.js';
import { noDropTable } from '../../bench/pair-text.js';
import { parseStolen } from '../../bench/parse.js';
import { type NoDropRun, overAll, search, type Trials } from '../../bench/rfc2544.js';
import { boundsOf, judge, nextRate, type Trial, type Verdict } from '../../bench/search.js';

/** Halves until the end, with a forwarder that loses nothing up to this rate. */
function searchFor(capacity: number, limit: number, resolution: number): Verdict[] {
  const verdicts: Verdict[] = [];
  for (let n = 0; n < 100; n++) {
    const rate = nextRate(verdicts, { limit, resolution });
    if (rate === undefined) return verdicts;
    verdicts.push({ rate, passed: rate <= capacity });
  }
  throw new Error('it does not end');
}

test.each([1, 333_333, 4_999_999, 7_000_000, 9_999_999])('finds a capacity of %d', (capacity) => {
  const verdicts = searchFor(capacity, 10e6, 0.01);
  const [low, high] = boundsOf(verdicts, 10e6);
  expect(low).toBeLessThanOrEqual(capacity);
  expect(high).toBeGreaterThan(capacity);
  expect(high - low).toBeLessThanOrEqual(0.01 * 10e6);
  expect(verdicts[0]?.rate).toBe(10e6);
  expect(verdicts.length).toBeLessThanOrEqual(8);
});

test('the first rate may pass, and none may', () => {
  expect(searchFor(11e6, 10e6, 0.01)).toEqual([{ rate: 10e6, passed: true }]);
  expect(boundsOf([{ rate: 10e6, passed: true }], 10e6)).toEqual([10e6, 10e6]);
  expect(boundsOf(searchFor(0, 10e6, 0.01), 10e6)[0]).toBe(0);
});

test('what passed above a rate that failed is not believed', () => {
  const verdicts = [
    { rate: 8, passed: true },
    { rate: 5, passed: false },
    { rate: 3, passed: true },
  ];
  expect(boundsOf(verdicts, 10)).toEqual([3, 5]);
});

const quiet: Trial = {
  ...{ rate: 1e6, offered: 1e6, lost: 0, stalled: 0, stalledNs: 0, away: 0, taken: 0 },
};

test.each<[string, Partial<Trial>, string]>([
  ['nothing lost', {}, 'passed'],
  ['nothing lost though others had it', { away: 5e8, taken: 5e8 }, 'passed'],
  ['the load sends less than it shall', { offered: 0.98e6 }, 'slow'],
  ['one frame lost, nobody else there', { lost: 1 }, 'failed'],
  ['all lost while others had it as long', { ...stood(500, 4e6), away: 4e6 }, 'passed'],
  ['it stood still by itself', { ...stood(500, 4e6) }, 'failed'],
  ['it stood still longer than others had it', { ...stood(500, 40e6), away: 4e6 }, 'repeat'],
  ['one more than that, which others may be the reason of', lostMore(1), 'repeat'],
  ['more than came while others had it', lostMore(5000), 'failed'],
  ['lost while the load was away', { lost: 10, taken: 1e6 }, 'repeat'],
])('%s: %o is %s', (_, trial, verdict) => expect(judge({ ...quiet, ...trial })).toBe(verdict));

function stood(stalled: number, stalledNs: number): Partial<Trial> {
  return { lost: stalled, stalled, stalledNs };
}

function lostMore(n: number): Partial<Trial> {
  return { ...stood(500, 4e6), lost: 500 + n, away: 4e6 };
}

/** A load in front of a forwarder of some capacity, with what a test adds to each trial. */
function trials(capacity: number, more: (n: number, rate: number) => object = () => ({})) {
  const rates: number[] = [];
  const on: Trials = {
    windows: async () => ({ cycles: 100, rate: 8e6, place: 'near' }),
    trial: async (rate) => {
      rates.push(rate);
      const {
        place = 'near',
        away = 0,
        ...figures
      } = more(rates.length, rate) as {
        place?: 'near' | 'far' | 'moved';
        away?: number;
      };
      const lost = Math.max(0, Math.round(rate - capacity));
      const said: LoadFigures = {
        ...{ sent: rate, lost, misplaced: 0, ns: 1e9, tsc_hz: 2e9 },
        ...figures,
      };
      return { figures: said, away, place };
    },
  };
  return { on, rates };
}

test('a search begins at twice what windows achieve, and says what it found', async () => {
  const { on, rates } = trials(7e6);
  const found = await search(on);
  expect(rates[0]).toBe(16e6);
  expect(found).toMatchObject({ place: 'near', cycles: 100, windows: 8e6, repeated: 0 });
  expect(found).toMatchObject({ loadBound: false, disturbed: false, trials: rates.length });
  expect(found.rate).toBeLessThanOrEqual(7e6);
  expect(found.rate).toBeGreaterThanOrEqual(7e6 - 0.01 * 16e6);
});

test('a trial during which the host moved the processors, or others lost frames, is repeated', async () => {
  const clean = trials(7e6);
  const result = await search(clean.on);
  const noisy = trials(7e6, (n, rate) => {
    if (n === 2) return { place: 'moved', lost: 9e5 };
    return n === 3 ? { lost: 100, away: 1e9 * (200 / rate) } : {};
  });
  expect(await search(noisy.on)).toEqual({ ...result, trials: result.trials + 2, repeated: 2 });
  expect(noisy.rates.slice(1, 4)).toEqual(Array(3).fill(clean.rates[1]));
});

test('a rate whose trials never count fails in the end, which is said', async () => {
  const { on } = trials(7e6, (_, rate) => (rate > 3e6 ? { lost: 10, away: 1e9 } : {}));
  const found = await search(on);
  expect(found.disturbed).toBe(true);
  expect(found.rate).toBeLessThanOrEqual(3e6);
  expect(found.repeated).toBeGreaterThan(0);
  const moved = trials(7e6, () => ({ place: 'moved' }));
  await expect(search(moved.on)).rejects.toThrow('were not enough');
});

test('the verdicts of either place stay there', async () => {
  // Far it manages 3 Mpps, near 7; the host moves them after the third trial.
  const { on } = trials(9e9, (n, rate) => {
    const [place, capacity] = n <= 3 ? ['near', 7e6] : ['far', 3e6];
    return { place, lost: Math.max(0, Math.round(rate - (capacity as number))) };
  });
  const found = await search(on);
  expect(found.place).toBe('far');
  expect(found.rate).toBeLessThanOrEqual(3e6);
  expect(found.rate).toBeGreaterThanOrEqual(3e6 - 0.01 * 16e6);
});

test('a load that cannot send more ends the search, and marks it', async () => {
  const { on, rates } = trials(9e9, () => ({ sent: 12e6 }));
  expect(await search(on)).toMatchObject({ rate: 12e6, loadBound: true, trials: 1 });
  expect(rates).toEqual([16e6]);
  const astray = trials(7e6, () => ({ misplaced: 1 }));
  await expect(search(astray.on)).rejects.toThrow('1 went astray');
});

test('medians of searches by place, beside the cycles of windows', () => {
  const run = (place: NoDropRun['place'], rate: number, disturbed = false): NoDropRun => ({
    ...{ scenario: 'loopback', subject: 'ovs', size: 60, round: 1, place, rate, failed: rate + 1 },
    ...{ loadBound: false, cycles: 200, windows: 5e6, trials: 8, repeated: 0, disturbed },
  });
  const rows = noDropTable(overAll([run('near', 4e6), run('far', 1e6), run('near', 3e6, true)]));
  expect(rows.map((cells) => cells.join('|'))).toEqual([
    'scenario|forwarder|frame|place|Mpps|Gbit/s|cycles|/ windows|runs|',
    'loopback|ovs|60 B|near|3.50|1.68|200|0.70|2|d',
    'loopback|ovs|60 B|far|1.00|0.48|200|0.20|1|',
  ]);
});

test('what the host gave to others', () => {
  const stat = 'cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 4 5 6 7 80 0 0\ncpu1 1 2 3 4 5 6 7 3 0 0\n';
  expect(parseStolen(stat, 0)).toBe(800e6);
  expect(parseStolen(stat, 1)).toBe(30e6);
  expect(() => parseStolen(stat, 2)).toThrow('no ');
});
