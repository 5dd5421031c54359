/** What keeps a NIC off any switch, in domain XML. */
import type { Trouble } from '../../values/errors.js';
import { attribute, childrenOf, type Tree } from '../../xml/element.js';
import { type NetworkDefinition, portgroupOf } from './libvirt-network.js';

/** What a NIC has that no port can give, and where it says so. */
export interface Unserved<T> extends Pick<Trouble, 'problem' | 'remedy'> {
  at: T;
}

/**
 * Why a NIC cannot be on a switch, whatever its type and model are; undefined if it can. With `iommu='on'` QEMU does
 * not start: "iommu_platform=true is not supported by the device"; `ats` alone has no effect.
 */
export function unserved<T extends Tree<T>>(nic: T): Unserved<T> | undefined {
  for (const driver of childrenOf(nic, 'driver')) {
    if (attribute(driver, 'iommu') !== 'on') continue;
    const problem = "goes through the guest's IOMMU (iommu='on'), which no switch offers";
    return { at: driver, problem, remedy: "take iommu='on' and ats='on' out of its <driver>" };
  }
  for (const team of childrenOf(nic, 'teaming')) {
    if (attribute(team, 'type') !== 'transient') continue;
    // libvirt: "transient interface must be type='hostdev' or a network of VFs".
    const problem = "is the VF of a team (<teaming type='transient'>)";
    return { at: team, problem, remedy: 'move the other NIC of the team, the persistent one' };
  }
  return undefined;
}

/**
 * Why a NIC whose source is a network of the host cannot leave it; undefined if it can. `definition`: its network's,
 * if that is known.
 */
export function tied<T extends Tree<T>>(
  nic: T,
  definition?: NetworkDefinition,
): Unserved<T> | undefined {
  for (const source of childrenOf(nic, 'source')) {
    const mode = attribute(source, 'mode') ?? '';
    if (attribute(nic, 'type') === 'direct' && ['private', 'vepa', 'passthrough'].includes(mode)) {
      const problem = `is a macvtap in mode ${mode}, which keeps it apart from guests of this host`;
      const remedy = "write mode='bridge' if it may reach them";
      return { at: source, problem, remedy };
    }
    const group = attribute(source, 'portgroup');
    if (group === undefined) continue;
    const shown = JSON.stringify(group);
    if (definition) {
      if (portgroupOf(definition, group)) continue;
      const problem = `is in the portgroup ${shown}, which its network ${definition.name} does not have`;
      return { at: source, problem, remedy: "see 'virsh net-dumpxml', or take portgroup out" };
    }
    // A <vlan> of its own wins over the portgroup's.
    if (childrenOf(nic, 'vlan').length > 0) continue;
    const problem = `is in the portgroup ${shown} of its network, whose VLAN and limits are not in the domain`;
    const remedy =
      "give the network's definition with --network-xml, or write what it gives into the <interface> (<vlan>, <bandwidth>) and take portgroup out";
    return { at: source, problem, remedy };
  }
  return undefined;
}
