import { attribute, type Element } from '../../xml/element.js';
import { findMetadata } from './metadata.js';

/** The mark that `vmlane domain apply` leaves in a domain's `<metadata>`. All digests are SHA-256 in hexadecimal. */
export interface ApplyMark {
  /** The set of files that the domain belongs to. */
  set: string;
  /** URL of the folder that the files were in, with its host's name (RFC 8089); '' unknown. */
  folder: string;
  /** Of the domain XML that the file gave: another one, and the file has changed. */
  digest: string;
  /** guestDigest of it: the same one, and a guest that runs need not restart. */
  guest: string;
  /** Counts definitions that a running guest would have to restart for. */
  generation: number;
  /** madeDigest of what libvirt made of it: another one, and somebody has edited the domain. '' as long as unknown. */
  made: string;
}

/** The mark of a domain; undefined: it has none, or one that nobody but a hand can have written. */
export function markOf(domain: Element): ApplyMark | undefined {
  const found = findMetadata(domain, 'apply');
  const [set, digest, guest, made] = ['set', 'digest', 'guest', 'made'].map((key) =>
    attribute(found, key),
  );
  const generation = Number(attribute(found, 'generation'));
  if (set === undefined || digest === undefined || guest === undefined || made === undefined) {
    return undefined;
  }
  if (!Number.isSafeInteger(generation)) return undefined;
  const folder = attribute(found, 'folder') ?? '';
  return { set, folder, digest, guest, generation, made };
}
