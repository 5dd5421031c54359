import { InvalidInput } from '../values/errors.js';
import type { Host } from './host.js';

/**
 * A step in the very process that becomes QEMU, before it does. `open`: the file becomes descriptor
 * `fd`. `enable`: `1` is written to the file. `adopt`: the file contains the number of a descriptor,
 * which becomes `fd`. Paths are absolute.
 */
export type Step =
  | { do: 'open'; path: string; fd: number }
  | { do: 'enable'; path: string }
  | { do: 'adopt'; path: string; fd: number };

/** Lower numbers are those that the kernel and libvirt assign. */
const FIRST = 100;
/** bash's own descriptor for its script. */
const OF_BASH = 255;

/** Assigns free descriptor numbers, ascending. */
export function freeDescriptors({ descriptors }: Host): () => number {
  let next = FIRST;
  return () => {
    while (next === OF_BASH || descriptors?.has(next)) next++;
    return next++;
  };
}

/** Fills `{name}` in a path pattern. @throws InvalidInput for a value that would leave the folder */
export function fill(pattern: string, values: Readonly<Record<string, string | number>>): string {
  return pattern.replace(/\{([a-z]+)\}/g, (mention, name: string) => {
    const value = values[name];
    if (value === undefined) return mention;
    const text = String(value);
    if (text !== '' && text !== '.' && text !== '..' && !text.includes('/')) return text;
    throw new InvalidInput({
      thing: pattern,
      problem: `${mention} would be ${JSON.stringify(text)}, which is no part of a path`,
      remedy: 'give the guest a plain name and its netdevs plain ids',
    });
  });
}
