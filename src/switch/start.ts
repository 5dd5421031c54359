import { setTimeout as sleep } from 'node:timers/promises';
import type { Hello } from '../contract/types.js';
import { Failed } from '../values/errors.js';
import {
  type Child,
  type Ended,
  endChild,
  exitCode,
  notStarted,
  spawnSwitch,
  switchFolders,
} from './child.js';
import { SwitchClient } from './client.js';
import { isNotRunning, SwitchError } from './errors.js';
import type { LaunchPlan } from './launch.js';
import { lastLines, openLog } from './log.js';
import { mustBeAsAsked } from './running.js';

/** The result of a start; `changed` is false if a switch was already running there. */
export interface Started {
  changed: boolean;
  hello: Hello;
}

/** Options of a start. */
export interface StartOptions {
  /** Milliseconds until the switch must answer; 30,000 by default. */
  deadlineMs?: number;
  /** Receives progress in short sentences. */
  progress?: (text: string) => void;
  /** Aborts, and ends what was started. */
  signal?: AbortSignal;
}

/** Hello of the switch at this socket; undefined: none is running. */
export async function runningSwitch(
  controlSocket: string,
  deadlineMs?: number,
): Promise<Hello | undefined> {
  try {
    const client = await SwitchClient.connect(controlSocket, { deadlineMs });
    client.close();
    return client.hello;
  } catch (error) {
    if (isNotRunning(error)) return undefined;
    throw error;
  }
}

/** Milliseconds that a switch that drops its callers may take to end. */
const ENDING_MS = 5000;

/** The same before a start. One that was killed drops its callers for a moment, and is asked until it is gone. */
async function runningBefore(controlSocket: string): Promise<Hello | undefined> {
  const until = Date.now() + ENDING_MS;
  for (;;) {
    try {
      return await runningSwitch(controlSocket);
    } catch (error) {
      const isEnding = error instanceof SwitchError && error.kind === 'lost';
      if (!isEnding || Date.now() > until) throw error;
      await sleep(50);
    }
  }
}

/**
 * Starts the switch in the background and waits until it answers. A running one is left unchanged.
 * Failed if that one has other options than requested, or if the new one ends early (with the last
 * lines of its log) or does not answer until the deadline; then nothing is left running.
 */
export async function startSwitch(plan: LaunchPlan, options: StartOptions = {}): Promise<Started> {
  const running = await runningBefore(plan.controlSocket);
  if (running) {
    await mustBeAsAsked(plan, running);
    return { changed: false, hello: running };
  }
  await switchFolders(plan);
  const log = await openLog(plan.logFile);
  try {
    options.progress?.(`starting ${plan.binary}; its log is ${plan.logFile}`);
    const child = spawnSwitch(plan, log.handle.fd);
    try {
      const started = await firstHello(plan, child, options, () => lastLines(log));
      child.process.unref();
      return started;
    } catch (error) {
      await endChild(child);
      throw error;
    }
  } finally {
    await log.handle.close();
  }
}

/**
 * Runs the switch in the foreground, passes signals on; returns its exit code. `ready` is called when it
 * answers first, and is to end when the switch has; it must not reject. `signal` ends the switch if it is aborted before
 * the start; later signals of the process do.
 */
export async function runInForeground(
  plan: LaunchPlan,
  ready?: (ended: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<number> {
  const running = await runningBefore(plan.controlSocket);
  if (running) {
    throw new Failed({
      thing: plan.controlSocket,
      problem: `a switch is already running there (pid ${running.pid})`,
      remedy: "stop it with 'vmlane switch stop' or choose another control socket",
    });
  }
  await switchFolders(plan);
  const child = spawnSwitch(plan);
  const passed: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const pass = (signal: NodeJS.Signals) => void child.process.kill(signal);
  for (const signal of passed) process.on(signal, pass);
  try {
    // One that came before we listened.
    if (signal?.aborted) child.process.kill('SIGTERM');
    const readied = ready ? whenItAnswers(plan, child, ready) : undefined;
    const how = await child.ended;
    await readied;
    return exitCode(plan, how);
  } finally {
    for (const signal of passed) process.off(signal, pass);
  }
}

async function whenItAnswers(
  plan: LaunchPlan,
  child: Child,
  ready: (ended: AbortSignal) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  void child.ended.then(() => ended.abort());
  while (!ended.signal.aborted) {
    const hello = await runningSwitch(plan.controlSocket, 1000).catch(() => undefined); // asked again
    if (hello?.pid === child.process.pid) return ready(ended.signal);
    await sleep(50);
  }
}

async function firstHello(
  plan: LaunchPlan,
  child: Child,
  options: StartOptions,
  tail: () => Promise<string>,
): Promise<Started> {
  const deadlineMs = options.deadlineMs ?? 30_000;
  const until = Date.now() + deadlineMs;
  let ended: Ended | undefined;
  void child.ended.then((how) => {
    ended = how;
  });
  for (;;) {
    const before = ended;
    const hello = await runningSwitch(plan.controlSocket, 1000).catch(stillStarting);
    if (hello?.pid === child.process.pid && hello) return { changed: true, hello };
    // Two were started at once, and the other one has the socket.
    if (hello && before) {
      await mustBeAsAsked(plan, hello);
      return { changed: false, hello };
    }
    if (before?.error) throw notStarted(plan, before.error);
    if (before) throw gaveUp(plan, `it ended (${how(before)})`, await tail());
    if (options.signal?.aborted) throw gaveUp(plan, 'interrupted', '');
    if (Date.now() > until) {
      throw gaveUp(plan, `no answer within ${deadlineMs / 1000} s`, await tail());
    }
    await sleep(50);
  }
}

// A starting switch may keep a caller waiting or drop it; anything else is a real answer.
function stillStarting(error: unknown): undefined {
  if (error instanceof SwitchError && (error.kind === 'late' || error.kind === 'lost')) return;
  throw error;
}

function how({ code, signal }: Ended): string {
  return signal ? `signal ${signal}` : `exit code ${code}`;
}

function gaveUp(plan: LaunchPlan, problem: string, tail: string): Failed {
  return new Failed({
    thing: 'vhost-switch',
    problem: `did not start: ${problem}${tail && `: ${tail}`}`,
    remedy: `see ${plan.logFile}`,
  });
}
