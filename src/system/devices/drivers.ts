/** Drivers and modules of the kernel, above all those of vfio. */
import { lookAt, type Root } from '../look/index.js';
import { kernelRelease } from '../os/kernel.js';

/** Whether a driver of PCI devices is loaded. */
export function hasPciDriver(name: string, root: Root = '/'): boolean {
  return lookAt(root).exists(`/sys/bus/pci/drivers/${name}`);
}

/** The kernel's state of some modules. */
export interface Modules {
  /** Loaded or built in. */
  loaded: string[];
  /** Can be loaded. */
  available: string[];
}

export function readModules(names: readonly string[], root: Root = '/'): Modules {
  const look = lookAt(root);
  const release = kernelRelease(look);
  const listed = ['modules.dep', 'modules.builtin']
    .map((file) => look.text(`/lib/modules/${release}/${file}`) ?? '')
    .join('\n');
  const isListed = (name: string) =>
    new RegExp(`/${name.replaceAll('_', '[-_]')}\\.ko`).test(listed);
  return {
    loaded: names.filter((name) => look.exists(`/sys/module/${name}`)),
    available: release === '' ? [] : names.filter(isListed),
  };
}

/** vfio's unsafe mode without an IOMMU is on. */
export function isVfioUnsafe(root: Root = '/'): boolean {
  const path = '/sys/module/vfio/parameters/enable_unsafe_noiommu_mode';
  return lookAt(root).text(path)?.startsWith('Y') === true;
}

/** vfio-pci's parameter by which its PFs make VFs, for the whole host. */
export const ENABLE_SRIOV = '/sys/module/vfio_pci/parameters/enable_sriov';

/** Whether PFs with vfio-pci make VFs; undefined: its kernel (before 5.7, or without IOV) has no such parameter. */
export function vfioMakesVfs(root: Root = '/'): boolean | undefined {
  const text = lookAt(root).text(ENABLE_SRIOV)?.trim();
  return text === undefined ? undefined : text === 'Y';
}

const FIRMWARE = '/lib/firmware/netronome';

/**
 * nfp's links to firmware without VFs; linux-firmware restores them. A file in their place was put there on
 * purpose.
 */
export function plainFirmware(root: Root = '/'): string[] {
  const look = lookAt(root);
  return look.names(FIRMWARE).filter((name) => {
    const target = name.endsWith('.nffw') ? look.target(`${FIRMWARE}/${name}`) : undefined;
    return target !== undefined && !target.includes('sriov');
  });
}
