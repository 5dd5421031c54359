/** Which network of the switch a NIC comes into when it is moved. */
import { type AttachedNetwork, attachedTo, unattached } from '../read/attached.js';
import { type NetworkDefinition, withInherited } from '../read/libvirt-network.js';
import { tagsOf } from '../read/promised.js';
import type { ConvertibleNic, Trouble } from './choose.js';

/**
 * How NICs get their network: each its own, if the switch is attached to it, or all of them one (null: none, only
 * other ports outside of any VLAN are reached). A NIC whose network the switch is not attached to stays, or is
 * moved, and that is told.
 */
export type NetworkChoice =
  | { attached: readonly AttachedNetwork[]; others: 'stay' | 'tell' }
  | { all: AttachedNetwork | null };

/** The network that a NIC gets; undefined: none, or nobody has said anything about networks. */
export function networkOf(
  nic: ConvertibleNic,
  choice: NetworkChoice | undefined,
  definitions: readonly NetworkDefinition[] = [],
): AttachedNetwork | undefined {
  if (!choice) return undefined;
  if ('all' in choice) return choice.all ?? undefined;
  return attachedTo(nic, choice.attached, definitions);
}

/** What a NIC would lose by being moved: its network, or a part of it. */
export function lostNetwork(
  nic: ConvertibleNic,
  choice: NetworkChoice | undefined,
  definitions: readonly NetworkDefinition[] = [],
): Trouble | undefined {
  if (!choice || 'all' in choice) return undefined;
  const { type, source = '' } = nic;
  const network = networkOf(nic, choice, definitions);
  const tags = tagsOf(withInherited(nic, definitions));
  if (network && tags.length > 0) {
    const problem = `it is in VLAN ${tags.join(', ')} of ${type} ${source}, and the switch's network ${network.name} carries no VLANs`;
    return { problem, remedy: 'leave it where it is, or choose a network for it with --network' };
  }
  if (network) return undefined;
  const { problem, remedy } = unattached(nic);
  return { problem, remedy: `${remedy}, or choose one with --network` };
}
