/** Which functions must be rebound together, and why they cannot. */

import { readDevice, readGroup } from '../../system/devices/pci.js';
import type { Pf } from '../../system/devices/vfs.js';
import type { PciFunction } from '../../values/devices.js';
import { Failed, InvalidInput, type Trouble } from '../../values/errors.js';
import { pciAddress } from '../../values/pci.js';
import { findVf } from '../find.js';
import { VFIO } from '../names.js';
import { type Uses, usesOf } from '../users/uses.js';
import { bindTrouble, isViable, listed, obstacles } from './group.js';

/** Functions by the user's names, each once: VFs, or any function by its address. @throws InvalidInput */
export function findDevices(
  words: readonly string[],
  pfs: readonly Pf[],
  root = '/',
): PciFunction[] {
  const found = words.map((word) => {
    const address = pciAddress(word);
    const device = address === undefined ? undefined : readDevice(address, root);
    return device ?? findVf(pfs, word, root);
  });
  return [...new Map(found.map((one) => [one.address, one])).values()];
}

/** All endpoints of these functions' groups: a guest gets or releases them together. */
export function wholeGroups(devices: readonly PciFunction[], root = '/'): PciFunction[] {
  const all = devices.flatMap((one) =>
    one.group === undefined ? [one] : readGroup(one.group, root).filter(({ bridge }) => !bridge),
  );
  return [...new Map([...devices, ...all].map((one) => [one.address, one])).values()];
}

/** Refuses functions that vfio-pci cannot have or use. Returns those to bind. @throws InvalidInput, Failed */
export function checkBind(
  devices: readonly PciFunction[],
  {
    pfs,
    uses,
    group,
    root = '/',
  }: { pfs: readonly Pf[]; uses: Uses; group: boolean; root?: string },
): PciFunction[] {
  const wanted = group ? wholeGroups(devices, root).filter(needsBind) : devices.filter(needsBind);
  const going = new Set(wanted.map(({ address }) => address));
  for (const device of wanted) {
    const trouble = bindTrouble(device, pfs) ?? useTrouble(device, uses);
    if (trouble) throw new Failed(trouble);
    const others = obstacles(device, readGroup(device.group ?? '', root));
    const left = others.filter(({ address }) => !going.has(address));
    if (left.length === 0) continue;
    const problem = `its IOMMU group ${device.group} also has ${listed(left)}: no guest could have it alone`;
    const remedy = 'bind all with --group, or put the card into another slot';
    throw new Failed({ thing: device.address, problem, remedy });
  }
  return wanted;

  function needsBind(one: PciFunction): boolean {
    // Free or harmless members of a group need not be rebound.
    const asked = devices.some(({ address }) => address === one.address);
    return one.driver !== VFIO && (asked || !isViable(one));
  }
}

/** Refuses functions in use. Returns those bound to vfio-pci. @throws Failed */
export function checkUnbind(
  devices: readonly PciFunction[],
  { uses, group, root = '/' }: { uses: Uses; group: boolean; root?: string },
): PciFunction[] {
  const all = group ? wholeGroups(devices, root) : devices;
  const wanted = all.filter(({ driver }) => driver === VFIO);
  for (const device of wanted) {
    const trouble = useTrouble(device, uses);
    if (trouble) throw new Failed(trouble);
  }
  return wanted;
}

function useTrouble(device: PciFunction, uses: Uses): Trouble | undefined {
  const use = usesOf(device, uses).find(({ active }) => active);
  return use && { thing: device.address, problem: `it is in use by ${use.by}`, remedy: use.remedy };
}

/** The error for a missing driver, reported before any change. */
export function missingDriver(root: string): InvalidInput {
  const problem = 'vfio-pci is not loaded there';
  return new InvalidInput({
    thing: `--root ${root}`,
    problem,
    remedy: 'load it: modprobe vfio-pci',
  });
}
