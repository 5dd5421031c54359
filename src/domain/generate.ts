import type { Guest } from '../spec/index.js';
import { element, render } from '../xml/build.js';
import { DOMAIN } from './build/elements.js';
import { Target } from './build/target.js';

/** Domain XML, with lines about old names in the spec and about what its libvirt is too old for. */
export interface GeneratedDomain {
  xml: string;
  warnings: readonly string[];
}

/** Domain XML of a guest, without a template. Apart from `generateDomain`, which reads XML, too. @throws as that */
export function plainDomain(guest: Guest, libvirt?: string): GeneratedDomain {
  const target = new Target(libvirt);
  const type = guest.accel === 'kvm' ? 'kvm' : 'qemu';
  const content = DOMAIN.flatMap(({ build }) => build(guest, target));
  return { xml: render(element('domain', { type }, content)), warnings: warningsOf(guest, target) };
}

/** What is to be said about a guest, once its XML is made for a libvirt. */
export function warningsOf({ notices = [] }: Guest, { warnings }: Target): string[] {
  return [...notices, ...warnings];
}
