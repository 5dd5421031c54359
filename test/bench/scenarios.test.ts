import { expect, test } from 'vitest';
import { chart } from '../../bench/chart.js';
import { Child } from '../../bench/child.js';
import { pairTable } from '../../bench/pair-text.js';
import type { Figures, runPair } from '../../bench/pairs.js';
import type { Report } from '../../bench/report.js';
import { forLoad, PASSINGS, SCENARIOS, scenarioSteps } from '../../bench/scenarios.js';
import { Stand } from '../../bench/stand.js';
import type { Running, Subject } from '../../bench/subject.js';
import { sockets } from '../../bench/subject.js';
import { text } from '../../bench/text.js';

const figures = (p10: number): Figures => ({
  ...{ place: 'near', lines: [200, 200], disturbed: 0, away: 0, frames: 1 },
  cycles: { p10, p25: p10, p50: p10, p75: p10, p90: p10, p99: p10, p99_9: p10 },
});

const report = (): Report => ({
  ...{ date: '', missing: {}, versions: {}, runs: [], summary: [], notMeasured: [] },
  ...{ subjects: [], rounds: 1, seconds: 1 },
  machine: { cpu: 'A', cores: 2, kernel: '6.1', memoryMiB: 1, hypervisor: false },
});

/** A process that only sleeps in a forwarder's place. */
const standIn = (name: string): Subject => ({
  ...{ name, version: 'stand-in', pages: 1 },
  start: async () => {
    const process = new Child('sleep', ['1000']);
    return { sockets: ['/x/0', '/x/1'], process, stop: () => process.end() };
  },
});

test('each side is where its kind listens, and the load is told which kind it is', () => {
  expect(sockets('/f', ['device', 'guest'])).toEqual(['/f/memif0', '/f/1']);
  const running = { sockets: ['/f/a', '/f/b'] } as unknown as Running;
  const told = SCENARIOS.map((scenario) => forLoad(running, scenario).sockets.join(' '));
  expect(told).toEqual([
    ...['/f/a /f/b', '/f/a memif:/f/b', 'memif:/f/a memif:/f/b', 'memif:/f/a /f/b'],
  ]);
  // Open vSwitch's forwarding thread has the second queue.
  expect(forLoad({ ...running, queue: 1 }, 'guest-device').sockets[1]).toBe('memif1:/f/b');
  expect(Object.entries(PASSINGS).filter(([, n]) => n > 1)).toEqual([['loopback', 2]]);
});

test('scenarios keep apart, alternate, and have ratios of their own forwarders only', async () => {
  const stand = new Stand(0, new AbortController().signal);
  const all = report();
  const modes: unknown[] = [];
  const cost: Record<string, number> = { 'vhost-switch': 50, testpmd: 100, ovs: 200 };
  for (const scenario of ['device-device', 'loopback'] as const) {
    const subjects = ['vhost-switch', 'testpmd', 'ovs'].slice(scenario === 'loopback' ? 1 : 0);
    const order: string[] = [];
    const measure: typeof runPair = async (_, __, ___, mode) => {
      modes.push(mode);
      return figures(cost[order.at(-1) ?? ''] ?? Number.NaN);
    };
    const on = { rounds: 1, sizes: [64], stand, measure };
    const steps = scenarioSteps(scenario, subjects.map(standIn), on, all);
    expect(steps[0]?.what).toBe(`${scenario}, pass 1, 64 B, ${subjects[0]}`);
    for (const { what, run } of steps) {
      order.push(what.replace(/.* /, ''));
      await run();
    }
    expect(order.slice(0, 2 * subjects.length)).toEqual([...subjects, ...[...subjects].reverse()]);
  }
  await stand.end();
  expect(new Set(modes.slice(0, 15))).toEqual(new Set(['window']));
  expect(new Set(modes.slice(15))).toEqual(new Set(['back']));
  const rows = (name: string) =>
    pairTable(all.scenarios?.summary.filter(({ scenario }) => scenario === name) ?? []);
  expect(rows('device-device').map((cells) => cells.join('|'))).toEqual([
    'frame|forwarder|place|p10|p50|/ bare|/ testpmd|/ OVS|runs|',
    '64 B|vhost-switch|near|50 (50–50)|50 (50–50)||0.50|0.25|5|',
    '64 B|testpmd|near|100 (100–100)|100 (100–100)|||0.50|5|',
    '64 B|ovs|near|200 (200–200)|200 (200–200)||2.00||5|',
  ]);
  expect(text(all)).toContain(
    'loopback: TSC cycles of a full window, a frame, each time it passes',
  );
  for (const title of ['device to device, 64 B', 'from a device through a guest, 64 B'])
    expect(chart(all)).toContain(`${title}, processors behind one cache: cycles a frame`);
  expect(chart({ ...all, scenarios: { runs: [], summary: [] } })).toBeUndefined();
});
