/** How a guest's port stands in VLANs. */
import { VLAN_MODE } from '../contract/bounds.js';
import type { VlanMode } from '../contract/types.js';

/** A mode that ports of guests may have. */
export type GuestVlanMode = Exclude<VlanMode, 'per-guest'>;

/** The modes that ports of guests may have; the other one is for devices. */
export const GUEST_VLAN_MODES = VLAN_MODE.values.filter((mode) => mode !== 'per-guest') as [
  GuestVlanMode,
  ...GuestVlanMode[],
];

/** Settings that go together. */
export interface VlanSettings {
  vlan?: number | undefined;
  vlanMode?: GuestVlanMode | undefined;
  trunks?: string | undefined;
  network?: string | undefined;
}

/** What is wrong with settings that do not go together, and at which of them. Source: the switch's check_vlans. */
export function vlanTrouble({ vlan, vlanMode = 'access', trunks, network }: VlanSettings) {
  if (network !== undefined && vlanMode !== 'access')
    return {
      at: 'vlanMode' as const,
      problem: `a port in a network is in one VLAN, not ${vlanMode}`,
      remedy: 'leave it out, or the network',
    };
  if (trunks !== undefined && (vlanMode === 'access' || vlanMode === 'transparent'))
    return {
      at: 'trunks' as const,
      problem: `a port that is ${vlanMode} carries no trunk`,
      remedy: 'leave it out, or choose trunk, native-tagged or native-untagged',
    };
  if (vlanMode === 'trunk' && vlan !== undefined)
    return {
      at: 'vlan' as const,
      problem: 'a trunk has no VLAN for frames without a tag',
      remedy: 'leave it out, or choose native-tagged or native-untagged',
    };
  if (vlanMode === 'native-tagged' && vlan === undefined)
    return {
      at: 'vlan' as const,
      problem: 'native-tagged needs the VLAN that frames without a tag are in',
      remedy: 'give it, or choose trunk',
    };
  return undefined;
}
