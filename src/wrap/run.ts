import { writeFileSync } from 'node:fs';
import { guestOf, loadSettings } from '../host/wrap/settings/index.js';
import { areArgumentsText } from '../system/processes/own.js';
import { errorText, InvalidInput, VmlaneError } from '../values/errors.js';
import { appendLog, type LogEntry } from './log.js';
import { prepare } from './plan.js';
import { renderPlan } from './records.js';
import { emulatorVersion } from './version.js';

/**
 * Node's half of wrapper/qemu-wrap: prints the records of records.ts, or prints one line on stderr and
 * sets exit code 1 or 2. Takes the descriptor of QEMU's answer to --version, the path by which the wrapper was
 * called, then its arguments.
 */
export async function run([answer = '', wrapper = '', ...argv]: readonly string[]): Promise<void> {
  try {
    refuseDamaged(argv);
    const settings = await loadSettings(process.env, guestOf(argv), wrapper);
    const log = logger(settings.log, {
      pid: process.ppid,
      wrapper,
      before: argv.map(withoutToken),
    });
    const called = { wrapper, version: () => emulatorVersion(Number(answer)) };
    const plan = await prepare(argv, settings, called).catch((error: unknown) => {
      log({ refused: errorText(error) });
      throw error;
    });
    log({ after: plan.vector.map(withoutToken) });
    writeFileSync(1, renderPlan(plan));
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    tell(error);
    process.exitCode = error.exitCode;
  }
}

/** Writes to the log if there is one. If that fails, reports it and starts the guest anyway. */
function logger(path: string | undefined, entry: LogEntry): (more: Partial<LogEntry>) => void {
  return (more) => {
    if (path === undefined) return;
    try {
      appendLog(path, { ...entry, ...more });
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      tell(error);
    }
  };
}

function tell(error: VmlaneError): void {
  process.stderr.write(`qemu-wrap: ${error.message}\n`);
}

/** A VF's token is nobody's business; QEMU's own arguments cannot do without it. */
function withoutToken(word: string): string {
  return word.replace(/(vf-token"?\s*[=:]\s*"?)[0-9a-f-]{36}/gi, '$1UUID');
}

/** Refuses arguments in which Node has replaced bytes that are not UTF-8: QEMU would get another path. */
function refuseDamaged(argv: readonly string[]): void {
  if (!argv.some((word) => word.includes('\ufffd'))) return;
  if (areArgumentsText()) return;
  throw new InvalidInput({
    thing: argv.find((word) => word.includes('\ufffd')) ?? '',
    problem: 'the argument is not valid UTF-8',
    remedy: 'rename what it names',
  });
}
