import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Failed } from '../values/errors.js';

const TAIL_LINES = 4;
const TAIL_BYTES = 16_384;

/** A log opened for appending, and the start of this run's part. */
export interface Log {
  handle: FileHandle;
  start: number;
}

/** Opens the log for appending, mode 0600. Throws Failed. */
export async function openLog(path: string): Promise<Log> {
  // A group may write to the folder: a link there must not make root write elsewhere.
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  try {
    const handle = await open(path, flags, 0o600);
    return { handle, start: (await handle.stat()).size };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const trouble = {
      thing: path,
      problem: `the log cannot be opened (${code})`,
      remedy: 'run as root or choose another control socket',
    };
    throw new Failed(trouble, { cause });
  }
}

/** The last relevant lines written by this run, joined by ` | `; empty if there are none. */
export async function lastLines({ handle, start }: Log): Promise<string> {
  const { size } = await handle.stat();
  const from = Math.max(start, size - TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(
    Buffer.alloc(TAIL_BYTES),
    0,
    Math.max(0, size - from),
    from,
  );
  const lines = buffer
    .toString('utf8', 0, bytesRead)
    .split('\n')
    .filter((line) => line.trim())
    .map(message);
  // The error is a line `EAL: …`; a page of DPDK's usage may follow it.
  const described = lines.filter((line) => /^(?!Usage)\S+: /.test(line));
  return (described.length > 0 ? described : lines)
    .slice(-TAIL_LINES)
    .map((line) => line.trim())
    .join(' | ');
}

/** A line without its time and level (native/base/log_out.h); early ones have none. */
function message(line: string): string {
  if (!line.startsWith('{')) return line.replace(/^\d{4}-\d\d-\S+Z \w+ /, '');
  try {
    return String((JSON.parse(line) as { message?: unknown }).message);
  } catch {
    return line; // cut off
  }
}
