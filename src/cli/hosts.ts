/** What commands with `--host` have in common. Loaded only where it is given. */
import type { HostFailed } from '../inventory/answer.js';
import { type Answer, askHosts } from '../inventory/ask.js';
import { hostDeadlineMs } from '../inventory/deadline.js';
import { sshHosts } from '../values/ssh-hosts.js';
import { type Io, say } from './io.js';
import type { JsonObject } from './output.js';
import { report } from './report.js';

/** Asks all of them; at a terminal it says after two seconds for whom it waits. @throws InvalidInput */
export function askAll<T>(
  given: string,
  words: readonly string[],
  parse: (answer: unknown) => T,
  io: Io,
): Promise<Answer<T>[]> {
  const waiting = (hosts: readonly string[]) => say(io, waitingText(hosts));
  return askHosts(sshHosts(given, '--host'), words, parse, {
    deadlineMs: hostDeadlineMs(io.env),
    ...(io.outIsTerminal && { waiting }),
  });
}

const MOST_NAMES = 8;

/** For whom we wait, on one line. */
export function waitingText(hosts: readonly string[]): string {
  const more = hosts.length > MOST_NAMES ? ` and ${hosts.length - MOST_NAMES} more` : '';
  return `no answer yet from ${hosts.slice(0, MOST_NAMES).join(', ')}${more}`;
}

/** A line on standard error for each host that has failed. Returns the exit code. */
export function reportHosts(
  failed: readonly HostFailed[],
  asJson: boolean | undefined,
  io: Io,
): number {
  return failed.length === 0 ? 0 : report(asOne(failed), asJson === true, io);
}

/** Several errors as one that can be thrown. */
export function asOne(failed: readonly HostFailed[]): Error {
  const [first] = failed;
  return first && failed.length === 1 ? first : new AggregateError(failed);
}

/** Those of the answers that are none. */
export function failedOf(answers: readonly Answer<unknown>[]): HostFailed[] {
  return answers.flatMap(({ failed }) => failed ?? []);
}

/** The error of a host as JSON. */
export function hostErrorJson({ host, trouble }: HostFailed): JsonObject {
  const { thing, problem, remedy } = trouble;
  return { host, error: { thing, problem, remedy } };
}
