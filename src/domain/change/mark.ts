/** Puts the mark of `vmlane domain apply` into a domain, and computes its digests. Pure. */
import { createHash } from 'node:crypto';
import { render } from '../../xml/build.js';
import { applyEdits, escaped, setAttribute } from '../../xml/edit.js';
import type { Domain } from '../domain.js';
import type { ApplyMark } from '../read/mark.js';
import { findMetadata, OURS } from '../read/metadata.js';
import { addMetadata } from './metadata.js';

const [NAME, NAMESPACE] = OURS.apply;

/** The domain with this mark, in place of an older one; everything else stays byte for byte. */
export function withMark({ text: xml, placed }: Domain, mark: ApplyMark): string {
  const { set, folder, digest, guest, generation, made } = mark;
  const values = { set, folder, generation: String(generation), digest, guest, made };
  const attributes = Object.entries(values).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const text = `<${NAME} xmlns:vmlane="${NAMESPACE}"${attributes.join('')}/>`;
  const old = findMetadata(placed, 'apply');
  const edit = old
    ? { start: old.start, end: old.end, text }
    : addMetadata(xml, placed, () => text);
  return applyEdits(xml, [edit]);
}

/** The digest of any text. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Digest of a definition as libvirt writes it, for `made` and so without it. It changes when libvirt is upgraded. */
export function madeDigest({ text, placed }: Domain): string {
  const ours = findMetadata(placed, 'apply');
  if (!ours) return digestOf(text);
  return digestOf(applyEdits(text, [setAttribute(ours, 'made', '', '"')]));
}

/** Digest of everything that matters to a guest: without `<metadata>`, comments, blanks and quotes. */
export function guestDigest({ root }: Domain): string {
  if (root.children.length === 0) return digestOf(render(root));
  const children = root.children.filter(({ name }) => name !== 'metadata');
  return digestOf(render({ ...root, children, text: '' }));
}
