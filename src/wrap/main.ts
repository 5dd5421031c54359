/**
 * Node's half of wrapper/qemu-wrap: `node main.js WRAPPER ARG…` prints the vector to run, every
 * word followed by NUL, or one line on stderr and exits with 1 or 2. WRAPPER is the name that the
 * wrapper was called by. Runs at every guest start, so it loads little.
 */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { InvalidInput, VmlaneError } from '../errors.js';
import { prepare } from './plan.js';
import { guestOf, loadSettings } from './settings/index.js';

try {
  const [program, ...argv] = process.argv.slice(2);
  refuseDamaged(argv);
  const settings = await loadSettings(process.env, guestOf(argv), program);
  const vector = await prepare(argv, settings);
  process.stdout.write(vector.map((word) => `${word}\0`).join(''));
} catch (error) {
  if (!(error instanceof VmlaneError)) throw error;
  process.stderr.write(`qemu-wrap: ${error.message}\n`);
  process.exitCode = error.exitCode;
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
