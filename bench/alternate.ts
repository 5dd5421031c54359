/** Times of short programs. Each round runs every one once, so that a busy machine affects all of them. */
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { VmlaneError } from '../src/values/errors.js';
import { parseArguments, whole } from './arguments.js';

export interface Called<G extends string = string> {
  name: string;
  /** The baseline of its cost: the first of its group. */
  group: G;
  command: string[];
  /** In addition to that of all. */
  env?: Record<string, string>;
  /** What it reads; absent: nothing. */
  input?: string;
  /** Its exit code; absent: 0. */
  status?: number;
}

export interface Times extends Pick<Called, 'group' | 'name'> {
  /** Milliseconds: median and minimum. */
  median: number;
  least: number;
}

/** Runs them all, round by round, every other one backwards; stderr has the progress. */
export async function measure(
  all: readonly Called[],
  rounds: number,
  env: NodeJS.ProcessEnv,
): Promise<Times[]> {
  const taken = all.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    const order = [...all.entries()];
    for (const [index, way] of round % 2 === 0 ? order : order.reverse()) {
      taken[index]?.push(await run(way, env));
    }
    if ((round + 1) % 10 === 0) process.stderr.write(`bench: ${round + 1} of ${rounds} rounds\n`);
  }
  return all.map(({ group, name }, index) => {
    const sorted = (taken[index] ?? []).sort((a, b) => a - b);
    return { group, name, median: sorted[rounds >> 1] ?? 0, least: sorted[0] ?? 0 };
  });
}

/** Milliseconds from start to end. */
async function run(
  { name, command, env, input, status = 0 }: Called,
  common: NodeJS.ProcessEnv,
): Promise<number> {
  const [program = '', ...words] = command;
  const begin = process.hrtime.bigint();
  const child = spawn(program, words, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe'] as const,
    env: { ...common, ...env },
  });
  child.stdin?.end(input);
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const ended = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (ended !== status) throw new Error(`${name}: ended with ${ended}: ${said}`);
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

/** A table: what each takes more than the first of its group, and how many times as long. */
export function text(times: readonly Times[]): string {
  const wide = Math.max(20, ...times.map(({ name }) => name.length));
  const rows = times.map(({ group, name, median, least }) => {
    const first = times.find((one) => one.group === group);
    const added = (median - (first?.median ?? 0)).toFixed(1);
    const ratio = (median / (first?.median ?? 1)).toFixed(2);
    const cells = [median.toFixed(1), least.toFixed(1), added, ratio];
    return `${group.padEnd(6)} ${name.padEnd(wide)} ${cells.map((cell) => cell.padStart(8)).join(' ')}`;
  });
  const titles = ['median', 'least', 'added', 'ratio'].map((title) => title.padStart(8)).join(' ');
  return `${'ms'.padEnd(wide + 7)} ${titles}\n${rows.join('\n')}\n`;
}

/** The program of such a benchmark: its arguments, its errors, its exit code. */
export async function alternating({
  name,
  usage,
  rounds,
  bench,
}: {
  /** Of the script in package.json. */
  name: string;
  usage: string;
  /** By default. */
  rounds: number;
  bench: (rounds: number, asJson: boolean) => Promise<void>;
}): Promise<void> {
  try {
    const values = parseArguments(name, process.argv.slice(2), {
      rounds: { type: 'string' },
      nice: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    });
    if (values.help) {
      process.stdout.write(usage);
      return;
    }
    const wanted = whole('--rounds', values.rounds ?? String(rounds), 1, 1000);
    setPriority(whole('--nice', values.nice ?? '0', -20, 19));
    await bench(wanted, values.json ?? false);
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
