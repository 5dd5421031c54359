/**
 * The VF token (Linux 5.7): a UUID that who opens a PF by vfio-pci gives, and then everybody who opens a VF of it.
 * It stays the same over restarts of the switch, as guests hold VFs meanwhile; a start of the host makes a new one.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Host, VfToken } from '../qemu/host.js';
import { tokenPf } from '../system/devices/vfs.js';
import { replaceFile } from '../system/files/atomic.js';
import { Failed } from '../values/errors.js';
import { pciAddressesIn } from '../values/pci.js';
import { isUuid } from '../values/uuid.js';
import { filesBeside } from './beside.js';
import { addressesIn } from './place.js';

/** The file with the token of a switch with these devices; `ours`: it is made if it is not there. */
export function planToken(
  given: string | undefined,
  controlSocket: string,
  devices: readonly string[],
  root: string,
): { file: string; ours: boolean } | undefined {
  if (given !== undefined) return { file: given, ours: false };
  const needed = addressesIn(devices).some((address) => tokenPf(address, root) !== undefined);
  return needed ? { file: filesBeside(controlSocket).vfToken, ours: true } : undefined;
}

/** Makes the file unless it is there, with a token of the system's random numbers. @throws Failed */
export async function makeToken(file: string): Promise<void> {
  if ((await readToken(file)) !== undefined) return;
  try {
    replaceFile(file, `${randomUUID()}\n`, { mode: 0o600 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const problem = `the VF token cannot be written (${code})`;
    throw new Failed({ thing: file, problem, remedy: 'run this as root' }, { cause });
  }
}

/**
 * The token in a file that root or this user has made and nobody else may read; undefined: there is none. Messages
 * never have what is in it. @throws Failed
 */
export async function readToken(file: string): Promise<string | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let handle: FileHandle;
  try {
    handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw bad(file, `the VF token cannot be read (${code})`, cause);
  }
  try {
    const found = await handle.stat();
    const { uid, mode } = found;
    const own = found.isFile() && (uid === 0 || uid === process.geteuid?.());
    if (!own || mode & 0o077) throw bad(file, 'others may read this VF token, or have made it');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    const text = buffer.toString('latin1', 0, bytesRead).trim();
    if (!isUuid(text)) throw bad(file, 'it has no UUID, and should have a VF token');
    return text;
  } finally {
    await handle.close();
  }
}

/** The rewriting's facts of VFs named in QEMU's arguments; `shown` stands for their token. */
export async function readTokens(
  argv: readonly string[],
  configs: ReadonlyMap<string, string>,
  controlSocket: string,
  { root = '/', shown }: { root?: string; shown?: string } = {},
): Promise<Pick<Host, 'tokens'>> {
  const text = [...argv, ...configs.values()].join(' ');
  if (!/vfio-pci|pci-assign/.test(text)) return {};
  const file = filesBeside(controlSocket).vfToken;
  const tokens = new Map<string, VfToken>();
  for (const address of pciAddressesIn(text)) {
    const pf = tokenPf(address, root);
    if (pf !== undefined && pf !== address) tokens.set(address, { pf, file });
  }
  const token = tokens.size === 0 ? undefined : await tokenForUs(file);
  if (token === undefined) return { tokens };
  const known = [...tokens].map(([vf, one]) => [vf, { ...one, token: shown ?? token }] as const);
  return { tokens: new Map(known) };
}

/** Undefined: there is none, or it is not for this user, such as QEMU's. @throws Failed */
async function tokenForUs(file: string): Promise<string | undefined> {
  try {
    return await readToken(file);
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    if (cause?.code === 'EACCES') return undefined;
    throw error;
  }
}

function bad(thing: string, problem: string, cause?: unknown): Failed {
  const remedy = 'remove it, and end the guests that hold VFs: the next start makes another';
  return new Failed({ thing, problem, remedy }, { cause });
}
