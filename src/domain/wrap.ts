/** qemu-wrap as a domain's emulator, and the way back. Pure: XML in, XML out. */
import { InvalidInput } from '../errors.js';
import { domainName } from './inspect.js';
import { insert, inside, isBlank, newNode, parseNodes, remove, renderNodes } from './nodes.js';
import { children, readDomain } from './read.js';
import type { Element } from './xml.js';

/** Our element in `<metadata>`. libvirt keeps what is there, one element of each namespace. */
const KEPT = 'vmlane:wrap';
const NAMESPACE = 'urn:vmlane:wrap:1';

/** What becomes of a domain. */
export interface WrapChange {
  /** The XML as it was, written as `after` is, so that the two compare. */
  before: string;
  after: string;
  /** The emulator without the wrapper; undefined: the domain names none, libvirt finds it. */
  original: string | undefined;
  /** The guest's architecture, `x86_64`. */
  architecture: string | undefined;
}

/**
 * Puts `wrapper` into a domain's `<emulator>`. What was there is kept in its `<metadata>` for
 * unwrapDomain. A domain that has this wrapper stays as it is. @throws InvalidInput as readDomain
 */
export function wrapDomain(xml: string, wrapper: string): WrapChange {
  const { kept, emulator, ...found } = read(xml);
  const original = kept ? kept.attributes.emulator || undefined : emulator;
  if (emulator === wrapper) return { ...found, original: kept && original, after: found.before };
  const after = changed(xml, (domain) => {
    setEmulator(domain, wrapper);
    if (kept) return;
    if (!inside(domain, 'metadata')) insert(domain, { metadata: [] }, '  ', 'name');
    const metadata = inside(domain, 'metadata') ?? [];
    if (metadata.length === 0) metadata.push({ '#text': '\n  ' });
    const attributes = { 'xmlns:vmlane': NAMESPACE, emulator: original ?? '' };
    insert(metadata, newNode(KEPT, '', attributes), '    ');
  });
  return { ...found, original, after };
}

/**
 * Undoes wrapDomain; a domain without a wrapper stays as it is.
 * @throws InvalidInput also for a wrapper that was put there by hand: nobody knows what was before
 */
export function unwrapDomain(xml: string): WrapChange {
  const { kept, emulator, ...found } = read(xml);
  if (!kept) {
    if (emulator !== undefined && /(^|\/)qemu-wrap[^/]*$/.test(emulator)) refuse(xml, emulator);
    return { ...found, original: emulator, after: found.before };
  }
  const original = kept.attributes.emulator || undefined;
  const after = changed(xml, (domain) => {
    setEmulator(domain, original);
    const metadata = inside(domain, 'metadata') ?? [];
    remove(metadata, KEPT);
    if (metadata.every(isBlank)) remove(domain, 'metadata');
  });
  return { ...found, original, after };
}

function read(xml: string) {
  const domain = readDomain(xml);
  const first = (parent: Element | undefined, name: string): Element | undefined =>
    parent && children(parent, name)[0];
  const emulator = first(first(domain, 'devices'), 'emulator')?.content;
  return {
    before: renderNodes(parseNodes(xml)),
    kept: first(first(domain, 'metadata'), KEPT),
    emulator: (typeof emulator === 'string' && emulator.trim()) || undefined,
    architecture: first(first(domain, 'os'), 'type')?.attributes.arch,
  };
}

function changed(xml: string, change: (domain: ReturnType<typeof parseNodes>) => void): string {
  const nodes = parseNodes(xml);
  change(inside(nodes, 'domain') ?? []);
  return renderNodes(nodes);
}

function setEmulator(domain: ReturnType<typeof parseNodes>, path: string | undefined): void {
  if (!inside(domain, 'devices')) insert(domain, { devices: [{ '#text': '\n  ' }] }, '  ', 'name');
  const devices = inside(domain, 'devices') ?? [];
  const emulator = inside(devices, 'emulator');
  if (path === undefined) remove(devices, 'emulator');
  else if (!emulator) insert(devices, newNode('emulator', path), '    ');
  else emulator.splice(0, emulator.length, ...(newNode('', path)[''] as typeof emulator));
}

function refuse(xml: string, emulator: string): never {
  throw new InvalidInput({
    thing: `domain ${domainName(xml)}`,
    problem: `its emulator is ${emulator}, and nothing tells which was before`,
    remedy: "set <emulator> to QEMU with 'virsh edit'",
  });
}
