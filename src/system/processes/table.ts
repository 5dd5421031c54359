/** /proc/PID: facts of a process; undefined or empty if it has ended, or access is denied. */
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type Look, lookAt, type Root } from '../look/index.js';

/** Numbers of all processes, as text. */
export function processIds(look: Look): string[] {
  return look.names('/proc').filter((name) => /^\d+$/.test(name));
}

/** Its name in the kernel, cut to 15 bytes. */
export function nameOf(look: Look, pid: string): string {
  return (look.text(`/proc/${pid}/comm`) ?? '').trim();
}

/** Its argument vector, including the program. */
export function argumentsOf(look: Look, pid: string): string[] {
  return (look.text(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1);
}

/** Its effective user. Not the owner of /proc/PID, which is root for who has become another user. Source: proc(5). */
export function userOf(look: Look, pid: string): number | undefined {
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(look.text(`/proc/${pid}/status`) ?? '')?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** Targets of its descriptors. */
export function descriptorsOf(look: Look, pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  return look.names(folder).flatMap((fd) => look.target(`${folder}/${fd}`) ?? []);
}

/** Whether it is in our PID namespace: processes of a container are not this host's. */
export function isOfOurs(look: Look, pid: string): boolean {
  return namespaceOf(look, pid, 'pid') === namespaceOf(look, 'self', 'pid');
}

/** Identifier of a namespace: `net:[4026531840]`. Source: namespaces(7). */
export function namespaceOf(look: Look, pid: string, kind: 'pid' | 'net'): string | undefined {
  return look.target(`/proc/${pid}/ns/${kind}`);
}

/** Base name of a process's program; undefined: no such process. @throws the system's error if it is unknown */
export function programOf(pid: number, root: Root = '/'): string | undefined {
  const look = lookAt(root);
  try {
    const exe = readlinkSync(`${look.place('/proc')}/${pid}/exe`);
    // The kernel marks a program with a replaced file like this, as after every new build.
    return basename(exe).replace(/ \(deleted\)$/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
