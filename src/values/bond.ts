/** Bonds: several devices as one, as the switch names them (native/datapath/device_bond.h). Pure. */
import { LIMITS } from '../contract/bounds.js';
import { InvalidInput } from './errors.js';
import { pciAddress } from './pci.js';

/** A bond in the parts of its name. */
export interface Bond {
  /** 0 to 6, as the kernel's bonding numbers them. */
  mode: number;
  members: readonly string[];
}

/** Modes of a bond, and the usual one, active-backup: virtio-forwarder's, and the switch's. */
export const BOND_MODE = { min: 0, max: 6, usual: 1 } as const;

/** The most members of a bond. */
export const BOND_MEMBERS_MAX = LIMITS.bond_members;

/** How the names of bonds begin. */
export const BOND = 'bond:';

/** The bond that a device's name says; undefined: it is none. */
export function bondOf(device: string): Bond | undefined {
  const [, mode, members] = /^bond:(?:mode=([0-6]),)?members=([!-~]+)$/.exec(device) ?? [];
  if (members === undefined) return undefined;
  return { mode: mode === undefined ? BOND_MODE.usual : Number(mode), members: members.split('+') };
}

/** The name of the device that the bond is. */
export function bondDevice({ mode, members }: Bond): string {
  const plain = members.map((member) => pciAddress(member) ?? member);
  return `bond:mode=${mode},members=${plain.join('+')}`;
}

/** The devices that a device consists of: a bond's members, or itself. */
export function partsOf(device: string): readonly string[] {
  return bondOf(device)?.members ?? [device];
}

/** The bond of these devices, of which each is there once. @throws InvalidInput */
export function bondOfAddresses(
  addresses: readonly string[],
  mode: number = BOND_MODE.usual,
): string {
  const twice = addresses.find((one, at) => addresses.indexOf(one) !== at);
  if (twice !== undefined) {
    const remedy = 'give each member of the bond once';
    throw new InvalidInput({ thing: `--pci-addr ${twice}`, problem: 'is given twice', remedy });
  }
  if (addresses.length > BOND_MEMBERS_MAX) {
    const problem = `is given ${addresses.length} times`;
    const remedy = `a bond has at most ${BOND_MEMBERS_MAX} members`;
    throw new InvalidInput({ thing: '--pci-addr', problem, remedy });
  }
  return bondDevice({ mode, members: addresses });
}
