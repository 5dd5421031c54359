/**
 * The record that a conversion keeps in the domain's `<metadata>`, so that it can be undone to the byte.
 * Pieces of the old XML are kept as text, with `<` escaped, so that nothing takes them for elements of
 * the domain.
 */

import { InvalidInput } from '../../values/errors.js';
import { type Edit, escaped, leadOf, stepOf } from '../../xml/edit.js';
import { attribute } from '../../xml/element.js';
import { type Placed, scan } from '../../xml/scan.js';
import { addMetadata, BEFORE, type Before, dropMetadata } from '../change/metadata.js';
import type { Sharing } from '../change/share-memory.js';
import { findMetadata, localName, OURS } from '../read/metadata.js';
import { type PortSettings, readSettings, settingAttributes } from '../read/port-settings.js';

const [NAME, NAMESPACE] = OURS.convert;

/** What identifies a NIC: its socket's `path`, its VF's address (`vf`), or its MAC in a pool. */
export const KEYS = ['path', 'vf', 'mac'] as const;

export interface KeptNic {
  key: (typeof KEYS)[number];
  value: string;
  /** With a MAC: the network that the VF comes from. */
  pool?: string | undefined;
  /** Of its port, which read/kept-settings.ts reads, too. */
  settings: PortSettings;
  was: string;
}

/** The former state; for the memory, as shareMemory returns it. */
export interface Kept extends Omit<Sharing, 'edits'> {
  metadata: Before;
  /** The NICs' former text, and what of it their ports keep, which libvirt cannot on a vhost-user NIC. */
  interfaces: KeptNic[];
}

export const NOTHING: Kept = {
  metadata: 'there',
  interfaces: [],
  memoryBacking: undefined,
  attributes: [],
};

/** The record of a domain; undefined if it was not converted. @throws InvalidInput if the record is damaged */
export function recordOf(domain: Placed): Kept | undefined {
  const found = findMetadata(domain, 'convert');
  return found && read(found);
}

/** Puts the record into the domain, in place of an older one. */
export function keepRecord(xml: string, domain: Placed, record: Omit<Kept, 'metadata'>): Edit {
  const old = findMetadata(domain, 'convert');
  if (!old) {
    return addMetadata(xml, domain, (metadata, lead, step) =>
      write({ ...record, metadata }, lead, step),
    );
  }
  const step = old.children[0] ? stepOf(xml, old, old.children[0]) : '  ';
  const { metadata } = read(old);
  const text = write({ ...record, metadata }, leadOf(xml, old.start), step);
  return { start: old.start, end: old.end, text };
}

/** Removes the record. */
export function dropRecord(xml: string, domain: Placed, { metadata }: Kept): Edit[] {
  const found = findMetadata(domain, 'convert');
  return found ? [dropMetadata(xml, domain, found, metadata)] : [];
}

/** All lines but the first begin with `lead`, `step` indents those inside. */
function write(record: Kept, lead: string, step: string): string {
  const { metadata, interfaces, memoryBacking, attributes } = record;
  const inside = [
    ...interfaces.map(({ key, value, pool, settings, was }) =>
      piece('interface', was, { [key]: value, pool, ...settingAttributes(settings) }),
    ),
    ...(memoryBacking === undefined ? [] : [piece('memoryBacking', memoryBacking)]),
    ...attributes.map(({ of, index, was }) => piece(of, was ?? '', { index: String(index) })),
  ];
  const inner = lead === '' ? '' : lead + step;
  const open = `<${NAME}${written({ 'xmlns:vmlane': NAMESPACE, metadata })}>`;
  return `${open}${inside.map((one) => inner + one).join('')}${lead}</${NAME}>`;
}

function piece(name: string, was: string, attributes: Attributes = {}): string {
  const open = `<vmlane:${name}${written(attributes)}`;
  if (was === '') return `${open}/>`;
  const text = was.replace(/[&<>]/g, (character) => REFERENCES[character] ?? '');
  return `${open}>${text}</vmlane:${name}>`;
}

const REFERENCES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Undefined ones are not written. */
type Attributes = Record<string, string | number | undefined>;

function written(attributes: Attributes): string {
  const pairs = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return pairs.map(([name, value]) => ` ${name}="${escaped(String(value))}"`).join('');
}

/** Reads a record. Its pieces go back into a domain, so each is checked to be what it claims. */
function read(element: Placed): Kept {
  const metadata = attribute(element, 'metadata') ?? '';
  if (!isOne(metadata, BEFORE)) throw damaged(`metadata is "${metadata}"`);
  const record: Kept = { ...NOTHING, metadata, interfaces: [], attributes: [] };
  for (const child of element.children) {
    const kind = localName(child.name);
    if (kind === 'interface') {
      const key = KEYS.find((one) => attribute(child, one) !== undefined);
      const value = key && attribute(child, key);
      const { settings, wrong } = readSettings(child.attributes);
      if (wrong[0]) throw damaged(`its ${wrong[0].name} is not ${wrong[0].wanted}`);
      if (!key || value === undefined) throw damaged('an interface without path, vf or mac');
      const kept = { key, value, pool: attribute(child, 'pool'), was: whole(child.text, kind) };
      record.interfaces.push({ ...kept, settings });
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
