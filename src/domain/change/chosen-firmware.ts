/** What libvirt writes into a definition when it chooses the firmware of a guest with UEFI. */

import { attribute, childrenOf, down, type Element } from '../../xml/element.js';
import { hasNvram } from '../read/firmware.js';

const CHOSEN = new Set(['firmware', 'loader', 'nvram']);
const FORMATS = new Set(['format', 'templateFormat']);

/**
 * The definition without the image, its features and formats, and the system management mode that it needs, where
 * `fresh` leaves them to libvirt. From 9.2 on they are written when a domain is defined, before only into one that
 * runs. Another kind of firmware in `fresh` is a difference, and nothing is left out.
 */
export function withoutChosenFirmware(definition: Element, fresh: Element): Element {
  const [os] = childrenOf(fresh, 'os');
  const [loader] = down(definition, 'os', 'loader');
  const isChosen = childrenOf(definition, 'os').some((one) => one.attributes.firmware === 'efi');
  if (!os || !hasNvram(fresh) || !loader || !isChosen) return definition;
  const isModeAdded =
    attribute(loader, 'secure') === 'yes' && down(fresh, 'features', 'smm').length === 0;
  const children = definition.children.map((child) => {
    if (child.name === 'os') return withoutChoice(child, os);
    return child.name === 'features' && isModeAdded ? without(child, isModeOn) : child;
  });
  return { ...definition, children };
}

function isModeOn({ name, attributes }: Element): boolean {
  return name === 'smm' && attributes.state === 'on';
}

function withoutChoice(os: Element, fresh: Element): Element {
  const said = without(os, ({ name }) => CHOSEN.has(name) && childrenOf(fresh, name).length === 0);
  const children = said.children.map((child) => {
    const [counterpart] = childrenOf(fresh, child.name);
    return CHOSEN.has(child.name) ? withoutFormats(child, counterpart) : child;
  });
  const { firmware, ...attributes } = said.attributes;
  return 'firmware' in fresh.attributes ? { ...said, children } : { ...said, attributes, children };
}

function withoutFormats(image: Element, fresh: Element | undefined): Element {
  const given = Object.entries(image.attributes).filter(
    ([key]) => !FORMATS.has(key) || attribute(fresh, key) !== undefined,
  );
  return { ...image, attributes: Object.fromEntries(given) };
}

function without(element: Element, isLeftOut: (child: Element) => boolean): Element {
  return { ...element, children: element.children.filter((child) => !isLeftOut(child)) };
}
