/** The ISO images that cloud-init reads (NoCloud), made from a guest's spec. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdtemp, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { type Guest, type Seed, type SeedText, seedDisks } from '../spec/index.js';
import { replaceFile } from '../system/files/atomic.js';
import { errorText, Failed, InvalidInput } from '../values/errors.js';

/** Programs that make ISO images; they take the same arguments. */
const MAKERS = ['genisoimage', 'xorrisofs', 'mkisofs'];
/** The application identifier, 128 characters in sector 16. Source: ECMA-119 8.4.20. */
const IDENTIFIER = { at: 16 * 2048 + 574, length: 128 };

const OURS = 'VMLANE SEED ';

/** An image that the guest needs. */
export interface PlannedSeed {
  path: string;
  /** `here`: it exists with this content. */
  state: 'missing' | 'other content' | 'here';
  files: Readonly<Record<string, string>>;
  identifier: string;
}

/**
 * Plans a guest's images; changes nothing.
 * @throws InvalidInput for texts that cannot be read, and for a path that holds something else
 */
export async function planSeeds(guest: Guest): Promise<PlannedSeed[]> {
  return Promise.all(seedDisks(guest).map(({ path, seed }) => planSeed(path, seed, guest.uuid)));
}

/**
 * Makes the images that are missing or have other content, readable for root alone: libvirt gives
 * them to QEMU's user. Returns the undo. @throws Failed if no program on this host makes images
 */
export async function makeSeeds(planned: readonly PlannedSeed[]): Promise<() => Promise<void>> {
  const undoing: (() => Promise<void>)[] = [];
  const undo = async () => {
    for (const step of undoing.splice(0).reverse()) await step();
  };
  try {
    for (const seed of planned) {
      if (seed.state !== 'here') undoing.push(await makeSeed(seed));
    }
    return undo;
  } catch (error) {
    await undo();
    throw error;
  }
}

async function planSeed(path: string, { userData, metaData, networkConfig }: Seed, uuid: string) {
  const files: Record<string, string> = {
    'user-data': await textOf(userData),
    'meta-data': await textOf(metaData),
    ...(networkConfig && { 'network-config': await textOf(networkConfig) }),
  };
  const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  const guests = `${OURS}${uuid.toUpperCase()} `;
  const identifier = guests + digest.toUpperCase();
  const there = await identifierOf(path);
  if (there !== undefined && !there.startsWith(guests)) {
    const made = there.startsWith(OURS);
    const problem = made ? "is another guest's" : 'is there, and is no image that vmlane made';
    const remedy = "move it away, or give the disk's cloudInit another path";
    throw new InvalidInput({ thing: path, problem, remedy });
  }
  const state = there === undefined ? 'missing' : there === identifier ? 'here' : 'other content';
  return { path, state, files, identifier } as const;
}

/** The identifier in a file's image; '' if it is not an image, undefined if there is no file. */
async function identifierOf(path: string): Promise<string | undefined> {
  try {
    // Opening a pipe would block.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) return '';
      const { at, length } = IDENTIFIER;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead).toString('latin1').trimEnd();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
}

async function textOf(text: SeedText): Promise<string> {
  if ('text' in text) return text.text;
  try {
    const found = await stat(text.file);
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > 2 ** 20) throw new Error('longer than 1 MiB');
    return await readFile(text.file, 'utf8');
  } catch (error) {
    throw unreadable(text.file, error);
  }
}

function unreadable(path: string, error: unknown): InvalidInput {
  const problem = `cannot be read: ${errorText(error)}`;
  return new InvalidInput({ thing: path, problem, remedy: 'check the path' }, { cause: error });
}

/** Moves a complete image into place; the undo restores what was there. */
async function makeSeed({ path, files, identifier }: PlannedSeed): Promise<() => Promise<void>> {
  const folder = await temporaryBeside(path);
  try {
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
    }
    const image = join(folder, 'seed.iso');
    const names = Object.keys(files).map((name) => join(folder, name));
    await runMaker(path, [
      ...['-quiet', '-output', image, '-volid', 'cidata', '-appid', identifier],
      ...['-joliet', '-rock', ...names],
    ]);
    // It may hold passwords.
    await chmod(image, 0o600);
    const before = await readIfThere(path);
    await rename(image, path);
    return async () => {
      if (before) replaceFile(path, before, { mode: 0o600 });
      else await rm(path, { force: true });
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A folder on the same file system, so that the image can be moved; for root alone. */
async function temporaryBeside(path: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(path), `.${basename(path)}-`));
  } catch (error) {
    const problem = `cannot be made: ${errorText(error)}`;
    throw new Failed({ thing: path, problem, remedy: 'make its folder, and run as root' });
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function runMaker(path: string, words: readonly string[]): Promise<void> {
  for (const maker of MAKERS) {
    const ran = await execa(maker, words, { stdin: 'ignore', reject: false });
    if (ran.code === 'ENOENT') continue;
    if (ran.exitCode === 0) return;
    const problem = `${maker}: ${ran.stderr.trim().split('\n').at(-1) || ran.shortMessage}`;
    throw new Failed({ thing: path, problem, remedy: 'check the space on its disk' });
  }
  const problem = `cannot be made: none of ${MAKERS.join(', ')} is installed`;
  throw new Failed({ thing: path, problem, remedy: 'apt-get install genisoimage' });
}
