import { madeDigest, withMark } from '../../domain/change/mark.js';
import { type ApplyMark, type Domain, openDomain } from '../../domain/index.js';
import type { Libvirt } from '../../libvirt/index.js';
import { Failed } from '../../values/errors.js';

/** libvirt fills in what is left out at the first define, and then has nothing to add. */
const ROUNDS = 4;

/**
 * Defines a domain with a mark that knows what libvirt made of it: first without, then with the
 * digest of what came out, until that is what is there.
 */
export async function defineMarked(
  libvirt: Pick<Libvirt, 'define' | 'definition'>,
  name: string,
  domain: Domain,
  mark: ApplyMark,
): Promise<void> {
  let text = withMark(domain, { ...mark, made: '' });
  for (let round = 0; round < ROUNDS; round++) {
    await libvirt.define(text);
    const definition = openDomain(await libvirt.definition(name));
    const made = madeDigest(definition);
    if (definition.mark?.made === made) return;
    if (!definition.mark) break;
    text = withMark(definition, { ...mark, made });
  }
  const problem = 'libvirt does not keep what is defined';
  throw new Failed({ thing: `domain ${name}`, problem, remedy: 'see virsh dumpxml --inactive' });
}
