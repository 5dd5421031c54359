/** Chooses the NICs of a domain to move. */

import { InvalidInput } from '../../values/errors.js';
import { nicLabel } from '../../values/nic-label.js';
import type { Placed } from '../../xml/scan.js';
import { definitionOf, type NetworkDefinition } from '../read/libvirt-network.js';
import { type DomainNic, pathOf, VIRTIO } from '../read/nics.js';
import { tied, unserved } from '../read/unserved.js';
import type { KeptNic } from './record.js';
import { vfOf } from './vf.js';

/** A NIC that may be moved, with its place in the text. */
export type ConvertibleNic = DomainNic<Placed>;

/**
 * Types of NIC that can be moved: those that connect it to a network of the host. `user` is QEMU's own network, with
 * its DHCP and forwarded ports.
 */
const FROM = ['network', 'bridge', 'direct', 'ethernet'];

/** Why a NIC is not moved. */
export interface Trouble {
  problem: string;
  remedy: string;
}

/** Why a NIC cannot be moved; undefined if it can. */
export type Hindrance = (nic: ConvertibleNic) => Trouble | undefined;

/**
 * The NICs to move: all that can be, or those of `wanted` (a MAC, a target's name, a number).
 * NICs that are moved already are left out.
 * @throws InvalidInput for a name that fits none or several, and for a NIC that cannot be moved
 */
export function chooseNics(
  nics: readonly ConvertibleNic[],
  wanted: readonly string[] | undefined,
  isThere: (nic: ConvertibleNic) => boolean,
  hindrance: Hindrance = (nic) => obstacle(nic),
): ConvertibleNic[] {
  const chosen =
    wanted?.map((name) => find(nics, name, isThere, hindrance)) ??
    nics.filter((nic) => !hindrance(nic));
  return nics.filter((nic) => chosen.includes(nic) && !isThere(nic));
}

/** Whether a NIC is the one of this record. */
export function isKept(nic: ConvertibleNic, { key, value, pool }: KeptNic): boolean {
  if (key === 'path') return pathOf(nic) === value;
  if (key === 'vf') return vfOf(nic.element).address === value;
  return nic.mac === value && vfOf(nic.element).pool === pool && obstacle(nic) !== undefined;
}

function find(
  nics: readonly ConvertibleNic[],
  name: string,
  isThere: (nic: ConvertibleNic) => boolean,
  hindrance: Hindrance,
): ConvertibleNic {
  const fits = nics.filter(({ index, mac, target }) =>
    /^\d+$/.test(name) ? index === Number(name) : [mac, target].includes(lowerMac(name)),
  );
  // A virtio NIC and the VF that it teams up with have the same MAC.
  const good = fits.filter((nic) => isThere(nic) || !hindrance(nic));
  const [nic] = good.length > 0 ? good : fits;
  if (!nic || good.length > 1) {
    const problem = nic ? 'several NICs are called so' : 'there is no such NIC';
    const all = nics.slice(0, 8).map(nicLabel).join(', ');
    const remedy = nics.length === 0 ? 'the domain has none' : `give a number; there are ${all}`;
    throw new InvalidInput({ thing: `--nic ${name}`, problem, remedy });
  }
  const trouble = isThere(nic) ? undefined : hindrance(nic);
  if (trouble) throw new InvalidInput({ thing: nicLabel(nic), ...trouble });
  return nic;
}

function lowerMac(name: string): string {
  return name.includes(':') ? name.toLowerCase() : name;
}

/** Why a NIC cannot be moved; undefined if it can. */
export function obstacle(
  nic: ConvertibleNic,
  definitions: readonly NetworkDefinition[] = [],
): Trouble | undefined {
  const { type, model, element } = nic;
  if (!FROM.includes(type)) {
    return {
      problem: `is of type ${type || '(none)'}`,
      remedy: `choose one of ${FROM.join(', ')}`,
    };
  }
  const found = unserved(element) ?? tied(element, definitionOf(nic, definitions));
  if (found) return { problem: found.problem, remedy: found.remedy };
  if (VIRTIO.includes(model)) return undefined;
  const problem = `its model is ${model || "libvirt's default"}, only virtio can be on a switch`;
  return { problem, remedy: "set <model type='virtio'/> if the guest has the driver" };
}
