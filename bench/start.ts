import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reserve } from '../lab/huge-pages.js';
import { planLaunch } from '../src/switch/launch.js';
import { Failed } from '../src/values/errors.js';
import { Child } from './child.js';
import { median, spread } from './figures.js';
import { parseMemory } from './parse.js';
import type { StartRun, StartSummary } from './report.js';

const MEMORY_MIB = 128;
const DEADLINE_MS = 20_000;

export interface StartConditions {
  rounds: number;
  nice: number;
  signal: AbortSignal;
}

/** How long the switch takes from its start to its first vhost-user socket, and what it occupies. */
export async function measureStart(conditions: StartConditions): Promise<StartSummary[]> {
  return [await measureOn(true, conditions), await measureOn(false, conditions)];
}

async function measureOn(hugePages: boolean, conditions: StartConditions): Promise<StartSummary> {
  const pages = await reserve(hugePages ? MEMORY_MIB / 2 : 0);
  try {
    if (pages.shortage !== '') {
      throw new Failed({
        thing: 'huge pages',
        problem: `${MEMORY_MIB / 2} of 2 MiB are needed, ${pages.shortage}`,
        remedy: 'free memory or reserve them at boot, and run as root',
      });
    }
    const runs: StartRun[] = [];
    for (let round = 0; round < conditions.rounds; round++) {
      runs.push(await startOnce(hugePages, conditions));
    }
    return {
      pages: hugePages ? 'huge pages' : 'ordinary pages',
      socketMs: spread(runs.map(({ socketMs }) => socketMs)),
      residentMiB: median(runs.map(({ residentMiB }) => residentMiB)),
      hugeMiB: median(runs.map(({ hugeMiB }) => hugeMiB)),
    };
  } finally {
    await pages.release();
  }
}

async function startOnce(hugePages: boolean, { nice, signal }: StartConditions): Promise<StartRun> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-start-'));
  try {
    const socket = join(folder, 'a');
    const plan = await planLaunch({
      controlSocket: join(folder, 'control'),
      socketFiles: [socket],
      cores: [0],
      memoryMiB: MEMORY_MIB,
      hugePages,
    });
    const begin = performance.now();
    const child = new Child(plan.binary, plan.args, { nice, signal });
    try {
      while (!(await isThere(socket)) && performance.now() - begin < DEADLINE_MS) {
        await sleep(1, undefined, { signal });
      }
      const socketMs = performance.now() - begin;
      // With its last words if it came to nothing.
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
