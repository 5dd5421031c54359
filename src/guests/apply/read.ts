import { realpath, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { completeDomain, type DomainOptions, openDomain } from '../../domain/index.js';
import { fileTrouble, readInput } from '../../system/input.js';
import { filesIn } from '../../system/spec-files.js';
import { InvalidInput } from '../../values/errors.js';
import type { Tell } from '../remove-ports.js';
import { readSpec, seedsOf, xmlOf } from '../spec.js';
import { checkSet } from './check.js';
import type { Wanted } from './wanted.js';

export type { Wanted } from './wanted.js';

/** Options for making domains from specs. */
export interface ReadOptions extends DomainOptions {
  /** libvirt's URI, which decides the host of VFs and images; absent: this host. */
  uri?: string;
  /** Called with what an old libvirt lacks. */
  tell?: Tell;
}

/** Files that describe guests. */
export interface FileSet {
  /** In the order of file names. */
  wanted: Wanted[];
  /** Name of the folder given, or of the file's folder. */
  name: string;
  /** URL of that folder, with this host's name. */
  folder: string;
  /** A folder was given, not a file. */
  whole: boolean;
}

/**
 * Reads a spec or domain XML file, or all files in a folder except hidden ones and subfolders. Rejects
 * with InvalidInput for a path that is neither, and with InvalidSet for files that are wrong.
 */
export async function readSet(path: string, options: ReadOptions = {}): Promise<FileSet> {
  const { real, whole } = await kindOf(path);
  const files = whole ? await filesIn(path) : [path];
  const wanted: Wanted[] = [];
  const troubles: InvalidInput[] = [];
  for (const file of files) {
    try {
      wanted.push(await readWanted(file, options));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      troubles.push(error);
    }
  }
  troubles.push(...checkSet(wanted));
  refuse(troubles);
  const folder = whole ? real : dirname(real);
  const { pathname } = pathToFileURL(folder);
  const url = `file://${encodeURIComponent(hostname())}${pathname}`;
  return { wanted, whole, name: basename(folder), folder: url };
}

async function kindOf(path: string): Promise<{ real: string; whole: boolean }> {
  try {
    // For a NUL in the path Node throws a TypeError.
    const real = await realpath(path);
    return { real, whole: (await stat(real)).isDirectory() };
  } catch (cause) {
    throw fileTrouble(path, cause as NodeJS.ErrnoException);
  }
}

async function readWanted(file: string, options: ReadOptions): Promise<Wanted> {
  await mustBeFile(file);
  const text = await readInput(file, { stdin: async () => Buffer.alloc(0) });
  try {
    const read = /^\s*</.test(text)
      ? { xml: text, seeds: [] }
      : await fromSpec(text, file, options);
    const { xml, ...made } = read;
    const domain = openDomain(xml);
    // Refuse here what define or start would refuse.
    domain.portRequests();
    const completed = completeDomain(domain);
    const { name, uuid } = domain;
    return {
      ...{ file, name: checkName(name), domain, completed, ...made },
      ...(uuid && { uuid: checkUuid(uuid) }),
    };
  } catch (error) {
    throw error instanceof InvalidInput ? named(file, error) : error;
  }
}

async function fromSpec(text: string, file: string, { uri = '', tell, ...options }: ReadOptions) {
  const guest = await readSpec(text, file, { uri });
  const xml = await xmlOf(guest, options, tell ?? (() => {}));
  return { guest, xml, seeds: await seedsOf(guest, uri) };
}

/** Reading a pipe would block. */
async function mustBeFile(file: string): Promise<void> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(file);
  } catch (cause) {
    throw fileTrouble(file, cause as NodeJS.ErrnoException);
  }
  if (found.isFile()) return;
  const problem = found.isDirectory() ? 'it is a folder' : 'it is no regular file';
  throw new InvalidInput({ thing: file, problem, remedy: 'rename it, or move it elsewhere' });
}

/** libvirt's own checks (virDomainDefParseXML, virDomainDefPostParseCheckFeatures), which would fail half-way. */
function checkName(name: string): string {
  if (name.trim() !== '' && !/[/\n]/.test(name)) return name;
  const problem = `the name ${JSON.stringify(name)} is blank, or holds a slash or a line end`;
  throw new InvalidInput({ thing: 'domain XML', problem, remedy: 'give it another <name>' });
}

/** libvirt takes hyphens and blanks anywhere (virUUIDParse). */
function checkUuid(given: string): string {
  const digits = given.replace(/[\s-]/g, '');
  if (/^[0-9a-f]{32}$/.test(digits)) return digits;
  const problem = `${JSON.stringify(given)} is no UUID`;
  throw new InvalidInput({ thing: 'domain XML', problem, remedy: 'correct or remove <uuid>' });
}

/** Files are wrong, or conflict with libvirt's domains; one error for each. Nothing was changed. */
export class InvalidSet extends InvalidInput {
  readonly troubles: readonly InvalidInput[];

  constructor(first: InvalidInput, troubles: readonly InvalidInput[]) {
    super(first.trouble, { cause: first });
    this.troubles = troubles;
  }
}

/** Throws the errors, if there are any. */
export function refuse(troubles: readonly InvalidInput[]): void {
  const [first] = troubles;
  if (first) throw new InvalidSet(first, troubles);
}

/** The same error with the file's name. */
export function named(file: string, error: InvalidInput): InvalidInput {
  const { thing, problem, remedy } = error.trouble;
  if (thing.startsWith(file)) return error;
  const whole = thing === 'domain XML' ? file : `${file}: ${thing}`;
  return new InvalidInput({ thing: whole, problem, remedy }, { cause: error });
}
