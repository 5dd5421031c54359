/** The bearer token of those who may look from elsewhere. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { InvalidInput } from '../values/errors.js';

const MOST_BYTES = 4096;
const FEWEST_CHARACTERS = 16;
const OTHERS = 0o007;
const GROUP_WRITES = 0o020;

/** Reads the token, a line of its file. @throws InvalidInput for a file that others could read, or without a token */
export async function readToken(file: string): Promise<string> {
  const refuse = (problem: string, remedy: string, cause?: unknown) =>
    new InvalidInput({ thing: `--token-file ${file}`, problem, remedy }, { cause });
  const make = `make one: (umask 077; openssl rand -hex 32 > ${file})`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    // Of the open file: that of its name may be another one by now.
    const stat = await handle.stat();
    if (!stat.isFile()) throw refuse('is not a regular file', make);
    if (stat.mode & OTHERS) throw refuse('others may read or write it', `chmod o= ${file}`);
    if (stat.mode & GROUP_WRITES) throw refuse('its group may write it', `chmod g-w ${file}`);
    if (stat.size > MOST_BYTES) throw refuse(`is longer than ${MOST_BYTES} bytes`, make);
    const token = (await handle.readFile('latin1')).replace(/\r?\n$/, '');
    if (!/^[\x21-\x7e]+$/.test(token)) throw refuse('is not one line without blanks', make);
    if (token.length < FEWEST_CHARACTERS)
      throw refuse(`its token has fewer than ${FEWEST_CHARACTERS} characters`, make);
    return token;
  } catch (error) {
    if (error instanceof InvalidInput) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`, make, error);
  } finally {
    await handle?.close();
  }
}

/** Whether the header has the token; takes as long whatever it has. */
export function isAuthorized(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
