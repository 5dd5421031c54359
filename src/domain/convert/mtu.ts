/** NICs on the switch lose the `<mtu>` with which libvirt would start none, and announce it past libvirt. */
import { NIC_MTU } from '../../values/frame-mtu.js';
import { type Edit, escaped, removal, setAttribute } from '../../xml/edit.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { announce } from '../change/host-mtu.js';
import { type Announced, mtuAlias } from '../change/override.js';
import { isUserAlias } from '../read/alias.js';
import { wordsOf } from '../read/commandline.js';
import { isOnSwitch } from '../read/nics.js';
import { devicesIn } from '../read/override.js';
import { whole } from '../read/values.js';
import type { ConvertibleNic, Trouble } from './choose.js';

/** A NIC that was on the switch already, with an MTU that it announces past libvirt now. */
export interface MendedNic {
  /** Its place among the domain's interfaces, from 0. */
  index: number;
  mac: string | undefined;
  mtu: number;
}

/** The NICs on the switch that libvirt would not start, and that can be mended. */
export function unstartable(nics: readonly ConvertibleNic[], domain: Placed): ConvertibleNic[] {
  return nics.filter(
    (nic) => isOnSwitch(nic) && ownMtu(nic) !== undefined && !aliasTrouble(nic, domain),
  );
}

/**
 * Why a NIC cannot be given an alias: libvirt counts those that have none, `net0`, so others would get that, and what
 * is said of it past libvirt. A live domain's NICs have such aliases already; in a definition libvirt drops them.
 */
export function aliasTrouble(nic: ConvertibleNic, domain: Placed): Trouble | undefined {
  if (ownMtu(nic) === undefined || nic.hostMtu !== undefined || isUserAlias(nic.alias))
    return undefined;
  const counted = /\bnet\d+\b/;
  const named =
    devicesIn(domain).find((alias) => counted.test(alias)) ??
    wordsOf(domain).find((word) => counted.test(word));
  if (named === undefined) return undefined;
  return {
    problem: `its MTU needs an alias, and ${JSON.stringify(named)} of QEMU's own names one by libvirt's count`,
    remedy: "name that NIC there by an alias of your own, <alias name='ua-…'/>",
  };
}

export function mended(nics: readonly ConvertibleNic[]): MendedNic[] {
  return nics.flatMap((nic) => {
    const { index, mac } = nic;
    const mtu = ownMtu(nic);
    return mtu === undefined ? [] : [{ index, mac, mtu }];
  });
}

/** Edits of NICs that are on the switch from now on, and of the domain. What somebody has set past libvirt stays. */
export function mtuEdits(
  xml: string,
  domain: Placed,
  nics: readonly ConvertibleNic[],
  quote: string,
): Edit[] {
  const taken = new Set(
    down(domain, 'devices')
      .flatMap(({ children }) => children)
      .map((device) => attribute(childrenOf(device, 'alias')[0], 'name')),
  );
  const announced: Announced[] = [];
  const edits = nics.flatMap((nic): Edit[] => {
    const [first, ...more] = childrenOf(nic.element, 'mtu');
    const mtu = ownMtu(nic);
    if (!first || mtu === undefined) return [];
    const removals = [first, ...more].map((one) => removal(xml, one));
    if (nic.hostMtu !== undefined) return removals;
    // libvirt refuses two of one alias, so the second is given another.
    const { alias: given } = nic;
    const isOwn = isUserAlias(given) && !announced.some(({ alias }) => alias === given);
    const alias = isOwn ? given : freeAlias(nic, taken);
    announced.push({ alias, mtu });
    if (isOwn) return removals;
    const [there] = childrenOf(nic.element, 'alias');
    if (there) return [setAttribute(there, 'name', alias, quote), ...removals];
    const text = `<alias name=${quote}${escaped(alias)}${quote}/>`;
    return [{ start: first.start, end: first.end, text }, ...removals.slice(1)];
  });
  return [...edits, ...announce(xml, domain, announced)];
}

/** An `<mtu>` that libvirt would set; 0 is none. */
function ownMtu({ element }: ConvertibleNic): number | undefined {
  return whole(attribute(childrenOf(element, 'mtu')[0], 'size'), NIC_MTU.min, NIC_MTU.max);
}

function freeAlias({ mac, index }: ConvertibleNic, taken: Set<string | undefined>): string {
  const id = mac ?? String(index);
  let alias = mtuAlias(id);
  for (let n = 2; taken.has(alias); n++) alias = mtuAlias(`${id}-${n}`);
  taken.add(alias);
  return alias;
}
