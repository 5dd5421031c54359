import { madeDigest, withMark } from '../../domain/change/mark.js';
import { type ApplyMark, type Domain, openDomain } from '../../domain/index.js';
import type { Libvirt } from '../../libvirt/index.js';
import { Failed } from '../../values/errors.js';

/** libvirt fills in defaults at the first define, and then adds nothing more. */
const ROUNDS = 4;

/**
 * Defines a domain with a mark that holds the digest of libvirt's result: first without the digest,
 * then with the digest of the result, until the two agree.
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
