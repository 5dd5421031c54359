import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from '../lab/slow.js';
import { planLaunch } from '../src/switch/launch.js';
import { Child } from './child.js';
import { median, spread } from './figures.js';
import { parseMemory } from './parse.js';
import type { Report, StartRun, StartSummary } from './report.js';
import type { Part, Step } from './steps.js';

const MEMORY_MIB = 128;
const DEADLINE_MS = 20_000;

export interface StartConditions {
  rounds: number;
  nice: number;
  signal: AbortSignal;
}

/** Time from the switch's start to its first vhost-user socket, and its memory. */
export function startParts(conditions: StartConditions, report: Report): Part[] {
  return [partOn(true, conditions, report), partOn(false, conditions, report)];
}

function partOn(hugePages: boolean, conditions: StartConditions, report: Report): Part {
  const pages = hugePages ? 'huge pages' : 'ordinary pages';
  const runs: StartRun[] = [];
  const steps: Step[] = [];
  for (let round = 1; round <= conditions.rounds; round++) {
    steps.push({
      what: `start, round ${round}, ${pages}`,
      run: async () => {
        const run = await startOnce(hugePages, conditions);
        runs.push(run);
        const others = (report.start ?? []).filter((one) => one.pages !== pages);
        report.start = [...others, { pages, ...summarizeStart(runs) }];
        return `${run.socketMs.toFixed(0)} ms`;
      },
    });
  }
  return { pages: hugePages ? MEMORY_MIB / 2 : 0, steps };
}

function summarizeStart(runs: readonly StartRun[]): Omit<StartSummary, 'pages'> {
  return {
    socketMs: spread(runs.map(({ socketMs }) => socketMs)),
    residentMiB: median(runs.map(({ residentMiB }) => residentMiB)),
    hugeMiB: median(runs.map(({ hugeMiB }) => hugeMiB)),
  };
}

async function startOnce(hugePages: boolean, { nice, signal }: StartConditions): Promise<StartRun> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-start-'));
  try {
    const socket = join(folder, 'a');
    const plan = await planLaunch({
      controlSocket: join(folder, 'control'),
      socketFiles: [socket],
      cpus: [0],
      memoryMiB: MEMORY_MIB,
      hugePages,
    });
    const begin = performance.now();
    const child = new Child(plan.binary, plan.args, { nice, signal });
    try {
      while (!(await isThere(socket)) && performance.now() - begin < patience(DEADLINE_MS)) {
        await sleep(1, undefined, { signal });
      }
      const socketMs = performance.now() - begin;
      // With its last output if it failed.
      await child.says('ready');
      const memory = parseMemory(await readFile(`/proc/${child.pid}/status`, 'utf8'));
      return { socketMs, ...memory };
    } finally {
      await child.end();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
