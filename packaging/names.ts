/** Names of Debian's packages, and what of them depends on the release. */
import { readFileSync } from 'node:fs';

/** The names that setup/packages has for a package of ours and `depends`, `recommends` or `suggests`. */
export function dependencies(list: string, name: string, kind: string): string[] {
  const rows = list.split('\n').map((line) => line.split(/\s+/));
  return rows.flatMap(([group, one]) => (group === `${name}:${kind}` && one ? [one] : []));
}

/** Debian's release that packages are built on, and so for; testing has none yet. */
export function release(osRelease = readFileSync('/etc/os-release', 'utf8')): string {
  return /^VERSION_ID="?(\d+)/m.exec(osRelease)?.[1] ?? 'testing';
}

/** Whether Debian's Node.js is too old there: 12 has 18, 13 has 20.19. */
export function hasOwnNode(of = release()): boolean {
  return Number(of) < 13;
}
