/** PFs of network cards and their VFs: the only reader of SR-IOV's files. */
import { type PciFunction, VFIO } from '../../values/devices.js';
import { type Look, lookAt, type Root } from '../look/index.js';
import {
  baseClass,
  fileOf,
  linkName,
  numberIn,
  pciAddresses,
  readDevice,
  representorsOf,
} from './pci.js';

/** A virtual function. */
export interface Vf extends PciFunction {
  /** Address of its PF. */
  pf: string;
  /** Its number on the PF: N in the link `virtfnN`. */
  index: number;
  /** The interface that stands for it on the host; only of a PF in switchdev mode. */
  representor?: string;
}

/** A physical function, with its VFs. */
export interface Pf extends PciFunction {
  /** Maximum number of VFs (`sriov_totalvfs`). */
  total: number;
  /** Present VFs: by the kernel's links, or by `sriov_numvfs` in a copy. */
  count: number;
  /** Distance from the PF's routing ID to the first VF's, and between VFs; absent before Linux 4.13. */
  offset?: number;
  stride?: number;
  vfs: readonly Vf[];
}

/** PCI's base class of network cards. */
const NETWORK = 0x02;

/** All PFs of network cards in the order of their addresses. `root` stands for `/`. @throws Failed for a malformed file */
export function readPfs(root: Root = '/'): Pf[] {
  const look = lookAt(root);
  return pciAddresses(look).flatMap((address) =>
    isNic(address, look) ? (readPf(address, look) ?? []) : [],
  );
}

/** Whether a function is a network card. */
export function isNic(address: string, root: Root = '/'): boolean {
  return baseClass(lookAt(root), address) === NETWORK;
}

/** A function that supports VFs; undefined for others. @throws Failed for a malformed file */
export function readPf(address: string, root: Root = '/'): Pf | undefined {
  const look = lookAt(root);
  const total = numberIn(look, fileOf(address, 'sriov_totalvfs'));
  const device = total === undefined ? undefined : readDevice(address, look);
  if (total === undefined || !device) return undefined;
  const vfs = readVfs(address, look);
  const offset = numberIn(look, fileOf(address, 'sriov_offset'));
  const stride = numberIn(look, fileOf(address, 'sriov_stride'));
  return {
    ...device,
    total,
    count: countOf(address, vfs, look),
    ...(offset !== undefined && { offset }),
    ...(stride !== undefined && { stride }),
    vfs,
  };
}

/** A copy may lack the links. The kernel has them, and a read of the number would wait for a stuck write. */
function countOf(address: string, vfs: readonly Vf[], look: Look): number {
  const path = fileOf(address, 'sriov_totalvfs');
  if (look.isKernels(path)) return vfs.length;
  return numberIn(look, fileOf(address, 'sriov_numvfs')) ?? vfs.length;
}

function readVfs(pf: string, look: Look): Vf[] {
  const names = look.names(fileOf(pf, ''));
  const representors = representorsOf(pf, look);
  const numbers = names.flatMap((name) => /^virtfn(\d{1,5})$/.exec(name)?.[1] ?? []);
  return numbers
    .map(Number)
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const address = linkName(look, fileOf(pf, `virtfn${index}`));
      // It may have gone since the folder was listed.
      const device = address === undefined ? undefined : readDevice(address, look);
      const representor = representors.get(index);
      return device
        ? [{ ...device, pf, index, ...(representor !== undefined && { representor }) }]
        : [];
    });
}

/**
 * The PF of a VF, or the one that it is, if vfio-pci has it and it has VFs: these are opened with a VF token only.
 * Undefined for all others.
 */
export function tokenPf(address: string, root: Root = '/'): string | undefined {
  const look = lookAt(root);
  const pf = readDevice(address, look)?.pf ?? address;
  const found = readPf(pf, look);
  return found?.driver === VFIO && found.count > 0 ? pf : undefined;
}
