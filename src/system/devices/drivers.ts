/** Drivers and modules of the kernel, above all those of vfio. */
import { lookAt, type Root } from '../look/index.js';
import { kernelRelease } from '../os/kernel.js';

/** Whether a driver of PCI devices is there to be bound to. */
export function hasPciDriver(name: string, root: Root = '/'): boolean {
  return lookAt(root).exists(`/sys/bus/pci/drivers/${name}`);
}

/** What the kernel has of some modules. */
export interface Modules {
  /** Loaded or built in. */
  loaded: string[];
  /** Those that could be. */
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

/** vfio works without an IOMMU, unsafely. */
export function isVfioUnsafe(root: Root = '/'): boolean {
  const path = '/sys/module/vfio/parameters/enable_unsafe_noiommu_mode';
  return lookAt(root).text(path)?.startsWith('Y') === true;
}

const FIRMWARE = '/lib/firmware/netronome';

/**
 * Links that lead nfp to firmware without VFs; linux-firmware puts them back. A file in their place was put
 * there by somebody who knows.
 */
export function plainFirmware(root: Root = '/'): string[] {
  const look = lookAt(root);
  return look.names(FIRMWARE).filter((name) => {
    const target = name.endsWith('.nffw') ? look.target(`${FIRMWARE}/${name}`) : undefined;
    return target !== undefined && !target.includes('sriov');
  });
}
