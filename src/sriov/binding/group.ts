/** What can be bound to vfio-pci, and what must be bound along with it. Pure. */

import type { Pf } from '../../system/devices/vfs.js';
import type { PciFunction } from '../../values/devices.js';
import type { Trouble } from '../../values/errors.js';
import { nameOf, VFIO } from '../names.js';

/** Drivers that do not block other users of their group. Source: vfio_dev_driver_allowed. */
const HARMLESS = [VFIO, 'pci-stub', 'pcieport'];

/** Whether a member of a group allows another one to be used by a guest. Source: vfio_dev_viable. */
export function isViable({ driver, bridge }: PciFunction): boolean {
  return bridge || driver === undefined || driver.startsWith('vfio') || HARMLESS.includes(driver);
}

/** Members of a function's group that prevent its use by a guest. */
export function obstacles(device: PciFunction, members: readonly PciFunction[]): PciFunction[] {
  return members.filter((one) => one.address !== device.address && !isViable(one));
}

/** `0000:01:00.0 with igb, 0000:01:00.1 with igb` */
export function listed(devices: readonly PciFunction[]): string {
  const shown = devices
    .slice(0, 4)
    .map((one) => `${one.address} with ${one.driver ?? 'no driver'}`);
  const more = devices.length > 4 ? ` and ${devices.length - 4} more` : '';
  return shown.join(', ') + more;
}

/** Why a function cannot be given to a guest; undefined: it can. `pfs`: all PFs of this host. */
export function bindTrouble(device: PciFunction, pfs: readonly Pf[]): Trouble | undefined {
  const thing =
    nameOf(device) === device.address ? device.address : `${nameOf(device)} (${device.address})`;
  if (device.bridge) {
    return { thing, problem: 'this is a bridge, not a network card', remedy: 'give a VF' };
  }
  if (device.group === undefined) {
    const problem = 'it is in no IOMMU group';
    return { thing, problem, remedy: IOMMU_REMEDY };
  }
  const pf = pfs.find(({ address }) => address === device.address);
  if (pf && pf.count > 0) {
    const problem = `its ${pf.count} VFs would go with its driver`;
    return { thing, problem, remedy: `first: vmlane sriov set ${nameOf(pf)} 0` };
  }
  const up = device.nets.find((net) => net.up);
  if (up) {
    const problem = `this host itself uses it as ${up.name}, which is up`;
    return { thing, problem, remedy: `first: ip link set ${up.name} down` };
  }
  return undefined;
}

export const IOMMU_REMEDY =
  'turn on VT-d or AMD-Vi in the BIOS, and boot with intel_iommu=on iommu=pt (AMD: iommu=pt)';
