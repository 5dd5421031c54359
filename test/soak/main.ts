/**
 * Lets a switch work for a long time: `npm run soak`. stdout has the result, stderr the progress.
 * Exits with 0 if nothing was wrong.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { interruptedBy } from '../../lab/interrupted.js';
import { patience, slowness } from '../../lab/slow.js';
import { progress } from '../../src/trial/progress.js';
import { VmlaneError } from '../../src/values/errors.js';
import { SANITIZED, sanitizerSettings } from '../sanitized.js';
import { ACTORS } from './actors.js';
import { Chance } from './chance.js';
import { type Grown, grown, type Sample } from './growth.js';
import { type Options, readOptions, USAGE } from './options.js';
import { look } from './process.js';
import { World } from './world.js';

const MINUTE_MS = 60_000;
/** After a minute's work: time-outs of the actors are shorter. */
const LATE_MS = 300_000;
/** What a switch may grow by; sanitizers keep freed memory, and notes of what has been. */
const MAY_GROW_KIB = { none: 8 << 10, address: 48 << 10, thread: 64 << 10 };

const say = progress(Date.now(), (line) => process.stderr.write(line));
const interrupted = interruptedBy(say, 'cleaning up');

/** ThreadSanitizer of clang 14 needs memory where it expects it: then this program starts again so. */
async function withoutRandomAddresses(): Promise<boolean> {
  const NO_RANDOM = 0x0040000;
  const persona = Number.parseInt(await readFile('/proc/self/personality', 'utf8'), 16);
  if (persona & NO_RANDOM) return true;
  const { status, signal } = spawnSync(
    'setarch',
    ['-R', process.execPath, ...process.argv.slice(1)],
    {
      stdio: 'inherit',
    },
  );
  process.exitCode = status ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  return false;
}

async function soak(options: Options): Promise<void> {
  const { minutes, sanitizer, seed = 1 + Math.floor(Math.random() * 0x7ffffffe) } = options;
  if (sanitizer !== 'none') {
    execFileSync('bash', ['setup/sanitized', sanitizer], { stdio: ['ignore', 2, 2] });
    process.env.VMLANE_TEST_BUILD = SANITIZED[sanitizer];
    Object.assign(process.env, sanitizerSettings());
  }
  say(`${minutes} minutes, sanitizer ${sanitizer}, seed ${seed}`);
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-soak-'));
  const chance = new Chance(seed);
  const world = await World.open(folder, { chance, say, signal: interrupted, sanitizer });
  const samples: Sample[] = [];
  let frames = 0;
  try {
    for (let minute = 1; minute <= minutes && !interrupted.aborted; minute++) {
      await pass(world, minute <= minutes / 3);
      if (interrupted.aborted) break;
      frames += await measure(world, minute, samples);
    }
    if (!interrupted.aborted) {
      // What was asked for last is there after a restart, too.
      await world.restart('SIGTERM');
      await world.check();
    }
  } catch (error) {
    if (!interrupted.aborted) world.wrong(error instanceof Error ? error.message : String(error));
  } finally {
    await world.close();
  }
  await tell(options, world, samples, { seed, frames });
}

/** A minute of work, which the actors end by themselves. */
async function pass(world: World, restarts: boolean): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  interrupted.addEventListener('abort', onInterrupt, { once: true });
  const working = ACTORS.map((actor) => actor(world, world.chance.branch(), stop.signal));
  try {
    const half = (MINUTE_MS / 2) * (0.5 + world.chance.next() / 2);
    await sleep(half, undefined, { signal: interrupted });
    if (restarts) await world.restart(world.chance.of(['SIGTERM', 'SIGKILL']));
    await sleep(MINUTE_MS - half, undefined, { signal: interrupted });
  } catch (error) {
    if (!interrupted.aborted) throw error;
  } finally {
    stop.abort();
    await endOf(world, Promise.all(working));
    interrupted.removeEventListener('abort', onInterrupt);
  }
}

/** A switch that hangs holds up everybody: it is ended, so that what it did last is in its log, and the others end. */
async function endOf(world: World, working: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const late = sleep(patience(LATE_MS), true, { signal: over.signal }).catch(() => false);
  if (await Promise.race([working.then(() => false), late])) {
    world.wrong('the switch, or a guest, hangs');
    world.one.process.kill('SIGABRT');
  }
  over.abort();
  await working;
}

/** With honest guests only; returns how many of their frames arrived. */
async function measure(world: World, minute: number, samples: Sample[]): Promise<number> {
  const { received, lost } = await world.honestSince();
  await world.check();
  const sample = { minute, ...(await settled(world, samples)) };
  samples.push(sample);
  const { rssKiB, descriptors, threads } = sample;
  say(
    `minute ${minute}: ${received} frames, ${lost} lost, ${(rssKiB / 1024).toFixed(1)} MiB, ` +
      `${descriptors} descriptors, ${threads} threads`,
  );
  return received;
}

/** rte_vhost closes on a thread of its own. */
async function settled(world: World, samples: readonly Sample[]): Promise<Omit<Sample, 'minute'>> {
  const before = samples.at(-1);
  const until = Date.now() + patience(10_000);
  for (;;) {
    const now = await look(world.one.process.pid ?? 0);
    const same = before?.pid !== now.pid || now.descriptors <= before.descriptors;
    if ((same && before !== undefined) || Date.now() > until) return now;
    await sleep(200);
  }
}

async function tell(
  options: Options,
  world: World,
  samples: Sample[],
  more: { seed: number; frames: number },
): Promise<void> {
  const growth = grown(samples);
  if (growth) judge(world, growth, MAY_GROW_KIB[options.sanitizer]);
  const { problems, done } = world;
  const report = { ...options, ...more, minutes: samples.length, growth, done, problems, samples };
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  const actions = Object.entries(done)
    .sort()
    .map(([name, times]) => `${name} ${times}`);
  const growing = growth
    ? `growth ${(growth.rssKiB / 1024).toFixed(1)} MiB, ${growth.descriptors.toFixed(0)} descriptors, ${growth.threads.toFixed(0)} threads`
    : 'growth not judged, too short';
  process.stdout.write(
    `${samples.length} minutes, ${more.frames} frames, ${world.life} restarts, ${growing}\n` +
      `done: ${actions.join(', ')}\n` +
      (problems.length > 0 ? `${problems.join('\n')}\n` : 'nothing was wrong\n'),
  );
  if (problems.length > 0) process.exitCode ??= 1;
}

function judge(world: World, { rssKiB, descriptors, threads }: Grown, most: number): void {
  if (rssKiB > most) world.wrong(`memory grew by ${Math.round(rssKiB / 1024)} MiB`);
  if (descriptors >= 1) world.wrong(`descriptors grew by ${descriptors.toFixed(0)}`);
  if (threads >= 1) world.wrong(`threads grew by ${threads.toFixed(0)}`);
}

try {
  const options = readOptions(process.argv.slice(2));
  slowness(); // reported now rather than later
  if (!options) process.stdout.write(USAGE);
  else if (options.sanitizer !== 'thread' || (await withoutRandomAddresses())) await soak(options);
} catch (error) {
  if (!(error instanceof VmlaneError)) throw error;
  process.stderr.write(`soak: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
