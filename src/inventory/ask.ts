/** Asks many hosts the same, each by its own vmlane over ssh; keeps nothing and runs nothing in between. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { NoSsh, runThere, type Said } from '../system/ssh/run.js';
import type { NamedHost } from '../values/ssh-hosts.js';
import { type HostFailed, hostFailed, refused } from './answer.js';

/** So many connections are made at once. */
export const AT_ONCE = 16;
/** A thousand ports are not half of it. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Somebody who waits longer is told for whom. */
const PATIENCE_MS = 2000;

/** What one host says, or why it says nothing. */
export type Answer<T> =
  | { host: string; value: T; failed?: never }
  | { host: string; failed: HostFailed };

/** How they are asked. */
export interface AskOptions {
  deadlineMs: number;
  /** Hears once, after two seconds, which hosts have not answered yet. */
  waiting?: ((hosts: readonly string[]) => void) | undefined;
}

/** `parse` makes a value of a host's JSON, or throws WrongShape. In the order given. Rejects with NoSsh. */
export async function askHosts<T>(
  hosts: readonly NamedHost[],
  words: readonly string[],
  parse: (answer: unknown) => T,
  { deadlineMs, waiting }: AskOptions,
): Promise<Answer<T>[]> {
  const answers = new Map<string, Answer<T>>();
  const left = [...hosts];
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const one = async () => {
    for (let host = left.shift(); host && !abort.signal.aborted; host = left.shift()) {
      const { name } = host;
      try {
        const options = { deadlineMs, mostBytes: MOST_BYTES, signal: abort.signal };
        const said = await runThere(host.there, words, options);
        answers.set(name, { host: name, value: parse(jsonOf(host, said)) });
      } catch (error) {
        if (error instanceof NoSsh) throw error;
        answers.set(name, { host: name, failed: hostFailed(host, error) });
      }
    }
  };
  const all = Promise.all(Array.from({ length: AT_ONCE }, one));
  const told = sleep(PATIENCE_MS, undefined, { signal: abort.signal }).then(
    () => waiting?.(hosts.map(({ name }) => name).filter((name) => !answers.has(name))),
    () => undefined,
  );
  try {
    await all;
  } finally {
    abort.abort();
    await told;
  }
  return hosts.flatMap(({ name }) => answers.get(name) ?? []);
}

/** A command may print its answer and fail all the same, as doctor does. */
function jsonOf(host: NamedHost, { status, stdout, stderr }: Said): unknown {
  if (status !== 0 && stdout.trim() === '') throw refused(host, status, stderr);
  return JSON.parse(stdout);
}
