/** The mark of `vmlane domain apply`: put into a domain, and the digests in it. Pure. */
import { createHash } from 'node:crypto';
import { render } from '../../xml/build.js';
import { applyEdits, escaped, setAttribute } from '../../xml/edit.js';
import type { Domain } from '../domain.js';
import type { ApplyMark } from '../read/mark.js';
import { findMetadata, OURS } from '../read/metadata.js';
import { addMetadata } from './metadata.js';

const [NAME, NAMESPACE] = OURS.apply;

/** The domain with this mark, in place of one that it has; all else stays byte for byte. */
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

/** Of any text. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Of a definition as libvirt gives it, `made` aside, which this is for. libvirt writes it the same way until it is upgraded. */
export function madeDigest({ text, placed }: Domain): string {
  const ours = findMetadata(placed, 'apply');
  if (!ours) return digestOf(text);
  return digestOf(applyEdits(text, [setAttribute(ours, 'made', '', '"')]));
}

/** Of all that a guest gets to see: not `<metadata>`, comments, blanks and quotes. */
export function guestDigest({ root }: Domain): string {
  if (root.children.length === 0) return digestOf(render(root));
  const children = root.children.filter(({ name }) => name !== 'metadata');
  return digestOf(render({ ...root, children, text: '' }));
}
