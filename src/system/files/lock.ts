import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failed } from '../../values/errors.js';
import { attempt, refused } from '../look/index.js';
import { runApart } from '../processes/apart.js';

/** Work that only one process at a time may do. */
export interface Turn {
  /** Identifies the work, such as a path. */
  key: string;
  /** The thing worked on, for messages. */
  thing: string;
  /** What another holder does, for messages. */
  others: string;
  /** How long to wait for another holder [default: not at all]. */
  waitSeconds?: number;
}

/** Root's locks: nobody else can hold one, or keep root from making one. */
export const ROOTS_LOCKS = '/run/vmlane-lock';
/** Time between two attempts of who waits. */
const LOOK_MS = 200;

/** Runs with the lock on the host whose files are below this root. @throws Failed if somebody else has it */
export function locked<T>(root: string, act: () => Promise<T>, waitSeconds = 0): Promise<T> {
  const thing = root === '/' ? 'this host' : root;
  const others = 'another vmlane is changing it';
  return inTurn({ key: `files ${root}`, thing, others, waitSeconds }, act);
}

/**
 * Runs with the lock on this work: flock(2) on a file in a folder of this user alone. The kernel drops it when
 * the process ends, however that may be.
 * @throws Failed if somebody else has it, naming the holder
 */
export async function inTurn<T>(turn: Turn, act: () => Promise<T>): Promise<T> {
  const { path, file } = await take(turn);
  try {
    return await act();
  } finally {
    // While it is locked: whoever waits for this file sees that it is gone, and takes a new one.
    if (isAt(path, file)) rmSync(path, { force: true });
    closeSync(file);
  }
}

async function take({ key, thing, others, waitSeconds = 0 }: Turn) {
  const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const path = join(ownFolder(thing), name);
  const end = Date.now() + waitSeconds * 1000;
  for (;;) {
    const file = opened(path, thing);
    let mine = false;
    try {
      const free = await flock(file);
      if (!free && Date.now() >= end) throw busy(file, thing, others);
      mine = free && isAt(path, file);
      if (mine) writePid(file);
      else if (!free) await sleep(LOOK_MS);
    } finally {
      if (!mine) closeSync(file);
    }
    if (mine) return { path, file };
  }
}

/** The folder of this user's locks. @throws Failed if others could make or remove files in it */
function ownFolder(thing: string): string {
  const uid = process.geteuid?.() ?? 0;
  const runtime = process.env.XDG_RUNTIME_DIR;
  const own = runtime ? join(runtime, 'vmlane-lock') : join(tmpdir(), `vmlane-lock-${uid}`);
  const folder = uid === 0 ? ROOTS_LOCKS : own;
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw refused(thing, 'locked', cause);
  }
  const found = attempt(() => lstatSync(folder));
  if (found?.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) return folder;
  const problem = `others can write to the folder of locks ${folder}`;
  const remedy =
    uid === 0 ? 'remove it' : "set XDG_RUNTIME_DIR to a folder that is this user's alone";
  throw new Failed({ thing, problem, remedy });
}

function opened(path: string, thing: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  try {
    // Node adds O_CLOEXEC: a program that outlives us does not keep the lock.
    return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (cause) {
    throw refused(thing, 'locked', cause);
  }
}

/**
 * Takes the lock; false: somebody else has it. Node has no flock(2), so a program takes it on our open file,
 * which keeps the lock until we close it. @throws Failed
 */
async function flock(file: number): Promise<boolean> {
  // Busybox has no -w.
  const ran = await runApart('flock', ['-n', '0'], { stdin: file });
  if (ran.exitCode === 0) return true;
  if (ran.exitCode === 1) return false;
  const problem = ran.stderr.trim() || ran.shortMessage || 'it failed';
  throw new Failed({ thing: 'flock', problem, remedy: 'install util-linux' });
}

function busy(file: number, thing: string, others: string): Failed {
  const pid = holderOf(file);
  const problem = `${others}${pid === undefined ? '' : `, pid ${pid}`}`;
  return new Failed({ thing, problem, remedy: 'wait until it is done' });
}

/** Whether this open file is still the one with that name. */
function isAt(path: string, file: number): boolean {
  const [named, open] = [attempt(() => lstatSync(path)), fstatSync(file)];
  return named?.ino === open.ino && named.dev === open.dev;
}

function writePid(file: number): void {
  ftruncateSync(file);
  writeSync(file, String(process.pid), 0);
}

/** The holder's pid; undefined: it has not written it yet, or has just ended. */
function holderOf(file: number): number | undefined {
  const text = readFileSync(file, 'utf8');
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const pid = Number(text);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return pid;
}
