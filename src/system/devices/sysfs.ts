/** Reads and writes of sysfs that may never return: the kernel can block them beyond the reach of signals. */
import { spawn } from 'node:child_process';
import { Failed } from '../../values/errors.js';

/** A value for a file of sysfs. */
export interface Write {
  /** Absolute, the root folder included. */
  path: string;
  value: string;
}

/** Does a write, or throws a WriteError. */
export type Writer = (write: Write) => Promise<void>;

/** A write that the kernel refused or did not answer. */
export class WriteError extends Error {
  constructor(
    readonly write: Write,
    /** The kernel's error, as in strerror; `stuck`: no answer. */
    readonly reason: string,
    /** The process that still waits. */
    readonly pid?: number,
  ) {
    super(`${write.path}: ${reason}`);
    this.name = 'WriteError';
  }
}

/** The kernel's time limit: 82576 and igb need up to 4 s to remove VFs. */
export const DEADLINE_MS = 30_000;

/**
 * A writer with a timeout. Another process does the write: the kernel may block it beyond the reach
 * of signals (vfio_unregister_group_dev), and a blocked process cannot report. It is then left
 * behind, and ends when the kernel returns.
 */
export function sysfsWriter(deadlineMs = DEADLINE_MS): Writer {
  return async (write) => {
    // conv=nocreat: a missing file must not be created in a copy of a file tree.
    const words = [`of=${write.path}`, 'conv=nocreat', 'status=none'];
    const { status, err, pid } = await patiently('dd', words, `${write.value}\n`, deadlineMs);
    if (status === 'stuck') throw new WriteError(write, 'stuck', pid);
    if (status !== 0)
      throw new WriteError(write, err.trim().split(': ').at(-1) || `status ${status}`);
  };
}

/** Time limit for a file that the kernel answers at once, unless a write is stuck. */
const READ_MS = 5_000;

/** Text of a file whose reads wait for writes to its device. @throws Failed */
export async function readGuarded(path: string, deadlineMs = READ_MS): Promise<string> {
  const { status, out, err } = await patiently('cat', [path], '', deadlineMs);
  if (status === 0) return out;
  if (status === 'stuck') {
    const problem = 'the kernel does not answer: another change of this device is stuck';
    const remedy = "end the process that holds the device ('vmlane sriov list')";
    throw new Failed({ thing: path, problem, remedy });
  }
  const problem = `cannot be read: ${err.trim().split(': ').at(-1)}`;
  throw new Failed({ thing: path, problem, remedy: 'is this sysfs? see --root' });
}

interface Ran {
  status: number | 'stuck';
  out: string;
  err: string;
  pid: number | undefined;
}

/** Runs a program of coreutils and leaves it behind after a timeout. @throws Failed if it is not installed */
function patiently(
  program: string,
  words: string[],
  input: string,
  deadlineMs: number,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    // Detached: Ctrl-C must reach only us.
    const child = spawn(program, words, {
      stdio: 'pipe',
      env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      detached: true,
    });
    const said = { out: '', err: '' };
    // A character may come in two pieces.
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err += text;
    });
    const timer = setTimeout(() => {
      child.removeAllListeners();
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      resolve({ ...said, status: 'stuck', pid: child.pid });
    }, deadlineMs);
    child.once('error', (cause) => {
      clearTimeout(timer);
      const trouble = { thing: program, problem: 'cannot be run', remedy: 'install coreutils' };
      reject(new Failed(trouble, { cause }));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (signal) said.err ||= `ended by ${signal}`;
      resolve({ ...said, status: code ?? 1, pid: child.pid });
    });
    // It may end before it reads its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
