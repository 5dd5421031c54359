import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { Failed } from '../values/errors.js';

/** Bytes after which a log is renamed to FILE.1, which replaces an older one. */
export const LOG_MAX = 1024 * 1024;

/** One start: the arguments given, and those run instead, or why nothing was run. */
export interface LogEntry {
  /** The process, which is the wrapper now and will be QEMU. */
  pid: number;
  wrapper: string;
  before: readonly string[];
  after?: readonly string[];
  refused?: string;
}

/**
 * Appends an entry as one line of JSON, `time` first. Only the owner can read the file (0600), since
 * arguments may hold secrets. Links and special files are refused. @throws Failed
 */
export function appendLog(path: string, entry: LogEntry, now = new Date()): void {
  const line = `${JSON.stringify({ time: now.toISOString(), ...entry })}\n`;
  try {
    append(path, Buffer.byteLength(line) > LOG_MAX ? tooLong(entry, now) : line);
  } catch (error) {
    const problem = `the log cannot be written (${(error as NodeJS.ErrnoException).code ?? error})`;
    const remedy = `let uid ${process.getuid?.()} write a file there, or unset log`;
    throw new Failed({ thing: path, problem, remedy }, { cause: error });
  }
}

function append(path: string, line: string): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  // Without O_NONBLOCK, a pipe that nobody reads would block the guest's start.
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  const file = openSync(path, flags, 0o600);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw Object.assign(new Error(), { code: 'no file' });
    if (found.size > 0 && found.size + Buffer.byteLength(line) > LOG_MAX) {
      renameSync(path, `${path}.1`);
      append(path, line);
      return;
    }
    if ((found.mode & 0o777) !== 0o600) fchmodSync(file, 0o600);
    writeSync(file, line);
  } finally {
    closeSync(file);
  }
}

/** An entry without arguments, which can take two megabytes: it says only that there were too many. */
function tooLong({ pid, wrapper, before }: LogEntry, now: Date): string {
  const omitted = `${before.length} arguments are too long for this log`;
  return `${JSON.stringify({ time: now.toISOString(), pid, wrapper, omitted })}\n`;
}
