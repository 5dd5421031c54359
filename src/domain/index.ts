/** Turns the model into libvirt domain XML, and reads XML that others wrote. Pure: no I/O. */
import type { Guest } from '../spec/index.js';
import { element, render } from '../xml/build.js';
import { DOMAIN } from './build/elements.js';
import { Target } from './build/target.js';
import { fillTemplate } from './build/template/index.js';

export { pluggedXml } from './build/plugged-nic.js';
export { completeDomain } from './change/complete.js';
export { keepPortSettings } from './change/port-settings.js';
export { unwrapDomain, type WrapChange, wrapDomain } from './change/wrap.js';
export {
  type Conversion,
  type ConvertedNic,
  type ConvertOptions,
  convertDomain,
} from './convert/index.js';
export type { NetworkChoice } from './convert/network.js';
export type { MovedRelay } from './convert/relay.js';
export { type Reversion, revertDomain } from './convert/revert.js';
export { type Domain, openDomain } from './domain.js';
export { memoryTrouble } from './pluggable.js';
export type { HostDevice } from './read/host-devices.js';
export type { KeptSettings } from './read/kept-settings.js';
export type { ApplyMark } from './read/mark.js';
export { largeMtu } from './read/mtus.js';
export type { DomainNic } from './read/nics.js';
export type { PortSettings } from './read/port-settings.js';
export { listenerOf, type VhostUserInterface } from './read/vhost-user.js';
export {
  type Facts,
  type Finding,
  type HostFacts,
  type HostQuestions,
  hostQuestions,
  type Level,
  type Other,
  otherDomain,
  type SchemaError,
  validateDomain,
} from './validate/index.js';

/** Options for generated domain XML. */
export interface DomainOptions {
  /** Version of the libvirt that will read it, such as `9.0`; default: any from 8.0 on. */
  libvirt?: string;
  /** Domain XML to put the guest into (template/). */
  template?: string;
}

/** Domain XML, with lines about old names in the spec and about what its libvirt is too old for. */
export interface GeneratedDomain {
  xml: string;
  warnings: readonly string[];
}

/**
 * Domain XML of a guest. Deterministic, indented by two spaces, ends with a newline. The guest must
 * come from parseSpec; it is not checked again.
 * @throws InvalidInput for a libvirt that cannot run the guest, and for a template that is not a domain
 */
export function generateDomain(guest: Guest, options: DomainOptions = {}): GeneratedDomain {
  const target = new Target(options.libvirt);
  if (options.template !== undefined) {
    return {
      xml: fillTemplate(options.template, guest, target),
      warnings: warningsOf(guest, target),
    };
  }
  const type = guest.accel === 'kvm' ? 'kvm' : 'qemu';
  const content = DOMAIN.flatMap(({ build }) => build(guest, target));
  return { xml: render(element('domain', { type }, content)), warnings: warningsOf(guest, target) };
}

function warningsOf({ notices = [] }: Guest, { warnings }: Target): string[] {
  return [...notices, ...warnings];
}

/** The XML of generateDomain for a current libvirt (8.0 and newer). */
export function domainXml(guest: Guest): string {
  return generateDomain(guest).xml;
}
export type { AttachedNetwork } from './read/attached.js';
export { type NetworkDefinition, openNetwork } from './read/libvirt-network.js';
