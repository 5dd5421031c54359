/** Files of captures: one, or a ring of several, which this user makes with the user's own rights. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { extname } from 'node:path';
import { Failed, InvalidInput } from '../values/errors.js';
import type { CaptureSink } from './capture.js';
import { type Block, INTERFACE, SECTION } from './capture-blocks.js';

/** Where to, and how much. */
export interface FileOptions {
  path: string;
  /** Bytes of a file; without `files` the capture then ends. */
  size?: number | undefined;
  /** So many files, PATH with .1 to .N before its extension; the oldest one is written anew. */
  files?: number | undefined;
  /** Replaces regular files that are there. */
  force?: boolean | undefined;
}

/** Bytes of sections and interfaces: of ports that come and go for years. */
const HEAD_MOST = 16 << 20;

function tooManyInterfaces(): Failed {
  const remedy = 'see what runs there: vmlane switch info';
  const problem = 'says that it has more ports than a switch can have';
  return new Failed({ thing: 'the switch', problem, remedy });
}

/** Makes the first file, and sees that the others may be made. @throws InvalidInput, Failed */
export async function captureToFiles(options: FileOptions): Promise<CaptureSink> {
  const paths = pathsOf(options);
  const there = await Promise.all(paths.map((path) => mustBeFree(path, options.force)));
  return new Files(options.size ?? Infinity, paths, there, await newFile(paths[0] ?? '', there[0]));
}

/** The files of a ring; the one file without. */
function pathsOf({ path, files }: FileOptions): string[] {
  if (files === undefined) return [path];
  const ending = extname(path);
  const stem = path.slice(0, path.length - ending.length);
  return Array.from({ length: files }, (_, i) => `${stem}.${i + 1}${ending}`);
}

class Files implements CaptureSink {
  readonly #size: number;
  readonly #paths: string[];
  readonly #there: boolean[];
  /** What each file begins with. */
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #handle: FileHandle;
  #at = 0;
  #written = 0;
  #waiting: Buffer[] = [];
  readonly names: string[];

  constructor(size: number, paths: string[], there: boolean[], handle: FileHandle) {
    this.#size = size;
    this.#paths = paths;
    this.#there = there;
    this.#handle = handle;
    this.names = paths.slice(0, 1);
  }

  async put({ type, bytes }: Block): Promise<boolean> {
    const begins = type === SECTION || type === INTERFACE;
    if (this.#written + bytes.length > this.#size) {
      // A ring whose files hold nothing but what they begin with would turn for ever.
      if (this.#paths.length === 1 || this.#headBytes + bytes.length > this.#size) return false;
      await this.#next();
    }
    if (begins) this.#keep(bytes);
    this.#waiting.push(bytes);
    this.#written += bytes.length;
    return true;
  }

  /** A switch may say what it likes: so much is kept, of which a port takes less than 200. */
  #keep(bytes: Buffer): void {
    this.#headBytes += bytes.length;
    if (this.#headBytes > HEAD_MOST) throw tooManyInterfaces();
    // The rest of what it was read with need not be kept with it.
    this.#head.push(Buffer.from(bytes));
  }

  async flush(): Promise<boolean> {
    const bytes = this.#waiting;
    this.#waiting = [];
    if (bytes.length === 0) return true;
    try {
      await this.#handle.appendFile(Buffer.concat(bytes));
    } catch (cause) {
      throw notWritten(this.#paths[this.#at] ?? '', cause);
    }
    return true;
  }

  async end(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#handle.close();
    }
  }

  async #next(): Promise<void> {
    await this.flush();
    await this.#handle.close();
    this.#at = (this.#at + 1) % this.#paths.length;
    const path = this.#paths[this.#at] ?? '';
    this.#handle = await newFile(path, this.#there[this.#at] || this.names.includes(path));
    if (!this.names.includes(path)) this.names.push(path);
    this.#waiting = [...this.#head];
    this.#written = this.#headBytes;
  }
}

/** Whether a file is to be replaced. @throws InvalidInput for what must not be */
async function mustBeFree(path: string, force: boolean | undefined): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined);
  if (!there || (force && there.isFile())) return there !== undefined;
  throw new InvalidInput({
    thing: path,
    problem: there.isFile() ? 'is there already' : 'is there already, and no regular file',
    remedy: there.isFile() ? 'name another, or replace it with --force' : 'name another',
  });
}

/** A new file, mode 0600, or the one that is there, emptied. */
async function newFile(path: string, replaces = false): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC, O_NONBLOCK } = constants;
  const how = replaces ? O_TRUNC | O_NONBLOCK : O_CREAT | O_EXCL;
  try {
    return await open(path, O_WRONLY | O_NOFOLLOW | how, 0o600);
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

function notWritten(path: string, cause: unknown): Failed {
  const { code } = cause as NodeJS.ErrnoException;
  const remedy = code === 'ENOSPC' ? 'free some, or limit it with --file-size' : 'name another';
  return new Failed({ thing: path, problem: `cannot be written (${code})`, remedy }, { cause });
}
