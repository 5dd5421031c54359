/**
 * What a conversion keeps in the domain's `<metadata>`, so that it can be undone to the byte. libvirt
 * keeps what is there, one element of each namespace. Pieces of the old text are text here, with `<`
 * escaped: not elements that somebody could take for the domain's own.
 */
import { InvalidInput } from '../../errors.js';
import { type Edit, escaped, leadOf, removal, stepOf } from '../edits.js';
import { attribute, childrenOf, type Placed, scan } from '../markup.js';

const NAME = 'vmlane:convert';
const NAMESPACE = 'urn:vmlane:convert:1';

/** An attribute of the n-th `<cell>` or memory device, and its text before; undefined: it had none. */
export interface KeptAttribute {
  of: 'cell' | 'memory';
  index: number;
  was: string | undefined;
}

export interface Record {
  /** What `<metadata>` was before: not there, a single tag, or with content. */
  metadata: 'none' | 'empty' | 'there';
  /** By the path of the socket: the NIC's text before, and its VLAN, which libvirt cannot keep. */
  interfaces: { path: string; vlan: number | undefined; was: string }[];
  /** Text of `<memoryBacking>` before, '' for none; undefined: it was left alone. */
  memoryBacking: string | undefined;
  attributes: KeptAttribute[];
}

export const NOTHING: Record = {
  metadata: 'there',
  interfaces: [],
  memoryBacking: undefined,
  attributes: [],
};

/** The record of a domain; undefined: it was not converted. @throws InvalidInput when it is damaged */
export function recordOf(domain: Placed): Record | undefined {
  const found = elementOf(domain);
  return found && read(found);
}

/** Puts the record into the domain, in place of an older one; `metadata` is found here. */
export function keepRecord(xml: string, domain: Placed, record: Record): Edit {
  const old = elementOf(domain);
  if (old) {
    const step = old.children[0] ? stepOf(xml, old, old.children[0]) : '  ';
    return { start: old.start, end: old.end, text: write(record, leadOf(xml, old.start), step) };
  }
  const [metadata] = childrenOf(domain, 'metadata');
  const first = metadata ?? anchorOf(domain) ?? domain;
  const lead = leadOf(xml, first.start);
  const step = stepOf(xml, domain, first);
  const inner = lead === '' ? '' : lead + step;
  if (metadata?.inner) {
    const { start } = metadata.inner;
    return {
      start,
      end: start,
      text: inner + write({ ...record, metadata: 'there' }, inner, step),
    };
  }
  if (metadata) {
    const text = `>${inner}${write({ ...record, metadata: 'empty' }, inner, step)}${lead}</metadata>`;
    return { start: metadata.end - '/>'.length, end: metadata.end, text };
  }
  const text = write({ ...record, metadata: 'none' }, inner, step);
  return {
    start: first.end,
    end: first.end,
    text: `${lead}<metadata>${inner}${text}${lead}</metadata>`,
  };
}

/** Takes the record out, and `<metadata>` with it when a conversion brought it and nothing else is there. */
export function dropRecord(xml: string, domain: Placed, record: Record): Edit[] {
  const [metadata] = childrenOf(domain, 'metadata');
  const element = elementOf(domain);
  if (!metadata?.inner || !element) return [];
  const { start, end } = metadata.inner;
  const rest = xml.slice(start, element.start) + xml.slice(element.end, end);
  if (record.metadata === 'there' || rest.trim() !== '') return [removal(xml, element)];
  if (record.metadata === 'none') return [removal(xml, metadata)];
  return [{ start: start - '>'.length, end: metadata.end, text: '/>' }];
}

/** Behind what names the domain, where libvirt writes it. */
function anchorOf(domain: Placed): Placed | undefined {
  const names = ['description', 'title', 'genid', 'uuid', 'name'];
  return names.map((name) => childrenOf(domain, name)[0]).find((one) => one);
}

function elementOf(domain: Placed): Placed | undefined {
  const found = childrenOf(childrenOf(domain, 'metadata')[0], NAME)[0];
  return found && attribute(found, 'xmlns:vmlane') === NAMESPACE ? found : undefined;
}

/** `lead` begins each line but the first, `step` indents those inside. */
function write(record: Record, lead: string, step: string): string {
  const { metadata, interfaces, memoryBacking, attributes } = record;
  const inside = [
    ...interfaces.map(({ path, vlan, was }) =>
      kept('interface', was, { path, ...(vlan !== undefined && { vlan: String(vlan) }) }),
    ),
    ...(memoryBacking === undefined ? [] : [kept('memoryBacking', memoryBacking)]),
    ...attributes.map(({ of, index, was }) => kept(of, was ?? '', { index: String(index) })),
  ];
  const inner = lead === '' ? '' : lead + step;
  const open = `<${NAME}${written({ 'xmlns:vmlane': NAMESPACE, metadata })}>`;
  return `${open}${inside.map((one) => inner + one).join('')}${lead}</${NAME}>`;
}

function kept(name: string, was: string, attributes: { [name: string]: string } = {}): string {
  const open = `<vmlane:${name}${written(attributes)}`;
  if (was === '') return `${open}/>`;
  const text = was.replace(/[&<>]/g, (character) => REFERENCES[character] ?? '');
  return `${open}>${text}</vmlane:${name}>`;
}

const REFERENCES: { [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function written(attributes: { [name: string]: string }): string {
  const pairs = Object.entries(attributes);
  return pairs.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
}

/** Its pieces go into a domain again, so each must be what it says it is. */
function read(element: Placed): Record {
  const metadata = attribute(element, 'metadata') ?? '';
  if (!isOne(metadata, ['none', 'empty', 'there'])) throw damaged(`metadata is "${metadata}"`);
  const record: Record = { ...NOTHING, metadata, interfaces: [], attributes: [] };
  for (const child of element.children) {
    const kind = child.name.replace(/^vmlane:/, '');
    if (kind === 'interface') {
      const path = attribute(child, 'path');
      const vlan = attribute(child, 'vlan');
      if (path === undefined) throw damaged('an interface without a path');
      if (vlan !== undefined) count(vlan);
      const was = whole(child.text, kind);
      record.interfaces.push({ path, vlan: vlan === undefined ? vlan : Number(vlan), was });
    } else if (kind === 'memoryBacking') {
      record.memoryBacking = child.text === '' ? '' : whole(child.text, kind);
    } else if (isOne(kind, ['cell', 'memory'])) {
      const was = child.text === '' ? undefined : child.text;
      if (was !== undefined && !/^[\w&#;]+$/.test(was)) throw damaged(`${kind} was "${was}"`);
      record.attributes.push({ of: kind, index: count(attribute(child, 'index') ?? ''), was });
    } else throw damaged(`<${child.name}> is not known`);
  }
  return record;
}

function isOne<const T extends string>(text: string, words: readonly T[]): text is T {
  return words.some((word) => word === text);
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw damaged(`"${text}" is not a number`);
  return Number(text);
}

/** The text, if it is one element of this name and nothing else. */
function whole(text: string, name: string): string {
  let root: Placed;
  try {
    root = scan(text);
  } catch (cause) {
    throw damaged(`its ${name} is not well-formed`, cause);
  }
  if (root.name === name && root.start === 0 && root.end === text.length) return text;
  throw damaged(`its ${name} is something else`);
}

function damaged(problem: string, cause?: unknown): InvalidInput {
  const trouble = {
    thing: `domain XML: <${NAME}>`,
    problem: `cannot be used: ${problem}`,
    remedy: 'take it out of <metadata> and set the interfaces by hand',
  };
  return new InvalidInput(trouble, { cause });
}
