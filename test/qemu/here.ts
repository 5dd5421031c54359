import { execFileSync } from 'node:child_process';
import type { Version } from '../../src/qemu/index.js';
import { atLeast, parseVersion } from '../../src/qemu/version.js';

/** The version of the QEMU that tests start. */
export const HERE = parseVersion(
  execFileSync('qemu-system-x86_64', ['--version'], { encoding: 'utf8' }),
) as Version;

export function isHere(since: Version): boolean {
  return atLeast(HERE, since);
}

/** What QEMU calls a socket that it dialled; before 10.0 it does not tell the path. */
export function dialled(path: string): string {
  return `unix:${isHere([10, 0]) ? path : ''}`;
}
