/**
 * Counts the instructions that a frame costs the forwarding loop, by callgrind: a figure that no
 * neighbour on the machine moves, so it can be kept in the repository and compared.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../src/switch/paths.js';
import { Failed } from '../src/values/errors.js';

const exec = promisify(execFile);

/** native/bench/instructions.c, compiled as the switch is. */
const PROGRAM = join(packageRoot(), 'build/native/vhost-instructions');
const RECORD = join(packageRoot(), 'bench/instructions.json');

/** Rounds that are counted: all are the same, but for the ends of rings and tables. */
const ROUNDS = 100;
/** What a figure may grow by before somebody has to look: a share of it. */
export const MAY_GROW = 0.05;

/** Instructions a frame, by scenario. */
export type Figures = Record<string, number>;

export interface Counted {
  /** `gcc 12`: another one makes other instructions. */
  compiler: string;
  instructions: number;
}

/** The scenarios that the program knows. Throws Failed when it was not built. */
export async function scenarios(): Promise<string[]> {
  const { stdout } = await run(PROGRAM, ['list']);
  return stdout.trim().split('\n');
}

/** Throws Failed when a frame went astray, or valgrind is not there. */
export async function countInstructions(scenario: string): Promise<Counted> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-instructions-'));
  try {
    const out = join(folder, 'callgrind');
    const { stdout } = await run('valgrind', [
      ...['--tool=callgrind', '--toggle-collect=counted_round*', `--callgrind-out-file=${out}`],
      ...[PROGRAM, scenario, String(ROUNDS)],
    ]);
    const { frames, compiler } = JSON.parse(stdout) as { frames: number; compiler: string };
    const total = /^summary: (\d+)$/m.exec(await readFile(out, 'utf8'))?.[1];
    const instructions = Math.round((Number(total) / frames) * 10) / 10;
    if (!(instructions > 0)) {
      const remedy = 'look whether the program still has a function counted_round()';
      throw new Failed({ thing: 'callgrind', problem: 'counted nothing', remedy });
    }
    return { compiler, instructions };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The figures that are kept, by compiler. */
export function recorded(): Record<string, Figures> {
  return JSON.parse(readFileSync(RECORD, 'utf8')) as Record<string, Figures>;
}

/** Keeps figures in place of the compiler's former ones of these scenarios. */
export async function record(compiler: string, figures: Figures): Promise<void> {
  const all = recorded();
  all[compiler] = { ...all[compiler], ...figures };
  await writeFile(RECORD, `${JSON.stringify(all, null, 2)}\n`);
}

async function run(program: string, args: string[]): Promise<{ stdout: string }> {
  try {
    return await exec(program, args);
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    const last = stderr?.trim().split('\n').at(-1);
    throw new Failed({
      thing: program,
      problem: code === 'ENOENT' ? 'is not there' : `ended with ${String(code)}: ${last}`,
      remedy: 'npm run setup installs and builds it',
    });
  }
}
