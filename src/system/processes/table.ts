/** /proc/PID: what can be seen of a process; undefined or empty where it has ended, or is closed to us. */
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type Look, lookAt, type Root } from '../look/index.js';

/** Numbers of all processes, as text. */
export function processIds(look: Look): string[] {
  return look.names('/proc').filter((name) => /^\d+$/.test(name));
}

/** The name that the kernel has of it, cut to 15 bytes. */
export function nameOf(look: Look, pid: string): string {
  return (look.text(`/proc/${pid}/comm`) ?? '').trim();
}

/** Its argument vector, the program among it. */
export function argumentsOf(look: Look, pid: string): string[] {
  return (look.text(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1);
}

/** Where its descriptors lead. */
export function descriptorsOf(look: Look, pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  return look.names(folder).flatMap((fd) => look.target(`${folder}/${fd}`) ?? []);
}

/** Whether it sees the same processes as we: those of a container are not this host's. */
export function isOfOurs(look: Look, pid: string): boolean {
  return namespaceOf(look, pid, 'pid') === namespaceOf(look, 'self', 'pid');
}

/** What tells namespaces apart: `net:[4026531840]`. Source: namespaces(7). */
export function namespaceOf(look: Look, pid: string, kind: 'pid' | 'net'): string | undefined {
  return look.target(`/proc/${pid}/ns/${kind}`);
}

/** Base name of the program that a process runs; undefined: there is no such process. @throws the system's error where it is not told */
export function programOf(pid: number, root: Root = '/'): string | undefined {
  const look = lookAt(root);
  try {
    const exe = readlinkSync(`${look.place('/proc')}/${pid}/exe`);
    // So the kernel marks a program whose file was replaced, as every new build does.
    return basename(exe).replace(/ \(deleted\)$/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
