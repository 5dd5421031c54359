import { expect, onTestFinished, test } from 'vitest';
import { Child } from '../../bench/child.js';
import { type LargeRun, summarizeLarge } from '../../bench/large.js';
import { type LatencyRun, summarizeLatency } from '../../bench/latency.js';
import { largeTable, latencyTable, pairTable } from '../../bench/pair-text.js';
import {
  type PairConditions,
  type PairRun,
  pairSteps,
  summarizePairs,
  withoutRuns,
} from '../../bench/pairs.js';
import type { Report } from '../../bench/report.js';
import { Stand, stopped } from '../../bench/stand.js';
import { carryOut } from '../../bench/steps.js';
import { conditions, type Subject } from '../../bench/subject.js';

function quantiles(p10: number, p50: number): PairRun['cycles'] {
  return { p10, p25: p10, p50, p75: p50, p90: p50, p99: p50, p99_9: p50 };
}

const pairRun = (subject: string, place: PairRun['place'], p10: number): PairRun => ({
  ...{ subject, size: 64, pass: 1, place, lines: [200, 200], disturbed: 0, away: 0, frames: 1 },
  cycles: quantiles(p10, p10 + 10),
});

const emptyReport = (subjects: Report['subjects']): Report => ({
  ...{ date: '', missing: {}, versions: {}, runs: [], summary: [], notMeasured: [] },
  ...{ subjects, rounds: 1, seconds: 1 },
  machine: { cpu: 'A', cores: 2, kernel: '6.1', memoryMiB: 1, hypervisor: false },
});

/** A process that only sleeps in a forwarder's place, and whether it is stopped. */
function sleeper(name: string) {
  const starts: Child[] = [];
  const subject: Subject = {
    ...{ name, version: 'stand-in', pages: 1 },
    start: async () => {
      const process = new Child('sleep', ['1000']);
      starts.push(process);
      return { sockets: ['a', 'b'], process, stop: () => process.end() };
    },
  };
  return { subject, starts };
}

test('ratios are those of runs of the same place; moved runs count nowhere', () => {
  const runs = [
    ...[pairRun('vhost-switch', 'near', 50), pairRun('vhost-switch', 'near', 60)],
    ...[pairRun('vhost-switch', 'far', 150), pairRun('vhost-switch', 'moved', 1000)],
    ...[pairRun('bare', 'near', 110), pairRun('bare', 'moved', 1)],
    ...[pairRun('ovs', 'far', 300), pairRun('before', 'near', 66)],
  ];
  const subjects = [
    ...['vhost-switch', 'bare', 'ovs'].map((name) => ({ name })),
    { name: 'before', beside: 'vhost-switch' },
  ];
  const summary = summarizePairs(runs, subjects);
  expect(pairTable(summary).map((cells) => cells.join('|'))).toEqual([
    'frame|forwarder|place|p10|p50|/ this build|/ bare|/ OVS|runs|',
    '64 B|vhost-switch|near|55 (53–58)|65 (63–68)||0.50||2|',
    '64 B|vhost-switch|far|150 (150–150)|160 (160–160)|||0.50|1|',
    '64 B|bare|near|110 (110–110)|120 (120–120)||||1|',
    '64 B|ovs|far|300 (300–300)|310 (310–310)||||1|',
    '64 B|before|near|66 (66–66)|76 (76–76)|1.200|0.60||1|',
  ]);
  expect(withoutRuns({ ...emptyReport(subjects), pairs: { runs, summary } })).toEqual([
    'no run of bare with 64 B was far',
    'no run of ovs with 64 B was near',
    'no run of before with 64 B was far',
  ]);
});

