import { type ChildProcess, spawn } from 'node:child_process';
import { constants as flags } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { accountId } from '../system/accounts/table.js';
import { lookAt } from '../system/look/index.js';
import { Failed, InvalidInput } from '../values/errors.js';
import { shellWords } from '../values/shell.js';
import {
  GUEST_FOLDER,
  GUEST_FOLDER_MODE,
  RUN_FOLDER,
  RUN_FOLDER_MODE,
} from '../values/socket-path.js';
import type { LaunchPlan } from './launch.js';
import { filesBeside } from './paths.js';
import { makeToken } from './vf-token.js';

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

/** The arguments of a switch in the background: it has its log's path, to open it anew. */
export function backgroundArguments({ args, logFile }: LaunchPlan): string[] {
  return args.includes('--log-file') ? args : [...args, '--log-file', logFile];
}

/** Starts the program; its output goes to `log`, its log file's descriptor, or to ours. */
export function spawnSwitch(plan: LaunchPlan, log?: number): Child {
  const args = log === undefined ? plan.args : backgroundArguments(plan);
  const process = spawn(plan.binary, args, {
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
 * Sees to it that the switch has its folders: that of the control socket, and beside that its own, into
 * which only this user may look. The usual ones are made; any other folder for the socket must be
 * there: a mistyped path must not leave folders behind. Guests' usual folder becomes the switch's user's.
 * @throws InvalidInput, Failed
 */
export async function switchFolders({
  controlSocket,
  user,
  vfToken,
}: Pick<LaunchPlan, 'controlSocket' | 'user' | 'vfToken'>): Promise<void> {
  const folder = dirname(controlSocket);
  // Undefined for an unknown account, which is the switch's to refuse.
  const uid = user === undefined ? process.geteuid?.() : accountId(lookAt('/'), 'user', user);
  if (folder === RUN_FOLDER) {
    await made(RUN_FOLDER, RUN_FOLDER_MODE);
    // For QEMU as root; 'vmlane host setup' gives it to QEMU's group.
    await made(GUEST_FOLDER, GUEST_FOLDER_MODE);
  } else {
    await mustBeFolder(folder);
  }
  const { folder: own } = filesBeside(controlSocket);
  await made(own, 0o700);
  await mustBeOurs(own, uid);
  if (vfToken?.ours) await makeToken(vfToken.file);
  if (folder === RUN_FOLDER) await giveGuests(uid);
}

/**
 * Makes the guests' folder that of the switch's user, who makes each guest's in there, and those that the switch
 * made as another user, such as root before the host had that account; groups stay. Meanwhile the outer one is
 * root's, so that nobody can replace the inner ones. Who is not root has nothing to give.
 */
async function giveGuests(uid: number | undefined): Promise<void> {
  if (uid === undefined || process.geteuid?.() !== 0) return;
  const { uid: former } = await lstat(GUEST_FOLDER);
  if (former === uid) return;
  await give(GUEST_FOLDER, former, 0);
  for (const entry of await readdir(GUEST_FOLDER, { withFileTypes: true })) {
    if (entry.isDirectory()) await give(join(GUEST_FOLDER, entry.name), former, uid);
  }
  await give(GUEST_FOLDER, 0, uid);
}

/**
 * Opened first: what is given is a folder, even if others may still write to the one above, as they could before
 * 'host setup'.
 */
async function give(folder: string, former: number, uid: number): Promise<void> {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = flags;
  const handle = await open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    const trouble = { thing: folder, problem: `is no folder (${code})`, remedy: 'remove it' };
    throw new Failed(trouble, { cause });
  });
  try {
    const found = await handle.stat();
    if (found.uid === former) await handle.chown(uid, found.gid);
  } finally {
    await handle.close();
  }
}

/** Whatever the umask. One that is there keeps its mode. */
async function made(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
    await chmod(folder, mode);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
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
  const remedy = `make it, such as with: install -d -m 755 ${shellWords([folder])}`;
  throw new InvalidInput({ thing: folder, problem, remedy });
}

/** The switch believes what is in it; it becomes its user's. @throws Failed */
async function mustBeOurs(folder: string, uid: number | undefined): Promise<void> {
  const found = await lstat(folder);
  const owned = found.uid === process.geteuid?.() || found.uid === uid;
  const is = found.isDirectory() && owned && !(found.mode & 0o077);
  if (is) return;
  throw new Failed({
    thing: folder,
    problem: `this is where the switch keeps its ports, and others may look into it or made it`,
    remedy: 'move it away, or choose another control socket',
  });
}
