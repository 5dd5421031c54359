/** The mark that `vmlane domain apply` leaves in a domain's `<metadata>`. Pure. */
import { createHash } from 'node:crypto';
import { type Element, render } from '../xml/build.js';
import { applyEdits, escaped, setAttribute } from '../xml/edit.js';
import { openDomain } from '../xml/open.js';
import { readDomain } from '../xml/read.js';
import { attribute } from '../xml/scan.js';
import { addMetadata, findMetadata } from './metadata.js';

const NAME = 'vmlane:apply';
const NAMESPACE = 'urn:vmlane:apply:1';

/** All digests are SHA-256 in hexadecimal. */
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
export function markOf(xml: string): ApplyMark | undefined {
  const found = findMetadata(openDomain(xml), NAME, NAMESPACE);
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

/** The domain with this mark, in place of one that it has; all else stays byte for byte. */
export function withMark(xml: string, mark: ApplyMark): string {
  const domain = openDomain(xml);
  const { set, folder, digest, guest, generation, made } = mark;
  const values = { set, folder, generation: String(generation), digest, guest, made };
  const attributes = Object.entries(values).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const text = `<${NAME} xmlns:vmlane="${NAMESPACE}"${attributes.join('')}/>`;
  const old = findMetadata(domain, NAME, NAMESPACE);
  const edit = old
    ? { start: old.start, end: old.end, text }
    : addMetadata(xml, domain, () => text);
  return applyEdits(xml, [edit]);
}

/** Of any text. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Of a definition as libvirt gives it, `made` aside, which this is for. libvirt writes it the same way until it is upgraded. */
export function madeDigest(definition: string): string {
  const ours = findMetadata(openDomain(definition), NAME, NAMESPACE);
  if (!ours) return digestOf(definition);
  return digestOf(applyEdits(definition, [setAttribute(ours, 'made', '', '"')]));
}

/** Of all that a guest gets to see: not `<metadata>`, comments, blanks and quotes. */
export function guestDigest(xml: string): string {
  return digestOf(render(withoutMetadata(readDomain(xml))));
}

function withoutMetadata(domain: Element): Element {
  if (typeof domain.content === 'string') return domain;
  return { ...domain, content: domain.content.filter(({ name }) => name !== 'metadata') };
}
