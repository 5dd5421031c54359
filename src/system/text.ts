import { readdirSync, readFileSync } from 'node:fs';

/**
 * What looking at the host gives; undefined where it cannot be read: a process may end while we look,
 * and what is not there tells as much.
 */
export function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** Text of a file of the host; undefined where it cannot be read. */
export function readText(path: string): string | undefined {
  return attempt(() => readFileSync(path, 'utf8'));
}

/** Names in a folder of the host, in order; none where it cannot be read. */
export function namesIn(folder: string): string[] {
  return attempt(() => readdirSync(folder).sort()) ?? [];
}
