import { attribute, type Element } from '../../xml/element.js';
import { findMetadata } from './metadata.js';

/** The mark that `vmlane domain apply` leaves in a domain's `<metadata>`. All digests are SHA-256 in hexadecimal. */
export interface ApplyMark {
  /** The set of files that the domain belongs to. */
  set: string;
  /** URL of the folder of the files, with the host's name (RFC 8089); '' if unknown. */
  folder: string;
  /** Digest of the domain XML from the file; if it differs, the file has changed. */
  digest: string;
  /** guestDigest of that XML; if it is the same, a running guest need not restart. */
  guest: string;
  /** Counts definitions for which a running guest would have to restart. */
  generation: number;
  /** madeDigest of libvirt's definition; if it differs, somebody has edited the domain. '' while unknown. */
  made: string;
}

/** The mark of a domain; undefined if it has none, or one that apply cannot have written. */
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
