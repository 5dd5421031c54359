import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { patience } from '../../lab/slow.js';
import type { Say } from '../../src/trial/progress.js';
import { sanitizerSettings } from '../sanitized.js';
import { unpack } from './corpus.js';
import { artifactIn, type Figures, readLine } from './output.js';
import { programOf, type Target } from './targets.js';

const PROGRESS_MS = 60_000;
/** After its time, for the input that it is at. */
const LATE_MS = 300_000;

/** What has become of a target, over all its slices. */
export interface Outcome extends Figures {
  target: Target;
  seconds: number;
  /** Bytes of its inputs. */
  bytes: number;
  /** Why it failed; undefined: it did not. */
  finding?: string;
}

export interface Run {
  /** Where inputs, logs and findings go. */
  folder: string;
  seed: number;
  say: Say;
  signal: AbortSignal;
}

export function newOutcome(target: Target): Outcome {
  return { target, seconds: 0, runs: 0, edges: 0, features: 0, inputs: 0, bytes: 0 };
}

/** Lets a target run for so long, and adds to its outcome. */
export async function runSlice(run: Run, outcome: Outcome, seconds: number): Promise<void> {
  const { target } = outcome;
  const began = Date.now();
  const work = join(run.folder, target);
  const findings = join(run.folder, 'findings');
  const kept = join(run.folder, 'kept', target);
  for (const folder of [work, findings]) await mkdir(folder, { recursive: true });
  await unpack(target, kept);
  // Files of a target are in memory, and go although it may end without a chance to remove them.
  const temporary = await mkdtemp(
    join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'vmlane-fuzz-'),
  );
  const child = start(temporary, programOf(target), [
    // A target that goes on does not do the same again.
    `-seed=${run.seed + Math.round(outcome.seconds)}`,
    `-max_total_time=${Math.ceil(seconds)}`,
    `-timeout=${patience(60)}`,
    '-print_final_stats=1',
    `-artifact_prefix=${findings}/${target}-`,
    work,
    kept,
  ]);
  const stop = () => void child.kill('SIGINT');
  run.signal.addEventListener('abort', stop, { once: true });
  if (run.signal.aborted) stop();
  const kill = setTimeout(() => child.kill('SIGKILL'), seconds * 1000 + patience(LATE_MS));
  const figures: Figures = { ...outcome, runs: 0 };
  const tail = await follow(child, join(run.folder, `${target}.log`), figures, () =>
    run.say(`${target}: ${describe(figures, outcome.runs)}`),
  );
  clearTimeout(kill);
  await rm(temporary, { recursive: true });
  run.signal.removeEventListener('abort', stop);
  const runs = outcome.runs + figures.runs;
  Object.assign(outcome, figures, { runs, bytes: await sizeOf(work) });
  outcome.seconds += (Date.now() - began) / 1000;
  if (child.exitCode === 0 || run.signal.aborted) return;
  const artifact = artifactIn(tail);
  outcome.finding = artifact ?? `ended with ${child.exitCode ?? child.signalCode}`;
  run.say(`${target} failed: ${outcome.finding}\n${tail}`);
}

/** It dies with us, however we die; Ctrl-C in a terminal reaches only us. */
function start(temporary: string, program: string, args: string[]): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    env: { ...process.env, ...sanitizerSettings(), TMPDIR: temporary },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Reads what it says, until it has ended; resolves with the last lines. */
async function follow(
  child: ChildProcess,
  log: string,
  figures: Figures,
  progress: () => void,
): Promise<string> {
  const tail: string[] = [];
  const file = createWriteStream(log, { flags: 'a' });
  const timer = setInterval(progress, PROGRESS_MS);
  try {
    const exited = once(child, 'exit');
    if (!child.stderr) throw new Error('no pipe');
    for await (const line of createInterface({ input: child.stderr })) {
      file.write(`${line}\n`);
      readLine(line, figures);
      // What each input brought is of no use after a failure.
      if (line.startsWith('#')) continue;
      tail.push(line);
      if (tail.length > 60) tail.shift();
    }
    await exited;
  } finally {
    clearInterval(timer);
    file.end();
  }
  return tail.join('\n');
}

export function describe(figures: Figures, before = 0): string {
  const { runs, edges, features, inputs } = figures;
  return `${before + runs} runs, ${edges} edges, ${features} features, ${inputs} inputs`;
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}
