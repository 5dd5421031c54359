import { expect, test } from 'vitest';
import { Child } from '../../bench/child.js';
import type { Run } from '../../bench/figures.js';
import type { Report } from '../../bench/report.js';
import { type RoundConditions, roundSteps } from '../../bench/rounds.js';
import { type Context, carryOut, type NotMeasured, type Part } from '../../bench/steps.js';
import type { Counting, Subject } from '../../bench/subject.js';
import { Failed } from '../../src/values/errors.js';

const FIGURES: Run = {
  ...{ pps: 1e6, cycles: 100, busy: 1, drops: 0, disturbed: 0 },
  ...{ used: 4, slices: 4 },
};

/** A forwarder that is none: whether its nth start fails is up to the test. */
function standIn(
  name: string,
  fails: (n: number) => boolean | Promise<boolean>,
): Subject<Counting> {
  let starts = 0;
  const start: Subject<Counting>['start'] = async ({ signal }) => {
    if (await fails(++starts)) {
      signal.throwIfAborted();
      throw new Failed({ thing: name, problem: `start ${starts} failed`, remedy: 'none' });
    }
    const sample = () => Promise.reject(new Error('a stand-in has no counters'));
    const process = new Child('sleep', ['1000']);
    return { sockets: ['a', 'b'], process, sample, stop: () => process.end() };
  };
  return { name, version: 'stand-in', pages: 7, start };
}

/** Instead of measure(), which needs a load and two processors. */
const measureStandIn: RoundConditions['measure'] = async (subject, { nice, signal }) => {
  await (await subject.start({ folder: '/nonexistent', nice, signal })).stop();
  return FIGURES;
};

/** A sitting with stand-ins instead of forwarders, load and huge pages. */
function sitting(subjects: Subject<Counting>[], rounds = 2, sizes = [64]) {
  const abort = new AbortController();
  const report: Report = {
    ...{ date: '', missing: {}, versions: {}, runs: [], summary: [], notMeasured: [] },
    ...{ subjects, rounds, seconds: 1 },
    machine: { cpu: 'A', cores: 2, kernel: '6.1', memoryMiB: 1, hypervisor: false },
  };
  const conditions = { rounds, sizes, seconds: 1, nice: 0, signal: abort.signal };
  const steps = roundSteps(subjects, { ...conditions, measure: measureStandIn }, report);
  const kept: { results: number; notMeasured: NotMeasured[] }[] = [];
  const said: string[] = [];
  const reserved: number[] = [];
  const context: Context = {
    reserve: async (pages) => {
      reserved.push(pages);
      return { free: pages, shortage: '', release: async () => void reserved.push(-pages) };
    },
    say: (line) => said.push(line),
    signal: abort.signal,
    keep: async (notMeasured) => void kept.push({ results: report.runs.length, notMeasured }),
    ...{ tries: 3, pauseMs: 0 },
  };
  const parts: Part[] = [{ pages: 7, steps }];
  return { abort, report, context, parts, steps, kept, said, reserved };
}

test('rounds alternate', () => {
  const all = ['a', 'b', 'c'].map((name) => standIn(name, () => false));
  const { steps } = sitting(all, 3, [64, 1514]);
  expect(steps.map(({ what }) => what.replace(/round (\d), (\d+) B, /, '$1 $2 '))).toEqual([
    ...['1 64 a', '1 64 b', '1 64 c', '1 1514 a', '1 1514 b', '1 1514 c'],
    ...['2 64 c', '2 64 b', '2 64 a', '2 1514 c', '2 1514 b', '2 1514 a'],
    ...['3 64 a', '3 64 b', '3 64 c', '3 1514 a', '3 1514 b', '3 1514 c'],
  ]);
});

