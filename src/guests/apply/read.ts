import { readdir, realpath, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { completeDomain, openDomain } from '../../domain/index.js';
import type { Guest } from '../../spec/index.js';
import { fileTrouble, readInput } from '../../system/input.js';
import { InvalidInput } from '../../values/errors.js';
import { checkSet } from './check.js';
import type { Wanted } from './wanted.js';

export type { Wanted } from './wanted.js';

/** Makes a guest of a spec's text, and domain XML of it; `file` is how messages call it. */
export type ReadSpec = (text: string, file: string) => Promise<{ guest: Guest; xml: string }>;

export interface FileSet {
  /** In the order of the files' names. */
  wanted: Wanted[];
  /** One for each thing that is wrong; then nothing may be done. */
  troubles: InvalidInput[];
  /** Name of the folder, or of the folder that the file is in. */
  name: string;
  /** URL of that folder, with this host's name. */
  folder: string;
  /** A whole folder was named, not a file. */
  whole: boolean;
}

const ENDINGS = /\.(ya?ml|json|xml)$/i;

/**
 * Reads a spec or domain XML file, or all in a folder, subfolders and hidden files aside. Rejects
 * with InvalidInput for a path that leads to neither; what is wrong with files is in `troubles`.
 */
export async function readSet(path: string, readSpec: ReadSpec): Promise<FileSet> {
  const { real, whole } = await kindOf(path);
  const files = whole ? await filesIn(path, real) : [path];
  const wanted: Wanted[] = [];
  const troubles: InvalidInput[] = [];
  for (const file of files) {
    try {
      wanted.push(await readWanted(file, readSpec));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      troubles.push(error);
    }
  }
  troubles.push(...checkSet(wanted));
  const folder = whole ? real : dirname(real);
  const { pathname } = pathToFileURL(folder);
  const url = `file://${encodeURIComponent(hostname())}${pathname}`;
  return { wanted, troubles, whole, name: basename(folder), folder: url };
}

async function kindOf(path: string): Promise<{ real: string; whole: boolean }> {
  if (path === '-') {
    const remedy = "name a file or a folder; 'vmlane domain define -' takes one domain";
    throw new InvalidInput({ thing: '--file -', problem: 'is standard input', remedy });
  }
  try {
    // A NUL is a TypeError of Node's.
    const real = await realpath(path);
    return { real, whole: (await stat(real)).isDirectory() };
  } catch (cause) {
    throw fileTrouble(path, cause as NodeJS.ErrnoException);
  }
}

async function filesIn(path: string, real: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(real);
  } catch (cause) {
    throw fileTrouble(path, cause as NodeJS.ErrnoException);
  }
  const files = names.filter((name) => ENDINGS.test(name) && !name.startsWith('.')).sort();
  // Never "no guest is wanted": the folder may merely not be mounted.
  if (files.length === 0) {
    const problem = 'holds no file named *.yaml, *.yml, *.json or *.xml';
    const remedy = 'name the folder of the specs and domain XML files';
    throw new InvalidInput({ thing: path, problem, remedy });
  }
  return files.map((name) => join(path, name));
}

async function readWanted(file: string, readSpec: ReadSpec): Promise<Wanted> {
  await mustBeFile(file);
  const text = await readInput(file, { stdin: async () => Buffer.alloc(0) });
  try {
    const read = /^\s*</.test(text) ? { xml: text } : await readSpec(text, file);
    const domain = openDomain(read.xml);
    // What defining or starting would refuse is refused here.
    domain.portRequests();
    const completed = completeDomain(domain);
    const { name, uuid } = domain;
    return {
      ...{ file, name: checkName(name), domain, completed },
      ...('guest' in read && { guest: read.guest }),
      ...(uuid && { uuid: checkUuid(uuid) }),
    };
  } catch (error) {
    throw error instanceof InvalidInput ? named(file, error) : error;
  }
}

/** A pipe would be waited for. */
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

/** As libvirt does (virDomainDefParseXML, virDomainDefPostParseCheckFeatures), which would say so half-way. */
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

/** The same trouble, told of the file. */
export function named(file: string, error: InvalidInput): InvalidInput {
  const { thing, problem, remedy } = error.trouble;
  if (thing.startsWith(file)) return error;
  const whole = thing === 'domain XML' ? file : `${file}: ${thing}`;
  return new InvalidInput({ thing: whole, problem, remedy }, { cause: error });
}
