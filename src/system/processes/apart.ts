/** Programs that Ctrl-C does not reach: what they have begun is done, and can be taken back. */
import { execa } from 'execa';

/**
 * For how long one is started again. On a busy machine a new process waits for its first turn longer than an impatient
 * user between two signals: 27 starts were seen.
 */
const TRIES_MS = 60_000;
/** What a terminal, or who ends a service, sends to all of a group. */
const TO_GROUPS: readonly (string | undefined)[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** As execa's options of the same names; `stdin` is a descriptor. */
export interface ApartOptions {
  env?: Record<string, string>;
  stdin?: 'ignore' | number;
  timeout?: number;
}

/** As execa's result; `exitCode` is undefined if it did not run, or not to its end. */
export interface RanApart {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  shortMessage: string;
  timedOut: boolean;
  /** Such as ENOENT. */
  code: string | undefined;
}

/**
 * Runs a program in a session of its own. Never rejects. A signal to our process group that comes between its fork and
 * its setsid ends it before it has begun: then it is run again.
 */
export async function runApart(
  program: string,
  words: readonly string[],
  { stdin = 'ignore', env = {}, timeout = 0 }: ApartOptions = {},
): Promise<RanApart> {
  for (const end = Date.now() + TRIES_MS; ; ) {
    const ran = await execa(program, words, {
      env,
      // execa's types end at 9.
      stdin: stdin as 'ignore' | 9,
      timeout,
      reject: false,
      detached: true,
    });
    if (TO_GROUPS.includes(ran.signal) && !ran.timedOut && Date.now() < end) continue;
    const { exitCode, stdout = '', stderr = '', shortMessage = '', timedOut, code } = ran;
    return { exitCode, stdout, stderr, shortMessage, timedOut, code };
  }
}
