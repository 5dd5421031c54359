/** Checks that QEMU's user can run the wrapper, and that nobody else can change it. */

import { rebuilt } from '../../switch/paths.js';
import { walk } from '../../system/accounts/walk.js';
import type { PathPart } from '../../values/access.js';
import { Failed, type Trouble } from '../../values/errors.js';

export type { PathPart } from '../../values/access.js';

/** Whom the check is for: the owner of each part must be root or `uid`. */
export interface Reader {
  uid: number;
  /** QEMU runs as its own user. */
  others: boolean;
  /** What a writer there could change, unless that is QEMU: `what libvirtd runs`. */
  runs?: string;
}

const STICKY = 0o1000;
/**
 * All parts of a path, with links followed and listed. @throws Failed for a missing part
 */
export function partsOf(path: string): PathPart[] {
  const { parts, missing } = walk(path);
  if (!missing) return parts;
  const { path: thing, code } = missing;
  const problem = code === 'ELOOP' ? 'too many links' : `is not there (${code})`;
  throw new Failed({ thing, problem, remedy: rebuilt() });
}

/** What is wrong with the access to a file that must be run, or only read. */
export function accessTroubles(
  parts: readonly PathPart[],
  use: 'run' | 'read',
  by: Reader,
): Trouble[] {
  return parts.flatMap((one) => (one.kind === 'link' ? [] : troublesOf(one, use, by)));
}

function troublesOf({ path, kind, uid, gid, mode }: PathPart, use: 'run' | 'read', by: Reader) {
  const found: Trouble[] = [];
  if (uid !== 0 && uid !== by.uid) {
    const problem = `uid ${uid} owns it and could change ${by.runs ?? "what QEMU's user runs"}`;
    found.push({ thing: path, problem, remedy: `chown root ${path}` });
  }
  // In a sticky folder nobody can replace files of others. Group 0 is root.
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
