/** Files that a domain names. */
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { memoryFilesOf } from '../read/memory-parts.js';
import { isDeviceShared } from '../read/shared-memory.js';

export interface NamedFile {
  at: Placed;
  path: string;
  /** Its name in messages. */
  what: string;
}

/** Files that must exist when the guest starts. */
export function filesOf(domain: Placed): NamedFile[] {
  const os = ['kernel', 'initrd', 'dtb', 'loader'].flatMap((name) =>
    down(domain, 'os', name).map((at) => ({ at, path: at.text.trim(), what: `<${name}>` })),
  );
  // libvirt makes the file itself from the template.
  const templates = down(domain, 'os', 'nvram').map((at) => {
    return { at, path: attribute(at, 'template') ?? '', what: 'the template' };
  });
  const emulators = down(domain, 'devices', 'emulator').map((at) => {
    return { at, path: at.text.trim(), what: '<emulator>' };
  });
  // Without it libvirt cannot label it, so QEMU does not get to make it.
  const plugged = memoryFilesOf(domain).map((one) => ({ ...one, what: 'the memory device' }));
  const found = [
    ...os,
    ...templates,
    ...emulators,
    ...plugged,
    ...disksOf(domain).filter(isNeeded),
  ];
  return found.filter(({ path }) => path.startsWith('/'));
}

export interface NamedDisk extends NamedFile {
  disk: Placed;
}

/** Disks that are files or block devices. */
export function disksOf(domain: Placed): NamedDisk[] {
  return down(domain, 'devices', 'disk').flatMap((disk) =>
    childrenOf(disk, 'source').flatMap((at) => {
      const path = attribute(at, 'file') ?? attribute(at, 'dev');
      return path === undefined ? [] : [{ disk, at, path, what: 'the disk' }];
    }),
  );
}

/** Disks that the guest writes to, and no other may at the same time. */
export function writtenDisks(domain: Placed): NamedDisk[] {
  return disksOf(domain).filter(({ disk, path }) => {
    if (path === '' || attribute(disk, 'device') === 'cdrom') return false;
    // Transient disks (libvirt 7.4): writes are dropped, and guests may share the image below.
    const [transient] = childrenOf(disk, 'transient');
    if (attribute(transient, 'shareBacking') === 'yes') return false;
    return !['readonly', 'shareable'].some((name) => childrenOf(disk, name).length > 0);
  });
}

/** A medium may be missing where `startupPolicy` says so (libvirt 0.9.7). */
function isNeeded({ at }: NamedDisk): boolean {
  return !['optional', 'requisite'].includes(attribute(at, 'startupPolicy') ?? '');
}

/** Files of memory devices that the guest writes to. */
export function writtenMemory(domain: Placed): Omit<NamedFile, 'what'>[] {
  const written = down(domain, 'devices', 'memory').filter(
    (one) => isDeviceShared(domain, one) && down(one, 'target', 'readonly').length === 0,
  );
  return memoryFilesOf(domain).filter(({ at }) =>
    written.some((one) => down(one, 'source', 'path').includes(at)),
  );
}
