/** Sets and unsets what `<qemu:override>` says of the MTU of NICs, by edits of a domain's text. */
import { append, type Edit, removal, setAttribute } from '../../xml/edit.js';
import { attribute } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { prefixOf } from '../read/metadata.js';
import {
  devicesOf,
  frontendsOf,
  HOST_MTU,
  overridesOf,
  propertiesOf,
  QEMU,
  type SetProperty,
} from '../read/override.js';
import {
  type Announced,
  overriddenDevice,
  overriddenFrontend,
  overriddenMtu,
  override,
} from './override.js';

/** NICs, each with an alias of its own, announce these MTUs from now on. */
export function announce(text: string, domain: Placed, nics: readonly Announced[]): Edit[] {
  const set = mtusIn(domain);
  const [there] = overridesOf(domain);
  const fresh: Announced[] = [];
  const edits = nics.flatMap((nic): Edit[] => {
    const own = set.findLast(({ alias }) => alias === nic.alias);
    if (own) return [setAttribute(own.element, 'value', String(nic.mtu), '"')];
    const device = there && deviceOf(there, domain, nic.alias);
    if (!there || !device) {
      fresh.push(nic);
      return [];
    }
    const [front] = frontendsOf(device, there, domain);
    const prefix = prefixOf(there.name);
    if (front) return [append(text, front, [overriddenMtu(nic, prefix)])];
    return [append(text, device, [overriddenFrontend(nic, prefix)])];
  });
  if (fresh.length === 0) return edits;
  if (!there) return [...edits, append(text, domain, [newOverride(domain, fresh)])];
  const devices = fresh.map((nic) => overriddenDevice(nic, prefixOf(there.name)));
  return [...edits, append(text, there, devices)];
}

/** Takes the MTUs of these aliases out again, and each element around them in which nothing is left. */
export function unannounce(text: string, domain: Placed, aliases: readonly string[]): Edit[] {
  const gone = new Set(
    mtusIn(domain)
      .filter(({ alias }) => aliases.includes(alias ?? ''))
      .map(({ element }) => element),
  );
  const isGone = (one: Placed): boolean =>
    gone.has(one) || (one.children.length > 0 && one.children.every(isGone));
  const outermost = (one: Placed): Placed[] =>
    isGone(one) ? [one] : one.children.flatMap(outermost);
  return overridesOf(domain)
    .flatMap(outermost)
    .map((one) => removal(text, one));
}

function mtusIn(domain: Placed): SetProperty<Placed>[] {
  return propertiesOf(domain).filter(({ name }) => name === HOST_MTU);
}

function deviceOf(override: Placed, domain: Placed, alias: string): Placed | undefined {
  return devicesOf(override, domain).find((one) => attribute(one, 'alias') === alias);
}

/** The namespace is the override's own, so that it goes with it, unless the domain has it already. */
function newOverride(domain: Placed, nics: readonly Announced[]) {
  const [key] = Object.entries(domain.attributes).find(
    ([name, value]) => name.startsWith('xmlns:') && value === QEMU,
  ) ?? [undefined];
  if (key !== undefined) return override(nics, `${key.slice('xmlns:'.length)}:`);
  return override(nics, 'qemu:', { 'xmlns:qemu': QEMU });
}
