/** Turns the model into libvirt domain XML, and reads XML that others wrote. Pure: no I/O. */
import type { Guest } from '../spec/index.js';
import { Target } from './build/target.js';
import { fillTemplate } from './build/template/index.js';
import { type GeneratedDomain, plainDomain, warningsOf } from './generate.js';

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
export type { MendedNic } from './convert/mtu.js';
export type { NetworkChoice } from './convert/network.js';
export type { MovedRelay } from './convert/relay.js';
export { type Reversion, revertDomain } from './convert/revert.js';
export { type Domain, openDomain } from './domain.js';
export type { GeneratedDomain } from './generate.js';
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

/**
 * Domain XML of a guest. Deterministic, indented by two spaces, ends with a newline. The guest must
 * come from parseSpec; it is not checked again.
 * @throws InvalidInput for a libvirt that cannot run the guest, and for a template that is not a domain
 */
export function generateDomain(guest: Guest, options: DomainOptions = {}): GeneratedDomain {
  if (options.template === undefined) return plainDomain(guest, options.libvirt);
  const target = new Target(options.libvirt);
  const xml = fillTemplate(options.template, guest, target);
  return { xml, warnings: warningsOf(guest, target) };
}

/** The XML of generateDomain for a current libvirt (8.0 and newer). */
export function domainXml(guest: Guest): string {
  return generateDomain(guest).xml;
}
export type { AttachedNetwork } from './read/attached.js';
export { type NetworkDefinition, openNetwork } from './read/libvirt-network.js';
