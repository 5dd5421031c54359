import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { DEFAULT_CONTROL_SOCKET } from '../contract/bounds.js';
import { Failed, InvalidInput } from '../values/errors.js';
import { shellWords } from '../values/shell.js';
import type { LaunchPlan } from './launch.js';

/** The end of a switch that we started; `error`: it never ran. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  error?: Error;
}

/** A switch that we started, and the promise of its end, which never rejects. */
export interface Child {
  process: ChildProcess;
  ended: Promise<Ended>;
}

/** Starts the program; its output goes to `log`, a file descriptor, or to ours. */
export function spawnSwitch(plan: LaunchPlan, log?: number): Child {
  const process = spawn(plan.binary, plan.args, {
    cwd: '/',
    detached: log !== undefined,
    stdio: log === undefined ? 'inherit' : ['ignore', log, log],
  });
  const ended = new Promise<Ended>((resolve) => {
    process.once('error', (error) => resolve({ code: null, signal: null, error }));
    process.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return { process, ended };
}

/** Ends the child: SIGTERM, and SIGKILL after two seconds. Resolves when it has ended. */
export async function endChild(child: Child): Promise<void> {
  child.process.kill('SIGTERM');
  const harder = setTimeout(() => child.process.kill('SIGKILL'), 2000);
  await child.ended;
  clearTimeout(harder);
}

/** Exit code as in a shell: 128 plus the signal's number if a signal ended it. */
export function exitCode(plan: LaunchPlan, { code, signal, error }: Ended): number {
  if (error) throw notStarted(plan, error);
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}

/** The error for a program that the operating system refused to run. */
export function notStarted(plan: LaunchPlan, cause: Error): Failed {
  const trouble = {
    thing: plan.binary,
    problem: `could not be started (${cause.message})`,
    remedy: 'check that it is a program for this machine',
  };
  return new Failed(trouble, { cause });
}

/**
 * Ensures that the control socket's folder exists. The default one is created, root's, to be
 * passed by the switch's user and by QEMU's: what is in it is closed to others by its own mode. Any
 * other must exist: a mistyped path must not leave folders behind.
 * @throws InvalidInput, Failed
 */
export async function socketFolder(controlSocket: string): Promise<void> {
  const folder = dirname(controlSocket);
  if (folder !== dirname(DEFAULT_CONTROL_SOCKET)) return mustBeFolder(folder);
  try {
    const made = await mkdir(folder, { recursive: true });
    // The umask would reduce mkdir's own mode.
    if (made !== undefined) await chmod(folder, 0o755);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const trouble = {
      thing: folder,
      problem: `cannot be made (${code})`,
      remedy: 'run as root or choose another control socket',
    };
    throw new Failed(trouble, { cause });
  }
}

async function mustBeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (!(found instanceof Error) && found.isDirectory()) return;
  const why = found instanceof Error ? found.code : 'ENOTDIR';
  const problem =
    why === 'ENOENT' ? 'there is no such folder for the control socket' : `no folder (${why})`;
  const remedy = `make it, such as with: install -d -m 770 ${shellWords([folder])}`;
  throw new InvalidInput({ thing: folder, problem, remedy });
}
