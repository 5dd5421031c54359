/** Puts a guest into a domain that somebody else has written. */

import type { Guest } from '../../../spec/index.js';
import { InvalidInput } from '../../../values/errors.js';
import { hasNvdimms } from '../../../values/nvdimm.js';
import { quote } from '../../../values/problems.js';
import { applyEdits, type Edit, quoteOf, removal, setAttribute } from '../../../xml/edit.js';
import { attribute, childrenOf, down } from '../../../xml/element.js';
import type { Placed } from '../../../xml/scan.js';
import { announce } from '../../change/host-mtu.js';
import { shareMemory } from '../../change/share-memory.js';
import { Domain, openDomain } from '../../domain.js';
import { DEVICES, DOMAIN } from '../elements.js';
import { announcedIn } from '../host-mtu.js';
import type { Target } from '../target.js';
import { usbModel } from '../usb.js';
import { fill } from './fill.js';

/**
 * The template with the guest in it. What the spec's author wrote replaces the template's element (rules.ts); disks,
 * NICs and channels are added to the template's; the rest of the template stays, byte for byte. If a switch must
 * reach the memory, all of it becomes shared, whatever the template says.
 * @throws InvalidInput for a template that is not a domain, or that this guest cannot be put into
 */
export function fillTemplate(template: string, guest: Guest, target: Target): string {
  const { text, placed: domain } = withContent(openDomain(template));
  check(domain, guest);
  const [devices] = childrenOf(domain, 'devices');
  const outer = devices ? DOMAIN.filter(({ name }) => name !== 'devices') : DOMAIN;
  const edits = [
    ...kindOf(text, domain, guest),
    ...fill(text, domain, outer, guest, target),
    ...(devices ? fill(text, devices, DEVICES, guest, target) : []),
    ...usbOf(text, domain, guest, target),
    ...otherMemory(domain, guest).map((one) => removal(text, one)),
  ];
  const xml = applyEdits(text, edits);
  if (!guest.memory.shared) return xml;
  const { placed: filled } = new Domain(xml);
  return applyEdits(xml, [
    ...shareMemory(xml, filled, quoteOf(xml, filled)).edits,
    ...announce(xml, filled, announcedIn(guest, target)),
  ]);
}

/** kvm or qemu: the spec's if it says, else the template's, else the default. */
function kindOf(text: string, domain: Placed, { accel, said }: Guest): Edit[] {
  const there = attribute(domain, 'type') ?? '';
  if (!said.includes('accel') && ['kvm', 'qemu'].includes(there)) return [];
  const kind = accel === 'kvm' ? 'kvm' : 'qemu';
  return [setAttribute(domain, 'type', kind, quoteOf(text, domain))];
}

/** A template without USB gets it if the guest has something on it. */
function usbOf(text: string, domain: Placed, guest: Guest, target: Target): Edit[] {
  const model = usbModel(guest, target);
  if (model === 'none') return [];
  return childrenOf(domain, 'devices')
    .flatMap((one) => childrenOf(one, 'controller'))
    .filter((one) => attribute(one, 'type') === 'usb' && attribute(one, 'model') === 'none')
    .map((one) => setAttribute(one, 'model', model, quoteOf(text, domain)));
}

/** Elements beside `<memory>` that give an amount of memory, except a `<maxMemory>` that memory devices need. */
function otherMemory(domain: Placed, { nvdimms }: Guest): Placed[] {
  const dimms = childrenOf(domain, 'devices').flatMap((one) => childrenOf(one, 'memory'));
  // <currentMemory> has a builder.
  const names = dimms.length > 0 || nvdimms.length > 0 ? [] : ['maxMemory'];
  return names.flatMap((name) => childrenOf(domain, name));
}

function check(domain: Placed, guest: Guest): void {
  const { firmware, memory, disks, said } = guest;
  const refuse = (problem: string, remedy: string) => {
    throw new InvalidInput({ thing: 'template', problem, remedy });
  };
  if (memory.shared && childrenOf(domain, 'launchSecurity').length > 0) {
    refuse('has <launchSecurity>: no switch can read encrypted memory', 'give NICs on bridges');
  }
  // SMM protects the guest's variables, and features are the template's unless the spec has some.
  const [features] = childrenOf(domain, 'features');
  const secure = firmware.type === 'uefi' && firmware.secureBoot;
  const theirs = said.includes('features') ? undefined : features;
  if (secure && theirs && attribute(childrenOf(theirs, 'smm')[0], 'state') !== 'on') {
    refuse('has no SMM, which secure boot needs', "add <smm state='on'/> to its <features>");
  }
  if (guest.nvdimms.length > 0) checkNvdimms(domain, guest, refuse);
  const taken = childrenOf(domain, 'devices')
    .flatMap((one) => childrenOf(one, 'disk'))
    .map((disk) => attribute(childrenOf(disk, 'target')[0], 'dev'));
  const twice = disks.find(({ target }) => taken.includes(target));
  if (twice === undefined) return;
  const { target } = twice;
  refuse(`has a disk ${target}, and so has the guest`, 'give the disk of the guest another target');
}

/** Keys whose element has the machine (elements.ts). */
const OS_KEYS = ['firmware', 'boot', 'bootFrom', 'machine'];

/** What NVDIMMs need stands in elements that the template may have itself. */
function checkNvdimms(
  domain: Placed,
  { said }: Guest,
  refuse: (problem: string, remedy: string) => void,
): void {
  if (down(domain, 'devices', 'memory').length > 0) {
    refuse('has memory devices of its own', 'take them out, or leave out nvdimms');
  }
  const [cpu] = childrenOf(domain, 'cpu');
  const theirs = !said.includes('cpu') && !said.includes('numa');
  if (cpu && theirs && down(cpu, 'numa', 'cell').length === 0) {
    refuse('has a <cpu> without NUMA cells, which nvdimms need', 'give numa in the spec');
  }
  const [type] = OS_KEYS.some((key) => said.includes(key)) ? [] : down(domain, 'os', 'type');
  const machine = attribute(type, 'machine') ?? 'pc';
  if (!hasNvdimms(machine)) {
    refuse(`has machine ${quote(machine)}, which has no NVDIMMs`, 'give machine in the spec');
  }
  const [features] = said.includes('features') ? [] : childrenOf(domain, 'features');
  if (features && childrenOf(features, 'acpi').length === 0) {
    refuse('has no ACPI, by which a guest finds nvdimms', 'add <acpi/> to its <features>');
  }
}

/** The template with start and end tags where elements are to be put in. */
function withContent(template: Domain): Domain {
  const { text, placed } = template;
  const bare = [placed, ...childrenOf(placed, 'devices')].filter(({ inner }) => !inner);
  if (bare.length === 0) return template;
  const edits = bare.map(({ name, nameEnd, end }) => ({
    start: nameEnd,
    end,
    text: `></${name}>`,
  }));
  return new Domain(applyEdits(text, edits));
}
