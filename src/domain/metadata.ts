/** Elements of ours in `<metadata>`. libvirt keeps what is there, one element of each namespace. */
import { type Edit, leadOf, removal, stepOf } from '../xml/edit.js';
import { attribute, childrenOf, type Placed } from '../xml/scan.js';

/** What `<metadata>` was before ours came: not there, a single tag, or with content. */
export const BEFORE = ['none', 'empty', 'there'] as const;
export type Before = (typeof BEFORE)[number];

/** The text of an element of ours; `lead` begins its lines but the first, `step` indents those inside. */
export type Write = (before: Before, lead: string, step: string) => string;

/**
 * Our element of this name (`vmlane:ports`), by its namespace: who has rewritten the text may have given it another
 * prefix. The prefix may be declared further out.
 */
export function findMetadata(domain: Placed, name: string, namespace: string): Placed | undefined {
  const [metadata] = childrenOf(domain, 'metadata');
  return metadata?.children.find((found) => {
    const prefix = prefixOf(found.name);
    if (found.name !== prefix + localName(name)) return false;
    const key = prefix === '' ? 'xmlns' : `xmlns:${prefix.slice(0, -1)}`;
    const declared = [found, metadata, domain].map((one) => attribute(one, key));
    return declared.find((one) => one !== undefined) === namespace;
  });
}

/** A name's prefix with its colon; '' for none. */
export function prefixOf(name: string): string {
  return name.slice(0, name.indexOf(':') + 1);
}

export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Puts an element in front of others' in `<metadata>`, which is made where there is none. */
export function addMetadata(xml: string, domain: Placed, write: Write): Edit {
  const [metadata] = childrenOf(domain, 'metadata');
  const first = metadata ?? anchorOf(domain) ?? domain;
  const lead = leadOf(xml, first.start);
  const step = stepOf(xml, domain, first);
  const inner = lead === '' ? '' : lead + step;
  if (metadata?.inner) {
    const { start } = metadata.inner;
    return { start, end: start, text: inner + write('there', inner, step) };
  }
  if (metadata) {
    const text = `>${inner}${write('empty', inner, step)}${lead}</metadata>`;
    return { start: metadata.end - '/>'.length, end: metadata.end, text };
  }
  const text = `${lead}<metadata>${inner}${write('none', inner, step)}${lead}</metadata>`;
  return { start: first.end, end: first.end, text };
}

/** Takes an element of ours out, and makes `<metadata>` what it was before if nothing else is in it. */
export function dropMetadata(xml: string, domain: Placed, ours: Placed, before: Before): Edit {
  const [metadata] = childrenOf(domain, 'metadata');
  if (!metadata?.inner || before === 'there') return removal(xml, ours);
  const { start, end } = metadata.inner;
  const rest = xml.slice(start, ours.start) + xml.slice(ours.end, end);
  if (rest.trim() !== '') return removal(xml, ours);
  if (before === 'none') return removal(xml, metadata);
  return { start: start - '>'.length, end: metadata.end, text: '/>' };
}

/** Behind what names the domain, where libvirt writes it. */
function anchorOf(domain: Placed): Placed | undefined {
  const names = ['description', 'title', 'genid', 'uuid', 'name'];
  return names.map((name) => childrenOf(domain, name)[0]).find((one) => one);
}
