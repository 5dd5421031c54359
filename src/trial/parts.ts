/** Contents of what the guests are made of. */
import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { readRelease } from '../system/os/release.js';
import { DISTRIBUTIONS } from '../values/distributions.js';
import { errorText, InvalidInput } from '../values/errors.js';
import type { Parts } from './image.js';
import { isStatic } from './static.js';

const run = promisify(execFile);

/** Where distributions have a busybox, or one beside a busybox with libraries. */
const BUSYBOXES = [
  '/bin/busybox',
  '/usr/bin/busybox',
  '/bin/busybox-static',
  '/usr/bin/busybox-static',
];

/** How this host gets a program. */
export function installs(): { installQemu: string; installBusybox: string } {
  return (readRelease().known ?? DISTRIBUTIONS.debian).remedies;
}

/** A busybox that needs no libraries, which the guests have not. @throws InvalidInput if there is none */
export function findBusybox(given?: string, candidates: readonly string[] = BUSYBOXES): string {
  const named = given === undefined ? candidates : [given];
  const there = named.filter((path) => isProgram(path));
  const found = there.find((path) => isStatic(readFileSync(path)));
  if (found !== undefined) return found;
  const [dynamic] = there;
  const problem =
    dynamic === undefined
      ? 'is not installed; the guests of the demo are made of it'
      : 'needs libraries, and the guests of the demo have none';
  const remedy = `install it: ${installs().installBusybox}`;
  throw new InvalidInput({ thing: dynamic ?? given ?? 'a static busybox', problem, remedy });
}

/** Reads them. @throws InvalidInput if a module cannot be read */
export async function readParts(busybox: string, modules: readonly string[]): Promise<Parts> {
  const read = modules.map(async (path) => {
    const name = basename(path).replace(/\.ko\.\w+$/, '.ko');
    return { name, content: await readModule(path, busybox) };
  });
  return { busybox: readFileSync(busybox), modules: await Promise.all(read) };
}

/** Decompressed: the guests' insmod reads no other. */
async function readModule(path: string, busybox: string): Promise<Buffer> {
  try {
    const content = await decompressed(path, busybox);
    // busybox passes on what is not compressed.
    if (content.subarray(0, 4).toString('latin1') !== '\x7fELF') throw new Error('no ELF file');
    return content;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const lacking = code === 'ENOENT' && path.endsWith('.zst');
    const problem = lacking
      ? 'is compressed, and zstd is not installed'
      : `cannot be read (${errorText(cause)})`;
    const remedy = lacking ? 'install zstd' : 'name another kernel with --kernel and --modules';
    throw new InvalidInput({ thing: path, problem, remedy }, { cause });
  }
}

async function decompressed(path: string, busybox: string): Promise<Buffer> {
  if (path.endsWith('.gz')) return gunzipSync(readFileSync(path));
  if (path.endsWith('.xz')) return output(busybox, ['xzcat', path]);
  if (path.endsWith('.zst')) return output('zstd', ['-dcq', path]);
  return readFileSync(path);
}

async function output(program: string, words: string[]): Promise<Buffer> {
  const { stdout } = await run(program, words, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false; // absent, or not ours to run: not this one
  }
}
