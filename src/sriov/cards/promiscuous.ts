/** Whose VFs can be promiscuous: get frames for whatever address, if their PF trusts them. Data. */
import type { PciFunction } from '../../values/devices.js';
import { familyOf } from './families.js';

/**
 * Whether a trusted VF that asks for all unicast frames gets them, by its PF's driver. Source: Linux 6.1.
 *
 * - igb never (igb_set_vf_promisc grants multicast only).
 * - ixgbe not on an 82599 (ixgbe_update_vf_xcast_mode), and elsewhere only while the PF is promiscuous itself.
 * - i40e, ice and mlx5 do; of others nothing is known, and they are taken for such.
 */
export function trustedVfsGetAll(pf: PciFunction): boolean {
  if (pf.driver === 'igb') return false;
  if (pf.driver !== 'ixgbe') return true;
  return familyOf(pf)?.name !== '82599' && pf.nets.some(({ promiscuous }) => promiscuous);
}
