import { setTimeout as sleep } from 'node:timers/promises';
import { programOf } from '../system/processes/table.js';
import { Failed } from '../values/errors.js';
import { SwitchError } from './errors.js';
import { runningSwitch } from './start.js';

/** Options of a stop; users need only the defaults, tests the others. */
export interface StopOptions {
  /** Milliseconds until the switch must have ended; 10,000 by default. */
  deadlineMs?: number;
  /** The file system's root, for /proc. */
  root?: string;
  /** process.kill. */
  kill?: (pid: number, signal: NodeJS.Signals) => void;
}

/**
 * Ends the switch at this socket with SIGTERM, and waits until it has ended. `changed` is false if
 * none was running. Failed if the process is not vhost-switch, may not be signalled, or does not
 * end.
 */
export async function stopSwitch(
  controlSocket: string,
  options: StopOptions = {},
): Promise<{ changed: boolean; pid?: number }> {
  const { deadlineMs = 10_000, root = '/', kill = process.kill.bind(process) } = options;
  const running = await runningSwitch(controlSocket);
  if (!running) return { changed: false };
  const { pid } = running;
  const program = programAt(pid, root);
  if (program !== 'vhost-switch') {
    throw new Failed({
      thing: controlSocket,
      problem: `the switch there says pid ${pid}, which is ${program ?? 'no process here'}`,
      remedy: 'stop it where it runs, such as its container',
    });
  }
  signal(kill, pid);
  const until = Date.now() + deadlineMs;
  // Not signal 0: a zombie not yet reaped by its parent would still accept it.
  while ((await stillThere(controlSocket)) || programAt(pid, root)) {
    if (Date.now() > until) {
      throw new Failed({
        thing: controlSocket,
        problem: `the switch (pid ${pid}) has not ended within ${deadlineMs / 1000} s`,
        remedy: `see its log, or end it with 'kill -9 ${pid}'`,
      });
    }
    await sleep(50);
  }
  return { changed: true, pid };
}

/** @throws Failed if the system does not report it */
function programAt(pid: number, root: string): string | undefined {
  try {
    return programOf(pid, root);
  } catch (cause) {
    throw notAllowed(pid, cause);
  }
}

function signal(kill: Required<StopOptions>['kill'], pid: number) {
  try {
    kill(pid, 'SIGTERM');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ESRCH') throw notAllowed(pid, cause); // ESRCH: it has just ended
  }
}

async function stillThere(controlSocket: string): Promise<boolean> {
  try {
    return (await runningSwitch(controlSocket, 500)) !== undefined;
  } catch (error) {
    // An ending switch may drop a caller or not answer.
    if (error instanceof SwitchError && ['late', 'lost'].includes(error.kind)) return true;
    throw error;
  }
}

function notAllowed(pid: number, cause: unknown): Failed {
  const trouble = {
    thing: `vhost-switch (pid ${pid})`,
    problem: `may not be signalled by this user (${(cause as NodeJS.ErrnoException).code})`,
    remedy: 'run as root or as the user that started it',
  };
  return new Failed(trouble, { cause });
}
