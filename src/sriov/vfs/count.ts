/** The number of a PF's VFs. */

import { join } from 'node:path';
import { ENABLE_SRIOV, vfioMakesVfs } from '../../system/devices/drivers.js';
import type { Write } from '../../system/devices/sysfs.js';
import { type Pf, readPfs } from '../../system/devices/vfs.js';
import { InvalidInput } from '../../values/errors.js';
import { familyOf } from '../cards/families.js';
import type { Change } from '../change/apply.js';
import { findPf } from '../find.js';
import { nameOf, VFIO } from '../names.js';

/** Refuses a number that the card cannot have. @throws InvalidInput */
export function checkCount(pf: Pf, count: number): void {
  if (count <= pf.total) return;
  const thing = nameOf(pf);
  if (pf.total === 0) {
    const firmware = familyOf(pf)?.name === 'nfp' ? 'load firmware sriov-2.1.x or newer, and ' : '';
    const remedy = `${firmware}turn SR-IOV on in the BIOS and the card's setup`;
    throw new InvalidInput({ thing, problem: 'it offers no VFs (sriov_totalvfs is 0)', remedy });
  }
  const problem = `it can have ${pf.total} VFs, not ${count}`;
  throw new InvalidInput({ thing, problem, remedy: `give 0 to ${pf.total}` });
}

/** Refuses a PF whose driver makes no VFs. @throws InvalidInput */
export function checkDriver(pf: Pf, root = '/'): void {
  const thing = nameOf(pf);
  if (pf.driver === undefined) {
    const problem = 'it has no driver, which would make its VFs';
    const remedy = "bind the card's own one, or vfio-pci for a switch: vmlane sriov bind";
    throw new InvalidInput({ thing, problem, remedy: `${remedy} ${pf.address}` });
  }
  if (pf.driver !== VFIO || vfioMakesVfs(root) !== undefined) return;
  const problem = 'vfio-pci has no parameter enable_sriov here, so its PFs make no VFs';
  const remedy = `use Linux 5.7 or newer, or give the card its own driver: vmlane sriov unbind ${pf.address}`;
  throw new InvalidInput({ thing, problem, remedy });
}

/** Writes that change the number of VFs to `count`: none, one, or two, as only 0 may change. */
export function countWrites(
  pf: Pick<Pf, 'address' | 'count'>,
  count: number,
  root: string,
): Write[] {
  const path = join(root, 'sys/bus/pci/devices', pf.address, 'sriov_numvfs');
  if (pf.count === count) return [];
  const values = pf.count === 0 || count === 0 ? [count] : [0, count];
  return values.map((value) => ({ path, value: String(value) }));
}

/** A PF, and whether vfio-pci makes VFs of those that it has. */
export type Counted = Pf & { makesVfs?: boolean };

function counted(pf: Pf, root: string): Counted {
  const makesVfs = pf.driver === VFIO ? vfioMakesVfs(root) : undefined;
  return { ...pf, ...(makesVfs !== undefined && { makesVfs }) };
}

function vfioWrites(now: Counted, makesVfs: boolean, root: string): Write[] {
  if (now.makesVfs === undefined || now.makesVfs === makesVfs) return [];
  return [{ path: join(root, ENABLE_SRIOV), value: makesVfs ? 'Y' : 'N' }];
}

/** The change to `count` VFs; removed ones must not be in use. `root` stands for `/`. */
export function countChange(pf: Pf, count: number, root = '/'): Change<Counted> {
  const thing = nameOf(pf);
  const before = counted(pf, root);
  const writes = countWrites(pf, count, root);
  return {
    thing,
    // vfio-pci is not asked to make fewer; the parameter stays on, as other PFs may need it by now.
    writes:
      writes.length > 0 && count > 0 ? [...vfioWrites(before, true, root), ...writes] : writes,
    read: () => counted(findPf(readPfs(root), pf.address, root), root),
    lacks: (now) => {
      if (now.count !== count) return `it has ${now.count} VFs, not ${count}`;
      // Only a kernel creates links.
      if (root !== '/' || now.vfs.length === count) return undefined;
      return `${now.vfs.length} of ${count} VFs are there`;
    },
    back: (now) => [
      ...countWrites(now, pf.count, root),
      ...vfioWrites(now, before.makesVfs ?? true, root),
    ],
    described: (now) => `${now.count} VFs`,
    remedy: (reason) => REMEDIES[reason] ?? "see 'dmesg'",
  };
}

/** Remedies by the kernel's message. */
const REMEDIES: Record<string, string> = {
  'Device or resource busy': "somebody else changes it, or uses a VF; see 'vmlane sriov list'",
  'Permission denied': 'run this as root',
  'Operation not permitted': 'run this as root',
  'Read-only file system': '/sys is read-only here: run this outside of the container',
  'Numerical result out of range': "give fewer; 'vmlane sriov limits' shows how many",
  'Cannot allocate memory':
    "the BIOS left too little room for VFs (MMIO, bus numbers): turn on SR-IOV and 'above 4G decoding' there, or boot with pci=realloc; see 'dmesg'",
  'No such file or directory':
    "the PF's driver makes no VFs; bind the Linux driver of the card, or load vfio-pci with enable_sriov=1",
  'Function not implemented': "the PF's driver makes no VFs; bind the Linux driver of the card",
  'No space left on device': 'the BIOS left too few bus numbers: boot with pci=assign-busses',
};
