import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';
import { inFolder } from '../switch/folder.js';
import { keptInputs, unpack } from './corpus.js';
import { readOptions } from './options.js';
import { artifactIn, type Figures, readLine } from './output.js';
import { schedule, secondsFor } from './schedule.js';
import { TARGETS } from './targets.js';

describe('time', () => {
  test('targets share processors alike, none is on two at a time, and all are busy', () => {
    const plan = schedule(['a', 'b', 'c'], 60, 2);
    expect(plan).toEqual([
      [
        { target: 'a', seconds: 40 },
        { target: 'b', seconds: 20 },
      ],
      [
        { target: 'b', seconds: 20 },
        { target: 'c', seconds: 40 },
      ],
    ]);
  });

  test('one target has one processor', () => {
    expect(schedule(['a'], 60, 8)).toEqual([[{ target: 'a', seconds: 60 }]]);
  });

  test('seconds of each target', () => {
    const each = (targets: string[], processors: number) =>
      schedule(targets, secondsFor(15, targets.length, processors), processors)
        .flat()
        .reduce((sum, { seconds }) => sum + seconds, 0) / targets.length;
    expect(each(['a', 'b', 'c'], 2)).toBeCloseTo(15);
    expect(each(['a', 'b', 'c'], 8)).toBeCloseTo(15);
  });
});

describe("libFuzzer's output", () => {
  test('figures are those of the last lines', () => {
    const figures: Figures = { runs: 0, edges: 0, features: 0, inputs: 0 };
    for (const line of [
      '#2\tINITED cov: 12 ft: 13 corp: 1/1b exec/s: 0 rss: 30Mb',
      '#4096\tpulse  cov: 128 ft: 345 corp: 28/185b lim: 21 exec/s: 2048 rss: 85Mb',
      '#5000\tNEW    cov: 129 ft: 346 corp: 29/190b lim: 21 exec/s: 2048 rss: 85Mb L: 1/1',
      'stat::number_of_executed_units: 5100',
    ]) {
      readLine(line, figures);
    }
    expect(figures).toEqual({ runs: 5100, edges: 129, features: 346, inputs: 29 });
  });

  test('where a finding is', () => {
    const text = "artifact_prefix='x/'; Test unit written to x/ring-crash-1\nBase64: AA==";
    expect(artifactIn(text)).toBe('x/ring-crash-1');
    expect(artifactIn('Done 5 runs in 1 second(s)')).toBeUndefined();
  });
});

describe('options', () => {
  test('ten minutes of all targets by default', () => {
    expect(readOptions([])).toEqual({ targets: TARGETS, minutes: 10, keep: false, fresh: false });
  });

  test.each([
    [['--target', 'rang'], "--target: there is no 'rang'"],
    [['--minutes', '0'], "--minutes: '0' is not possible"],
    [['--minutes', '1', '--seconds', '1'], '--seconds: --minutes is given, too'],
  ])('%j is refused', (args, problem) => {
    expect(() => readOptions(args)).toThrow(problem);
  });

  test('--help and what is wrong, by the built program', async () => {
    const fuzz = (...words: string[]) =>
      execa(process.execPath, [`${packageRoot()}/dist/test/fuzz/main.js`, ...words], {
        reject: false,
      });
    expect((await fuzz('--help')).stdout).toMatch(/^Usage: npm run fuzz/);
    expect(await fuzz('--seed', 'x')).toMatchObject({ exitCode: 2 });
  });
});

test.each(TARGETS)('%s has kept inputs, each once, and few enough', async (target) => {
  const inputs = keptInputs(target);
  const bytes = inputs.reduce((sum, input) => sum + input.length, 0);
  expect(inputs.length).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(64 << 10);
  await inFolder(async (folder) => {
    await unpack(target, join(folder, 'kept'));
    const unpacked = readdirSync(join(folder, 'kept'));
    expect(unpacked).toHaveLength(inputs.length);
  });
});
