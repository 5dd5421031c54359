/** Makes qemu-wrap a domain's emulator, and undoes it. Pure: XML in, XML out. */

import { InvalidInput } from '../../values/errors.js';
import { applyEdits, type Edit, escaped, leadOf, removal, stepOf } from '../../xml/edit.js';
import { attribute, childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import type { Domain } from '../domain.js';
import { findMetadata, OURS } from '../read/metadata.js';
import { addMetadata, dropMetadata } from './metadata.js';

/** Our element in `<metadata>`. */
const [KEPT, NAMESPACE] = OURS.wrap;

/** A change of a domain. */
export interface WrapChange {
  /** The XML before. */
  before: string;
  after: string;
  /** The emulator without the wrapper; undefined if the domain names none and libvirt finds it. */
  original: string | undefined;
  /** The guest's architecture, `x86_64`. */
  architecture: string | undefined;
}

/**
 * Puts `wrapper` into a domain's `<emulator>`, and keeps the former one in `<metadata>` for
 * unwrapDomain. A domain that has this wrapper is unchanged. @throws InvalidInput as Domain.placed
 */
export function wrapDomain(domain: Domain, wrapper: string): WrapChange {
  const { text: xml, placed } = domain;
  const { kept, emulator, ...found } = read(domain);
  const original = kept ? attribute(kept, 'emulator') || undefined : emulator;
  if (emulator === wrapper) return { ...found, original: kept && original, after: xml };
  const edits = setEmulator(xml, placed, wrapper);
  if (!kept) {
    const path = escaped(original ?? '');
    const ours = `<${KEPT} xmlns:vmlane="${NAMESPACE}" emulator="${path}"/>`;
    edits.unshift(addMetadata(xml, placed, () => ours));
  }
  return { ...found, original, after: applyEdits(xml, edits) };
}

/**
 * Undoes wrapDomain; a domain without a wrapper is unchanged.
 * @throws InvalidInput also for a wrapper that was set by hand, as the former emulator is unknown
 */
export function unwrapDomain(domain: Domain): WrapChange {
  const { text: xml, placed } = domain;
  const { kept, emulator, ...found } = read(domain);
  if (!kept) {
    if (emulator !== undefined && /(^|\/)qemu-wrap[^/]*$/.test(emulator)) refuse(domain, emulator);
    return { ...found, original: emulator, after: xml };
  }
  const original = attribute(kept, 'emulator') || undefined;
  const edits = [...setEmulator(xml, placed, original), dropMetadata(xml, placed, kept, 'none')];
  return { ...found, original, after: applyEdits(xml, edits) };
}

function read({ text, placed }: Domain) {
  const [devices, os] = ['devices', 'os'].map((name) => childrenOf(placed, name)[0]);
  return {
    before: text,
    kept: findMetadata(placed, 'wrap'),
    emulator: childrenOf(devices, 'emulator')[0]?.text.trim() || undefined,
    architecture: attribute(childrenOf(os, 'type')[0], 'arch'),
  };
}

/** Edits that set this emulator; undefined removes it. */
function setEmulator(xml: string, domain: Placed, path: string | undefined): Edit[] {
  const [devices] = childrenOf(domain, 'devices');
  const [emulator] = childrenOf(devices, 'emulator');
  if (path === undefined) return emulator ? [removal(xml, emulator)] : [];
  if (emulator?.inner) return [{ ...emulator.inner, text: escaped(path) }];
  const element = `<emulator>${escaped(path)}</emulator>`;
  if (emulator) return [{ start: emulator.start, end: emulator.end, text: element }];
  const outer = devices ?? childrenOf(domain, 'name')[0] ?? domain;
  const lead = leadOf(xml, outer.start);
  const inner = lead === '' ? '' : lead + stepOf(xml, domain, outer);
  if (devices?.inner) {
    const { start } = devices.inner;
    return [{ start, end: start, text: inner + element }];
  }
  const whole = `<devices>${inner}${element}${lead}</devices>`;
  if (devices) return [{ start: devices.start, end: devices.end, text: whole }];
  return [{ start: outer.end, end: outer.end, text: lead + whole }];
}

function refuse({ name }: Domain, emulator: string): never {
  throw new InvalidInput({
    thing: `domain ${name}`,
    problem: `its emulator is ${emulator}, and the former one is unknown`,
    remedy: "set <emulator> to QEMU with 'virsh edit'",
  });
}
