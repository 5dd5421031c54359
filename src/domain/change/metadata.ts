/** Puts elements of ours into `<metadata>`, and removes them. */
import { type Edit, leadOf, removal, stepOf } from '../../xml/edit.js';
import { childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';

/** What `<metadata>` was before: absent, an empty tag, or with content. */
export const BEFORE = ['none', 'empty', 'there'] as const;
export type Before = (typeof BEFORE)[number];

/** Writes an element of ours; all lines but the first begin with `lead`, `step` indents those inside. */
export type Write = (before: Before, lead: string, step: string) => string;

/** Puts an element first in `<metadata>`, which it creates if there is none. */
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

/** Removes an element of ours, and restores `<metadata>` if nothing else is in it. */
export function dropMetadata(xml: string, domain: Placed, ours: Placed, before: Before): Edit {
  const [metadata] = childrenOf(domain, 'metadata');
  if (!metadata?.inner || before === 'there') return removal(xml, ours);
  const { start, end } = metadata.inner;
  const rest = xml.slice(start, ours.start) + xml.slice(ours.end, end);
  if (rest.trim() !== '') return removal(xml, ours);
  if (before === 'none') return removal(xml, metadata);
  return { start: start - '>'.length, end: metadata.end, text: '/>' };
}

/** The element behind which libvirt writes `<metadata>`. */
function anchorOf(domain: Placed): Placed | undefined {
  const names = ['description', 'title', 'genid', 'uuid', 'name'];
  return names.map((name) => childrenOf(domain, name)[0]).find((one) => one);
}
