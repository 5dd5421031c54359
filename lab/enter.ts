/**
 * enter -- CMD…: runs CMD in a private world (lab/world) and returns its exit code.
 *
 * Signals are passed on to CMD; when this process dies in any way, so does the world.
 */
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { execa } from 'execa';
import { packageRoot } from '../src/switch/paths.js';
import { Failed, InvalidInput, VmlaneError } from '../src/values/errors.js';
import { reserve } from './huge-pages.js';
import { patience } from './slow.js';

/** Enough for the switch; the lab's guests use ordinary memory. */
const PAGES = 64;
/** Time limit for CMD to end after a signal. */
const GRACE_MS = 30_000;
const NAMESPACES = ['--mount', '--pid', '--net', '--fork', '--kill-child=KILL'];
const world = `${packageRoot()}/lab/world`;

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

async function enter(command: string[]): Promise<number> {
  await checkNamespaces();
  const pages = await reserve(PAGES);
  try {
    return await runInside(command, pages.free, pages.shortage);
  } finally {
    await pages.release();
  }
}

/** A container often lacks the right, and unshare's own message has no remedy. */
async function checkNamespaces(): Promise<void> {
  const { exitCode, stderr } = await execa('unshare', [...NAMESPACES, 'true'], { reject: false });
  if (exitCode === 0) return;
  throw new Failed({
    thing: 'private world',
    problem: `the kernel refuses namespaces (${stderr.trim() || 'unshare cannot be run'})`,
    remedy: 'run as root, in a container with --privileged, or in a virtual machine',
  });
}

async function runInside(command: string[], pages: number, shortage: string): Promise<number> {
  const env = { VMLANE_LAB_PAGES: String(pages), VMLANE_LAB_PAGES_SHORTAGE: shortage };
  const unshare = [...NAMESPACES, '--mount-proc', 'bash', world, ...command];
  // setpriv: a world must not outlive this process, even if that is killed with -9.
  const child = execa('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...unshare], {
    stdio: 'inherit',
    env,
    reject: false,
    cleanup: false,
  });
  let wanted: Signal | undefined;
  let grace: NodeJS.Timeout | undefined;
  const relay = (signal: Signal): void => {
    wanted = signal;
    grace ??= setTimeout(() => child.kill('SIGKILL'), patience(GRACE_MS));
    void passOn(child.pid, signal).then((passed) => passed || child.kill('SIGKILL'));
  };
  const signals: Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, relay);
  const result = await child;
  clearTimeout(grace);
  for (const signal of signals) process.off(signal, relay);
  if (result.exitCode !== undefined) return result.exitCode;
  // Killed by us because of a signal, or by somebody else.
  return 128 + constants.signals[wanted ?? result.signal ?? 'SIGKILL'];
}

/**
 * Sends a signal to the world's init, which passes it to CMD. unshare itself ignores signals while
 * it waits. False if there is no init yet: nothing was started, so nothing needs time to end.
 */
async function passOn(unshare: number | undefined, signal: Signal): Promise<boolean> {
  const children = await readFile(`/proc/${unshare}/task/${unshare}/children`, 'utf8').catch(
    () => '',
  );
  const init = Number.parseInt(children, 10);
  const name = await readFile(`/proc/${init}/comm`, 'utf8').catch(() => '');
  if (name.trim() !== 'tini') return false;
  process.kill(init, signal);
  return true;
}

async function main(): Promise<void> {
  const [dashes, ...command] = process.argv.slice(2);
  try {
    if (dashes !== '--' || command.length === 0) {
      throw new InvalidInput({
        thing: 'enter',
        problem: 'no command given',
        remedy: 'write: enter -- COMMAND ARGUMENT…',
      });
    }
    process.exitCode = await enter(command);
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    process.stderr.write(`lab: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

await main();
