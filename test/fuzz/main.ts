/**
 * Runs the fuzz targets of native/: `npm run fuzz`, and test/hardened for some seconds.
 * stdout has the table, stderr the progress. Exits with 0 if no target failed.
 */
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { interruptedBy } from '../../lab/interrupted.js';
import { slowness } from '../../lab/slow.js';
import { packageRoot } from '../../src/switch/paths.js';
import { progress } from '../../src/trial/progress.js';
import { Failed, VmlaneError } from '../../src/values/errors.js';
import { keep } from './keep.js';
import { type Options, readOptions, USAGE } from './options.js';
import { describe, newOutcome, type Outcome, type Run, runSlice } from './run.js';
import { schedule, secondsFor } from './schedule.js';
import { table } from './table.js';
import { isBuilt, programOf, type Target } from './targets.js';

const say = progress(Date.now(), (line) => process.stderr.write(line));
const interrupted = interruptedBy(say, 'ending the targets');

async function fuzz(options: Options): Promise<void> {
  const { seed = 1 + Math.floor(Math.random() * 0x7ffffffe) } = options;
  const targets = built(options.targets);
  const processors = availableParallelism();
  const seconds =
    options.seconds === undefined
      ? 60 * (options.minutes ?? 0)
      : secondsFor(options.seconds, targets.length, processors);
  const folder = join(packageRoot(), 'build', options.fresh ? 'test/fuzz' : 'fuzz');
  if (options.fresh) await rm(folder, { recursive: true, force: true });
  const run: Run = { folder, seed, say, signal: interrupted };
  say(`${targets.join(', ')}: ${Math.ceil(seconds)} s on ${processors} processors, seed ${seed}`);
  const outcomes = new Map(targets.map((target) => [target, newOutcome(target)]));
  const plan = schedule([...outcomes.values()], seconds, processors);
  await Promise.all(plan.map((slices) => work(run, slices)));
  await tell(options, seed, [...outcomes.values()]);
  if (options.keep && !interrupted.aborted) await keepAll(targets, folder);
}

/** Those that are there; one that was left out is no reason not to run the others. */
function built(targets: readonly Target[]): Target[] {
  const there = targets.filter(isBuilt);
  for (const target of targets.filter((one) => !isBuilt(one))) {
    say(`without ${target}: ${programOf(target)} is not built (native/README.md, "Hardening")`);
  }
  if (there.length > 0) return there;
  throw new Failed({
    thing: 'targets',
    problem: 'none is built',
    remedy: 'run: bash setup/sanitized address',
  });
}

async function work(run: Run, slices: { target: Outcome; seconds: number }[]): Promise<void> {
  for (const { target: outcome, seconds } of slices) {
    // One that has failed would fail again at once.
    if (run.signal.aborted || outcome.finding !== undefined) continue;
    await runSlice(run, outcome, seconds);
    say(`${outcome.target}: ${describe(outcome)}`);
  }
}

async function tell(options: Options, seed: number, outcomes: Outcome[]): Promise<void> {
  process.stdout.write(table(outcomes));
  const { json, results } = options;
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify({ seed, targets: outcomes }, null, 2)}\n`);
  }
  for (const { target, finding } of results === undefined ? [] : outcomes) {
    const result = finding === undefined ? 'OK' : 'FAIL';
    await appendFile(
      results ?? '',
      `${JSON.stringify({ name: `fuzz ${target}`, result, stderr: finding })}\n`,
    );
  }
  if (outcomes.some(({ finding }) => finding !== undefined)) process.exitCode ??= 1;
}

async function keepAll(targets: readonly Target[], folder: string): Promise<void> {
  for (const target of targets) say(`${target}: ${await keep(target, folder)} inputs kept`);
}

try {
  const options = readOptions(process.argv.slice(2));
  slowness(); // reported now rather than by each run
  if (!options) process.stdout.write(USAGE);
  else await fuzz(options);
} catch (error) {
  if (!(error instanceof VmlaneError)) throw error;
  process.stderr.write(`fuzz: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
