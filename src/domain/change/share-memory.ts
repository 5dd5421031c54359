/** Edits the XML so that a switch can map the guest's memory. ../read/shared-memory.ts says why each edit is needed. */

import { applyEdits, type Edit, leadOf, setAttribute, stepOf, textAt } from '../../xml/edit.js';
import { attribute, childrenOf } from '../../xml/element.js';
import { type Placed, scan } from '../../xml/scan.js';
import { refusal } from '../../xml/text.js';
import { givenMemory } from '../read/commandline.js';
import { isAllHuge, pageSizeOf } from '../read/memory-parts.js';
import { accesses, isDeviceShared, isStorage } from '../read/shared-memory.js';

/** An attribute of the n-th `<cell>` or memory device, and its former text; undefined if it was absent. */
export interface KeptAttribute {
  of: 'cell' | 'memory';
  index: number;
  was: string | undefined;
}

/** The edits, and what was there before. */
export interface Sharing {
  edits: Edit[];
  /** Former text of `<memoryBacking>`, '' if there was none; undefined if it is unchanged. */
  memoryBacking: string | undefined;
  attributes: KeptAttribute[];
}

/** Makes all memory of a domain shared; no edits if it is already. `quote` is for new attributes. */
export function shareMemory(xml: string, domain: Placed, quote: string): Sharing {
  const given = givenMemory(domain);
  // QEMU takes it from one of the two only: "mutually exclusive".
  if (given?.trouble) {
    const remedy = 'write share=on into that object, or take it out and let <memoryBacking> say it';
    throw refusal(`the guest's memory is given in <qemu:commandline>: ${given.trouble}`, remedy);
  }
  if (given) return { edits: [], memoryBacking: undefined, attributes: [] };
  const [backing] = childrenOf(domain, 'memoryBacking');
  const huge = isAllHuge(domain);
  const edits = backing
    ? backingEdits(xml, backing, quote, huge)
    : [newBacking(xml, domain, quote)];
  const memoryBacking = edits.length === 0 ? undefined : backing ? textAt(xml, backing) : '';
  const attributes: KeptAttribute[] = [];
  for (const { of, index, element, name, needed } of accesses(domain)) {
    const was = attribute(element, name);
    if (isStorage(element)) {
      // It would inherit from its cell, which is shared now.
      if (was !== undefined || isDeviceShared(domain, element)) continue;
      attributes.push({ of, index, was });
      edits.push(setAttribute(element, name, 'private', quote));
      continue;
    }
    if (was !== undefined && was !== 'private' && was !== 'shared') {
      const remedy = `write ${name}='shared'`;
      throw refusal(`memory ${of} ${index} has ${name}="${was}"`, remedy);
    }
    if (was === undefined ? !needed : was === 'shared') continue;
    const place = element.places.get(name);
    attributes.push({ of, index, was: place && textAt(xml, place.raw) });
    edits.push(setAttribute(element, name, 'shared', quote));
  }
  return { edits, memoryBacking, attributes };
}

/** Whether a domain's `<memoryBacking>` is still what shareMemory made of `was`, apart from order and blanks. */
export function isShared(xml: string, domain: Placed, now: Placed, was: string): boolean {
  const huge = isAllHuge(domain);
  const shared = (quote: string) => {
    if (was === '') return `<memoryBacking>${content(quote, '', '').join('')}</memoryBacking>`;
    return applyEdits(was, backingEdits(was, scan(was), quote, huge));
  };
  return canonical(scan(shared("'"))) === canonical(scan(textAt(xml, now)));
}

/** `huge`: all memory is on huge pages, which need no source. */
function backingEdits(xml: string, backing: Placed, quote: string, huge: boolean): Edit[] {
  const [source, access] = ['source', 'access'].map((name) => childrenOf(backing, name)[0]);
  const edits: Edit[] = [];
  const missing: string[] = [];
  const [newSource, newAccess] = content(quote, '', '') as [string, string];
  // libvirt would make shared memory of this source a file in memory_backing_dir, which may be on a disk.
  if (source && !['file', 'memfd'].includes(attribute(source, 'type') ?? '')) {
    edits.push(setAttribute(source, 'type', 'memfd', quote));
  } else if (!source && !huge) missing.push(newSource);
  if (!access) missing.push(newAccess);
  else if (attribute(access, 'mode') !== 'shared') {
    edits.push(setAttribute(access, 'mode', 'shared', quote));
  }
  if (missing.length === 0) return edits;
  const last = backing.children.at(-1);
  const outer = leadOf(xml, backing.start);
  if (last) {
    const lead = leadOf(xml, last.start);
    edits.push({ start: last.end, end: last.end, text: missing.map((m) => lead + m).join('') });
  } else if (backing.inner) {
    const lead = outer === '' ? '' : `${outer}  `;
    const { start } = backing.inner;
    edits.push({ start, end: start, text: missing.map((m) => lead + m).join('') });
  } else {
    const lead = outer === '' ? '' : `${outer}  `;
    const text = `>${missing.map((m) => lead + m).join('')}${outer}</memoryBacking>`;
    edits.push({ start: backing.nameEnd, end: backing.end, text });
  }
  return edits;
}

/** A new `<memoryBacking>` where libvirt writes it, behind `<memory>` and what belongs to it. */
function newBacking(xml: string, domain: Placed, quote: string): Edit {
  const names = ['currentMemory', 'maxMemory', 'memory', 'name'];
  const anchor = names.map((name) => childrenOf(domain, name)[0]).find((one) => one);
  const at = anchor?.end ?? domain.inner?.start ?? domain.nameEnd;
  const lead = anchor ? leadOf(xml, anchor.start) : '';
  const step = anchor ? stepOf(xml, domain, anchor) : '';
  const inside = content(quote, lead, step).join('');
  return { start: at, end: at, text: `${lead}<memoryBacking>${inside}${lead}</memoryBacking>` };
}

function content(quote: string, lead: string, step: string): string[] {
  const inner = lead === '' ? '' : lead + step;
  return [
    `${inner}<source type=${quote}memfd${quote}/>`,
    `${inner}<access mode=${quote}shared${quote}/>`,
  ];
}

/** The same text for all spellings of an element; libvirt writes sizes of pages in KiB. */
function canonical(element: Placed): string {
  const { name, attributes, children, text } = element;
  const size = name === 'page' ? pageSizeOf(element) : undefined;
  const said = size === undefined ? attributes : { ...attributes, size: String(size), unit: 'b' };
  return JSON.stringify([
    name,
    Object.entries(said).sort(),
    text.trim(),
    children.map(canonical).sort(),
  ]);
}
