import { readFileSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { InvalidInput } from '../values/errors.js';
import { attempt } from './look/index.js';

/** Standard input, up to `limit` bytes and one more, to detect an excess. */
export interface Stdin {
  stdin(limit: number): Promise<Buffer>;
}

/** Limit on the bytes of a user's file. */
export const MAX_INPUT = 1024 * 1024;

/**
 * Text of the file, or of standard input for `-`. InvalidInput when it is missing, a folder,
 * unreadable, longer than 1 MiB or not UTF-8. A byte order mark is removed unless requested.
 */
export async function readInput(
  file: string,
  io: Stdin,
  { mark = 'dropped' }: { mark?: 'dropped' | 'kept' } = {},
): Promise<string> {
  const bytes = file === '-' ? await io.stdin(MAX_INPUT) : await readFile(file);
  const thing = nameOf(file);
  if (bytes.length > MAX_INPUT) {
    throw new InvalidInput({
      thing,
      problem: 'longer than 1 MiB',
      remedy: 'name a spec or domain XML file',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: mark === 'kept' }).decode(bytes);
  } catch (cause) {
    const trouble = { thing, problem: 'not UTF-8 text', remedy: 'save it as UTF-8' };
    throw new InvalidInput(trouble, { cause });
  }
}

/** The file's name in messages. */
export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

async function readFile(file: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    return await readUpTo(handle, MAX_INPUT + 1);
  } catch (cause) {
    throw fileTrouble(file, cause as NodeJS.ErrnoException);
  } finally {
    await handle?.close();
  }
}

// Not readFile: a device or a pipe has no size to check first.
async function readUpTo(handle: FileHandle, limit: number): Promise<Buffer> {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  while (length < limit) {
    const { bytesRead } = await handle.read(buffer, length, limit - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** InvalidInput for a user's file that the operating system refuses. */
export function fileTrouble(file: string, cause: NodeJS.ErrnoException): InvalidInput {
  const described: Record<string, [string, string]> = {
    ENOENT: ['no such file or folder', 'check the name'],
    ENOTDIR: ['a part of the path is not a folder', 'check the path'],
    EISDIR: ['it is a folder', 'name a file'],
    EACCES: ['permission denied', 'change its permissions or run as its owner'],
    ENAMETOOLONG: ['the name is too long', 'check the name'],
  };
  const [problem, remedy] = described[cause.code ?? ''] ?? [cause.message, 'name another file'];
  return new InvalidInput({ thing: file || 'file name', problem, remedy }, { cause });
}

/** Text of a regular file of at most 1 MiB; undefined for anything else, such as pipes and unreadable files. */
export function readRegular(path: string): string | undefined {
  return attempt(() => {
    const found = statSync(path);
    const fits = found.isFile() && found.size <= MAX_INPUT;
    return fits ? readFileSync(path, 'utf8') : undefined;
  });
}
