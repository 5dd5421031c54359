import type { Guest } from '../spec/index.js';
import { element, render } from '../xml/build.js';
import { DOMAIN } from './build/elements.js';
import { announcedIn } from './build/host-mtu.js';
import { Target } from './build/target.js';
import { override } from './change/override.js';
import { QEMU } from './read/override.js';

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
  const announced = announcedIn(guest, target);
  const overrides = announced.length === 0 ? [] : [override(announced)];
  const attributes = { type, 'xmlns:qemu': overrides.length === 0 ? undefined : QEMU };
  const root = element('domain', attributes, [...content, ...overrides]);
  return { xml: render(root), warnings: warningsOf(guest, target) };
}

/** What is to be said about a guest, once its XML is made for a libvirt. */
export function warningsOf({ notices = [] }: Guest, { warnings }: Target): string[] {
  return [...notices, ...warnings];
}
