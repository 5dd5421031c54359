import { isUtf8 } from 'node:buffer';
import { readFileSync, writeFileSync } from 'node:fs';
import { InvalidInput, VmlaneError } from '../errors.js';
import { prepare } from './plan.js';
import { renderPlan } from './records.js';
import { guestOf, loadSettings } from './settings/index.js';

/**
 * Node's half of wrapper/qemu-wrap: prints the records of records.ts, or one
 * line on stderr and sets exit status 1 or 2. `words`: the path that the wrapper was called by, then
 * its arguments.
 */
export async function run([wrapper = '', ...argv]: readonly string[]): Promise<void> {
  try {
    refuseDamaged(argv);
    const settings = await loadSettings(process.env, guestOf(argv), wrapper);
    writeFileSync(1, renderPlan(await prepare(argv, settings, wrapper)));
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    process.stderr.write(`qemu-wrap: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

/** Node has replaced bytes that are not UTF-8; QEMU must not get a path that nobody wrote. */
function refuseDamaged(argv: readonly string[]): void {
  if (!argv.some((word) => word.includes('\ufffd'))) return;
  if (isUtf8(readFileSync('/proc/self/cmdline'))) return;
  throw new InvalidInput({
    thing: argv.find((word) => word.includes('\ufffd')) ?? '',
    problem: 'the argument is not valid UTF-8',
    remedy: 'rename what it names',
  });
}
