/** What a vmlane of another host has said. It may be of another version, or not be vmlane at all: nothing is believed. */
import { checked, count, object, perhaps, text } from '../contract/check.js';
import { WrongShape } from '../contract/wrong-shape.js';
import { hostName } from '../system/ssh/run.js';
import { errorText, Failed, type Trouble } from '../values/errors.js';
import { oneLine } from '../values/plain.js';
import type { NamedHost } from '../values/ssh-hosts.js';

/** A host of several has not told what it was asked. */
export class HostFailed extends Failed {
  /** Its name, as the user wrote it. */
  readonly host: string;
  /** Of what its own vmlane complains, if it does, and with which exit code. */
  readonly said: { thing: string; exitCode: number | undefined } | undefined;

  constructor(host: string, trouble: Trouble, said?: HostFailed['said']) {
    super(trouble);
    this.host = host;
    this.said = said;
  }
}

const MOST_TEXT = 500;

/** Words from there for a message. */
function short(words: string): string {
  const line = oneLine(words);
  return line.length > MOST_TEXT ? `${line.slice(0, MOST_TEXT - 3)}...` : line;
}

/** Any error with a host, under the name that the user gave it. Bugs of ours are thrown. */
export function hostFailed({ name, there }: NamedHost, error: unknown): HostFailed {
  if (error instanceof HostFailed) return error;
  if (error instanceof WrongShape || error instanceof SyntaxError) {
    const problem = short(`its vmlane does not say what this one understands: ${errorText(error)}`);
    return new HostFailed(name, { thing: name, problem, remedy: 'upgrade vmlane there, or here' });
  }
  if (!(error instanceof Failed)) throw error;
  const { thing, problem, remedy } = error.trouble;
  return new HostFailed(name, {
    thing: thing === hostName(there) ? name : short(`${name}: ${thing}`),
    problem: short(problem),
    remedy: short(remedy),
  });
}

/** What `--json` prints on standard error. */
const refusalCheck = object({
  error: object({ thing: text, problem: text, remedy: text, exit_code: perhaps(count) }),
});

/** A vmlane there that has printed no answer: its own error, as it says it on standard error. */
export function refused(host: NamedHost, status: number | null, stderr: string): HostFailed {
  const { name } = host;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  try {
    const { error } = checked(refusalCheck, JSON.parse(said), 'error');
    const trouble = {
      thing: short(`${name}: ${error.thing}`),
      problem: short(error.problem),
      remedy: short(error.remedy),
    };
    return new HostFailed(name, trouble, { thing: error.thing, exitCode: error.exit_code });
  } catch {
    // Whatever it is, it is no error of a vmlane that knows --json.
    const why = short(said) || 'it says nothing';
    const ended = status === null ? 'was ended by a signal' : `ended with status ${status}`;
    const problem = `its vmlane ${ended}: ${why}`;
    return new HostFailed(name, { thing: name, problem, remedy: 'see what it says there' });
  }
}
