import { InvalidInput } from '../values/errors.js';
import type { Host } from './host.js';

/**
 * What has to be done in the very process that becomes QEMU, before it does. `open`: the file
 * becomes descriptor `fd`. `enable`: `1` is written to the file. `adopt`: the descriptor whose
 * number the file tells becomes `fd`. Paths are absolute.
 */
export type Step =
  | { do: 'open'; path: string; fd: number }
  | { do: 'enable'; path: string }
  | { do: 'adopt'; path: string; fd: number };

/** Below are those that the kernel and libvirt give out. */
const FIRST = 100;
/** Where bash keeps its script. */
const OF_BASH = 255;

/** Gives out descriptor numbers that are free on this host, rising. */
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