test('what fails once is tried again; each result is kept when it is there', async () => {
  const subjects = [standIn('steady', () => false), standIn('once', (n) => n === 1)];
  const { context, parts, report, kept, said, reserved } = sitting(subjects);
  await carryOut(parts, context);
  expect(report.runs.map(({ subject, round }) => `${subject} ${round}`)).toEqual([
    ...['steady 1', 'once 1', 'once 2', 'steady 2'],
  ]);
  expect(kept.map(({ results, notMeasured }) => [results, notMeasured.length])).toEqual([
    ...[0, 1, 2, 3, 4].map((n) => [n, 4 - n]),
    [4, 0],
  ]);
  expect(kept[0]?.notMeasured[0]).toEqual({
    what: 'round 1, 64 B, steady',
    why: 'its turn has not come',
  });
  expect(said.filter((line) => line.includes('failed'))).toEqual([
    'round 1, 64 B, once: failed; try 2 of 3 follows: once: start 1 failed; none',
  ]);
  expect(said.at(0)).toBe(
    'round 1, 64 B, steady: 100 cycles/packet, 1.00 Mpps, 100 % busy, 4 of 4 slices used, 0.0 % disturbed',
  );
  expect(reserved).toEqual([7, -7]);
});

test('what fails always is given up, and costs the others nothing', async () => {
  const subjects = [standIn('never', () => true), standIn('steady', () => false)];
  const { context, parts, report, kept, said } = sitting(subjects);
  await carryOut(parts, context);
  expect(report.runs.map(({ subject }) => subject)).toEqual(['steady', 'steady']);
  expect(report.summary).toMatchObject([{ subject: 'steady', rounds: 2 }]);
  expect(kept.at(-1)?.notMeasured).toEqual([
    { what: 'round 1, 64 B, never', why: 'never: start 3 failed; none' },
    { what: 'round 2, 64 B, never', why: 'never: start 6 failed; none' },
  ]);
  expect(said.filter((line) => line.includes('given up after 3 tries'))).toHaveLength(2);
});

test('interrupted: what was measured stays, pages are given back, the rest is named', async () => {
  const subjects = [standIn('steady', () => false)];
  const { abort, context, parts, report, kept, said, reserved } = sitting(subjects, 3);
  parts[0]?.steps.splice(1, 0, {
    what: 'cut short',
    run: async () => {
      abort.abort(new Error('interrupted'));
      abort.signal.throwIfAborted();
      return '';
    },
  });
  await carryOut(parts, context);
  expect(report.runs).toHaveLength(1);
  expect(kept.at(-1)?.notMeasured).toEqual([
    { what: 'cut short', why: 'interrupted' },
    { what: 'round 2, 64 B, steady', why: 'interrupted' },
    { what: 'round 3, 64 B, steady', why: 'interrupted' },
  ]);
  expect(said).toHaveLength(1); // an interruption is no failure
  expect(reserved).toEqual([7, -7]);
});

test('too few huge pages: what needs them is named, the other parts are measured', async () => {
  const { context, parts, report, kept } = sitting([standIn('steady', () => false)]);
  const few: Part = { pages: 1000, steps: [{ what: 'much', run: async () => 'never' }] };
  let given = 0;
  const reserve: Context['reserve'] = async (pages) => ({
    ...{ free: 7, shortage: pages > 7 ? '7 are free' : '' },
    release: async () => void given++,
  });
  await carryOut([few, ...parts], { ...context, reserve });
  expect(report.runs).toHaveLength(2);
  expect(kept.at(-1)?.notMeasured).toEqual([
    {
      what: 'much',
      why: 'huge pages: 1000 of 2 MiB are needed, 7 are free; free memory or reserve them at boot, and run as root',
    },
  ]);
  expect(given).toBe(4); // three tries, and the part that could
});

test('results that cannot be kept: nothing is measured, unless that comes later', async () => {
  const first = sitting([standIn('steady', () => false)]);
  const full = () => Promise.reject(new Failed({ thing: 'x', problem: 'full', remedy: 'y' }));
  await expect(carryOut(first.parts, { ...first.context, keep: full })).rejects.toThrow('full');
  expect(first.report.runs).toHaveLength(0);

  const later = sitting([standIn('steady', () => false)]);
  let writes = 0;
  await carryOut(later.parts, {
    ...later.context,
    keep: () => (++writes === 2 ? full() : Promise.resolve()),
  });
  expect(later.report.runs).toHaveLength(2);
  expect(later.said).toContain('results: x: full; y');
});
