/** Makes libvirt's definition and new XML comparable, so that a person sees what differs. */

import { render } from '../../xml/build.js';
import { childrenOf, type Element } from '../../xml/element.js';
import type { Domain } from '../domain.js';
import { withoutChosenFirmware } from './chosen-firmware.js';

/** Elements and attributes that libvirt adds if the XML leaves them out. */
const ADDED = new Set([
  ...['address', 'alias', 'apic', 'audio', 'clock', 'controller', 'cpu', 'currentMemory'],
  ...['emulator', 'features', 'input', 'memballoon', 'model', 'on_crash', 'on_poweroff'],
  ...['on_reboot', 'pm', 'resource', 'seclabel', 'timer', 'watchdog', 'boot', 'protocol', 'target'],
  ...['console', 'iommu', 'log', 'acpi', 'listen'],
]);
const ADDED_ATTRIBUTES = new Set([
  ...['arch', 'check', 'fallback', 'index', 'machine', 'migratable', 'mode', 'placement', 'port'],
  ...['clusters', 'dies', 'model', 'name', 'offset', 'tty', 'type', 'unit'],
  // Of a screen: its first <listen> once more, and what its card has.
  ...['display', 'heads', 'listen', 'primary', 'ram', 'socket', 'vgamem', 'vram'],
]);

/**
 * Both in one form: attributes and elements sorted by name, sizes in KiB, without apply's metadata and
 * without what libvirt has added. Only for display: what is left out here may be a change.
 */
export function comparable(definition: Domain, fresh: Domain): { before: string; after: string } {
  const after = settled(fresh.root);
  const before = withoutChosenFirmware(settled(definition.root), after);
  return { before: render(pared(before, after)), after: render(after) };
}

function settled(element: Element): Element {
  const { name, attributes, children, text } = element;
  // Which port a screen gets by itself is written by libvirt for some kinds, and not for others.
  const isFree = name === 'graphics' && attributes.autoport === 'yes';
  // libvirt declares it at <domain>, wherever the text does.
  const isElsewhere = (key: string) => key === 'xmlns:qemu' || (isFree && key === 'port');
  const said = Object.entries(attributes).filter(([key]) => !isElsewhere(key));
  const sorted = said.sort(([a], [b]) => (a < b ? -1 : 1));
  const kept = Object.fromEntries(
    sorted.map(([key, value]) => [key, key === 'passwd' ? 'hidden' : value]),
  );
  const own = text.trim() === '' ? '' : text;
  if (children.length === 0) return inKibibytes({ name, attributes: kept, children, text: own });
  const inside = children
    .filter((child) => child.name !== 'vmlane:apply')
    .map(settled)
    .filter((child) => child.name !== 'metadata' || hasContent(child))
    .map((child) => [orderOf(child), child] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, child]) => child);
  // Without the blanks between elements that were left out.
  return { name, attributes: kept, children: inside, text: '' };
}

function hasContent({ children, text }: Element): boolean {
  return children.length > 0 || text !== '';
}

/** libvirt sorts disks by their targets. */
function orderOf(element: Element): string {
  const [target] = element.name === 'disk' ? childrenOf(element, 'target') : [];
  return `${element.name} ${target?.attributes.dev ?? ''}`;
}

/** Source: libvirt's virScaleInteger; no unit is KiB for a domain's memory. */
const BYTES: Record<string, number> = {
  ...{ b: 1, bytes: 1, KB: 1e3, k: 1024, KiB: 1024, MB: 1e6, M: 1024 ** 2, MiB: 1024 ** 2 },
  ...{ GB: 1e9, G: 1024 ** 3, GiB: 1024 ** 3, TB: 1e12, T: 1024 ** 4, TiB: 1024 ** 4 },
};

function inKibibytes(element: Element): Element {
  const { name, attributes, text } = element;
  if (!/^(memory|currentMemory|maxMemory|size)$/.test(name)) return element;
  const bytes = Number(text) * (BYTES[attributes.unit ?? 'KiB'] ?? Number.NaN);
  if (!Number.isFinite(bytes)) return element;
  return { ...element, attributes: { ...attributes, unit: 'KiB' }, text: String(bytes / 1024) };
}

/** An element without what libvirt has added to it beyond `fresh`, its counterpart. */
function pared(element: Element, fresh: Element): Element {
  const given = Object.entries(element.attributes).filter(
    ([key]) => key in fresh.attributes || !ADDED_ATTRIBUTES.has(key),
  );
  const attributes = Object.fromEntries(given.map(([key, value]) => [key, value]));
  const alias = ALIASES[fresh.attributes.machine ?? ''];
  if (alias?.test(attributes.machine ?? '')) attributes.machine = fresh.attributes.machine ?? '';
  // The path that libvirt has chosen for them.
  if (element.name === 'nvram' && !hasContent(fresh)) {
    return { ...element, attributes, children: [], text: '' };
  }
  if (element.children.length === 0) return { ...element, attributes };
  const seen = new Map<string, number>();
  const children = element.children.flatMap((child) => {
    const key = keyOf(child);
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    const counterpart = fresh.children.filter((one) => keyOf(one) === key)[nth];
    if (counterpart) return [pared(child, counterpart)];
    return ADDED.has(child.name) ? [] : [child];
  });
  return { ...element, attributes, children };
}

/** The key of an element's counterpart: a controller's type, otherwise the name. */
function keyOf({ name, attributes }: Element): string {
  return name === 'controller' ? `${name} ${attributes.type}` : name;
}

/** libvirt replaces an alias by the machine type that it stands for. */
const ALIASES: Record<string, RegExp> = { q35: /^pc-q35-/, pc: /^pc-i440fx-/ };
