/** Whether a guest whose frames are a VF's may have its MAC: what the VF's card lets pass. Pure. */
import type { Trouble } from './errors.js';

/** A VF behind a guest's NIC, with what its PF has it set to. */
export interface RelayVf {
  /** `0000:01:10.0` */
  address: string;
  /** Its PF, as `vmlane sriov vf` takes it, and its number there. */
  pf: string;
  index: number;
  /** Lower case; all zero: nobody has set one. */
  mac: string;
  trust: boolean;
  spoofchk: boolean;
  /** Its PF's driver gives a trusted VF frames for any address that it asks for. */
  getsAll: boolean;
  /** It is one of several members of a bond. */
  inBond: boolean;
}

/** The MAC of a VF for which nobody has set one. */
export const NO_MAC = '00:00:00:00:00:00';

/**
 * Why the card loses the frames of a guest with this MAC; undefined if it does not, or nobody can know.
 *
 * With the spoof check on, a card drops what leaves with another source than the VF's own. With it off, frames leave,
 * but those for the guest do not come: the switch asks for promiscuous mode, and PF drivers grant that to trusted VFs
 * only, and some (igb) to none (sriov/cards/promiscuous.ts). So a VF that is trusted and unchecked takes any MAC where
 * its card can, and no other does. An all-zero MAC is none: the VF's driver draws one when it opens it, or the card's firmware has one that the kernel
 * does not show (mlx5). It may be right, so nothing is refused for it (`unsetMac` has the warning).
 */
export function vfMacTrouble(
  mac: string | undefined,
  vf: RelayVf,
): Pick<Trouble, 'problem' | 'remedy'> | undefined {
  if (vf.mac === NO_MAC || vf.mac === mac || takesAny(vf)) return undefined;
  const has = mac === undefined ? 'has no MAC, so libvirt chooses one' : `has the MAC ${mac}`;
  const why = vf.spoofchk
    ? 'the card drops frames from another'
    : 'the card brings no frames for another';
  const own = `give the NIC ${vf.mac}`;
  return {
    problem: `${has}, and ${nameOf(vf)} has ${vf.mac}: ${why}`,
    remedy: mac === undefined ? own : `${own}, or: ${settingOf(mac, vf)}, and restart the switch`,
  };
}

/** Why the card may lose the frames of a guest with this MAC, as the VF has none of its own; undefined if it has. */
export function unsetMac(
  mac: string | undefined,
  vf: RelayVf,
): Pick<Trouble, 'problem' | 'remedy'> | undefined {
  if (vf.mac !== NO_MAC || takesAny(vf)) return undefined;
  const problem = `${nameOf(vf)} has no MAC set, so its driver draws one, and the card may drop frames from another`;
  return { problem, remedy: `${settingOf(mac ?? 'MAC', vf)}, and restart the switch` };
}

function takesAny({ trust, spoofchk, getsAll }: RelayVf): boolean {
  return trust && !spoofchk && getsAll;
}

function nameOf({ address, inBond }: RelayVf): string {
  return inBond ? `the bond's VF ${address}` : `the VF ${address}`;
}

/** Members of a bond have one MAC, which is refused for other VFs. */
function settingOf(mac: string, { pf, index, inBond }: RelayVf): string {
  return `vmlane sriov vf ${pf} ${index} --mac ${mac}${inBond ? ' --bond' : ''}`;
}