test('passes alternate; a forwarder is kept, stopped, until it fails or all is done', async () => {
  const [a, b] = [sleeper('a'), sleeper('b')];
  const report = emptyReport([{ name: 'a' }, { name: 'b' }]);
  const signal = new AbortController().signal;
  const stand = new Stand(0, signal);
  let runs = 0;
  const measure: PairConditions['measure'] = async () => {
    if (++runs === 4) throw new Error('the fourth run fails');
    const { subject: _, size: __, pass: ___, ...figures } = pairRun('', 'near', 50);
    return figures;
  };
  const steps = pairSteps(
    [a.subject, b.subject],
    { rounds: 1, sizes: [64], stand, measure },
    report,
  );
  expect(steps.slice(0, 4).map(({ what }) => what)).toEqual([
    ...['pass 1, 64 B, a', 'pass 1, 64 B, b', 'pass 2, 64 B, b', 'pass 2, 64 B, a'],
  ]);
  await carryOut([{ pages: 1, steps, end: () => stand.end() }], {
    reserve: async (pages) => ({ free: pages, shortage: '', release: async () => {} }),
    ...{ say: () => {}, signal, keep: async () => {}, tries: 2, pauseMs: 0 },
  });
  expect(report.pairs?.runs).toHaveLength(10);
  // The fourth run was of a.
  expect([a.starts.length, b.starts.length]).toEqual([2, 1]);
  for (const { pid } of [...a.starts, ...b.starts]) {
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  }
});

test('a stopped forwarder goes on whatever happens meanwhile', async () => {
  const { subject } = sleeper('a');
  const running = await subject.start({
    ...{ folder: '/nonexistent', nice: 0, signal: new AbortController().signal },
  });
  onTestFinished(() => running.stop());
  const state = async (letter: string) =>
    running.process.until(`become ${letter}`, async () =>
      (await running.process.state()) === letter ? true : undefined,
    );
  await state('S');
  const failing = stopped(running, async () => {
    await state('T');
    throw new Error('lines failed');
  });
  await expect(failing).rejects.toThrow('lines failed');
  await state('S');
});

test('latencies: medians of the runs with one place', () => {
  const run = (place: LatencyRun['place'], p50: number): LatencyRun => ({
    ...{ subject: 'ovs', size: 64, round: 1, kind: '50 %', place, lines: [200, 200] },
    ...{ disturbed: 0, away: 0, p50, p99: 2 * p50, p99_9: 3 * p50, rate: 5e6, lost: 0.001 },
  });
  const runs = [run('near', 1000), run('far', 9000), run('near', 3000), run('moved', 1)];
  expect(latencyTable(summarizeLatency(runs)).map((cells) => cells.join('|'))).toEqual([
    'frame|forwarder|place|load|p50|p99|p99.9|Mpps|lost|runs|',
    '64 B|ovs|near|50 %|2000|4000|6000|5.00|0.10 %|2|',
    '64 B|ovs|far|50 %|9000|18000|27000|5.00|0.10 %|1|',
  ]);
});

test('large frames: Gbit/s by place, and ratios within a place', () => {
  const run = (subject: string, place: LargeRun['place'], p90: number): LargeRun => ({
    ...{
      subject,
      pass: 1,
      place,
      lines: [200, 200],
      disturbed: 0,
      away: 0,
      frames: 16,
      p90,
      p50: p90 / 2,
    },
  });
  const runs = [
    ...[run('a', 'near', 300), run('a', 'near', 320), run('old', 'near', 155)],
    ...[run('ovs', 'near', 100), run('a', 'far', 90), run('a', 'moved', 1)],
  ];
  const subjects = [{ name: 'a' }, { name: 'old', beside: 'a' }, { name: 'ovs' }];
  expect(largeTable(summarizeLarge(runs, subjects)).map((cells) => cells.join('|'))).toEqual([
    'forwarder|place|p90|p50|/ this build|/ OVS|runs|',
    'a|near|310 (305–315)|155 (153–158)||3.10|2|',
    'old|near|155 (155–155)|78 (78–78)|0.500|1.55|1|',
    'ovs|near|100 (100–100)|50 (50–50)|||1|',
    'a|far|90 (90–90)|45 (45–45)|||1|',
  ]);
});

test('a forwarder starts while others that it could ask are stopped', async () => {
  const place = { folder: '/tmp/of-its-own', nice: 5, signal: new AbortController().signal };
  // Where DPDK looks for its telemetry's socket, before /var/run.
  expect(conditions(place).env).toEqual({ RUNTIME_DIRECTORY: '/tmp/of-its-own' });
});
