/** Whether QEMU's user can run the wrapper and nobody else can change it. */
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failed, type Trouble } from '../errors.js';

/** What the file system says of one path on the way. */
export interface Step {
  path: string;
  kind: 'folder' | 'file' | 'link';
  uid: number;
  gid: number;
  /** Permissions, with the sticky bit. */
  mode: number;
}

/** Who asks: a step's owner must be root or `uid`. */
export interface Reader {
  uid: number;
  /** QEMU runs as a user of its own. */
  others: boolean;
  /** What somebody could change who can write there, where it is not QEMU: `what libvirtd runs`. */
  runs?: string;
}

const STICKY = 0o1000;
/** As many as the kernel follows. Source: path_resolution(7). */
const LINKS_MAX = 40;

/**
 * Everything on the way to a path, links followed and listed. @throws Failed for what is not there
 */
export function stepsTo(path: string): Step[] {
  const steps: Step[] = [];
  const todo = resolve(path).split('/').filter(Boolean);
  let here = '/';
  steps.push(step(here));
  for (let links = 0; todo.length > 0; ) {
    const next = resolve(here, todo.shift() as string);
    const found = step(next);
    steps.push(found);
    if (found.kind !== 'link') {
      here = next;
      continue;
    }
    if (++links > LINKS_MAX) throw missing(path, 'too many links');
    const target = resolve(dirname(next), readlinkSync(next));
    todo.unshift(...target.split('/').filter(Boolean));
    here = '/';
  }
  return steps.filter(({ path: one }, index) => steps.findIndex((s) => s.path === one) === index);
}

function step(path: string): Step {
  try {
    const found = lstatSync(path);
    const kind = found.isSymbolicLink() ? 'link' : found.isDirectory() ? 'folder' : 'file';
    return { path, kind, uid: found.uid, gid: found.gid, mode: found.mode & 0o7777 };
  } catch (error) {
    throw missing(path, `is not there (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

function missing(path: string, problem: string, cause?: unknown): Failed {
  return new Failed({ thing: path, problem, remedy: "run 'npm run setup' there" }, { cause });
}

/** What is wrong on the way to a file that is to be run, or only read. */
export function accessTroubles(steps: readonly Step[], use: 'run' | 'read', by: Reader): Trouble[] {
  return steps.flatMap((one) => (one.kind === 'link' ? [] : troublesOf(one, use, by)));
}

function troublesOf({ path, kind, uid, gid, mode }: Step, use: 'run' | 'read', by: Reader) {
  const found: Trouble[] = [];
  if (uid !== 0 && uid !== by.uid) {
    const problem = `uid ${uid} owns it and could change ${by.runs ?? "what QEMU's user runs"}`;
    found.push({ thing: path, problem, remedy: `chown root ${path}` });
  }
  // In a sticky folder nobody can replace what belongs to another. Group 0 is root.
  const writable = (mode & 0o002) | (gid === 0 ? 0 : mode & 0o020);
  if (writable !== 0 && !(kind === 'folder' && mode & STICKY)) {
    const problem = `others may write to it and change ${by.runs ?? 'what QEMU runs'}`;
    found.push({ thing: path, problem, remedy: `chmod go-w ${path}` });
  }
  const needed = kind === 'folder' ? 0o1 : use === 'run' ? 0o5 : 0o4;
  if (by.others && (mode & needed) !== needed) {
    const bits = ['', 'x', 'w', 'wx', 'r', 'rx'][needed & ~mode];
    const problem = `QEMU's user may not ${kind === 'folder' ? 'pass' : use} it`;
    found.push({ thing: path, problem, remedy: `chmod o+${bits} ${path}, or move the checkout` });
  }
  return found;
}
