/** What a domain adds to QEMU's command line and environment, past libvirt: `<qemu:commandline>`. */
import { isShared, memoryObjects } from '../../qemu/memory/memory.js';
import { ownVhostUser } from '../../qemu/nics/own.js';
import { type Argument, parseArguments } from '../../qemu/syntax/arguments.js';
import { InvalidInput } from '../../values/errors.js';
import { attribute, type Tree } from '../../xml/element.js';
import { named } from './metadata.js';
import { QEMU } from './override.js';

/** `<commandline>` elements of QEMU's namespace, whatever the prefix. */
function commandlines<T extends Tree<T>>(domain: T): T[] {
  return named(domain, 'commandline', QEMU, [domain]);
}

function inside<T extends Tree<T>>(domain: T, name: string): T[] {
  return commandlines(domain).flatMap((one) => named(one, name, QEMU, [one, domain]));
}

/** The arguments, in their order. */
export function wordsOf<T extends Tree<T>>(domain: T): string[] {
  return inside(domain, 'arg').map((one) => attribute(one, 'value') ?? '');
}

/** The variables for the emulator. */
export function variablesOf<T extends Tree<T>>(domain: T): Record<string, string> {
  return Object.fromEntries(
    inside(domain, 'env').map((one) => [
      attribute(one, 'name') ?? '',
      attribute(one, 'value') ?? '',
    ]),
  );
}

/** Memory that these arguments give the guest, where that is; `trouble`: why a switch cannot map all of it. */
export interface GivenMemory<T> {
  at: T;
  trouble?: string;
}

/** Undefined: libvirt alone gives the guest its memory. */
export function givenMemory<T extends Tree<T>>(domain: T): GivenMemory<T> | undefined {
  const [at] = commandlines(domain);
  if (!at) return undefined;
  const list = argumentsOf(domain);
  if (typeof list === 'string') return { at, trouble: list };
  // It is private, and QEMU has no option to share it.
  const path = list.find(({ option }) => option === 'mem-path');
  if (path) return { at, trouble: `${path.args.join(' ')} gives private memory` };
  const objects = memoryObjects(list);
  if (objects.length === 0) return undefined;
  const own = objects.find((one) => !isShared(one));
  return own ? { at, trouble: `${own.args.join(' ')} is not shared` } : { at };
}

/** The element with vhost-user NICs of its own among the arguments; undefined: there are none. */
export function givenVhostUser<T extends Tree<T>>(domain: T): T | undefined {
  const list = argumentsOf(domain);
  const [at] = commandlines(domain);
  return typeof list !== 'string' && ownVhostUser(list).length > 0 ? at : undefined;
}

/** A text: they cannot be read, and QEMU will not start with them. */
function argumentsOf<T extends Tree<T>>(domain: T): Argument[] | string {
  try {
    return parseArguments(wordsOf(domain));
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return error.message;
  }
}
