/** Disks, and places on the guest's PCI bus. */

import { pciAddressOf } from '../../values/pci.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { writtenDisks } from './files.js';
import { error, type Found, type Rule, shown } from './finding.js';
import type { Subject } from './subject.js';

export const DEVICES: readonly Rule[] = [
  { name: 'disk-target', check: targets },
  { name: 'disk-source', check: sources },
  { name: 'disk-io', check: io },
  { name: 'disk-readonly', check: readOnly },
  { name: 'pci-address', check: addresses },
];

/** Source: virDomainDefCheckDuplicateDiskInfo. */
function* targets({ domain }: Subject): Iterable<Found> {
  const seen = new Set<string>();
  for (const [index, disk] of down(domain, 'devices', 'disk').entries()) {
    const [at] = childrenOf(disk, 'target');
    const name = attribute(at, 'dev');
    if (name === undefined) {
      yield error(
        disk,
        `disk ${index + 1} has no target`,
        "write <target dev='vda' bus='virtio'/>",
      );
    } else if (seen.has(name)) {
      yield error(
        at ?? disk,
        `${shown(name)} is the target of another disk, too`,
        'give each its own',
      );
    } else seen.add(name);
  }
}

/** Two writers of one image destroy it. */
function* sources({ domain }: Subject): Iterable<Found> {
  const writers = new Set<string>();
  for (const { at, path } of writtenDisks(domain)) {
    if (writers.has(path)) {
      const remedy = 'give each disk its own, or mark both <readonly/> or <shareable/>';
      yield error(at, `${shown(path)} is written by another disk, too`, remedy);
    } else writers.add(path);
  }
}

/** libvirt 9.0: "io='native' needs either no disk cache or directsync cache mode". */
function* io({ domain }: Subject): Iterable<Found> {
  for (const driver of down(domain, 'devices', 'disk', 'driver')) {
    const cache = attribute(driver, 'cache');
    if (attribute(driver, 'io') !== 'native' || /^(none|directsync)$/.test(cache ?? '')) continue;
    const problem = `io='native' does not go with cache=${shown(cache ?? 'default')}`;
    yield error(driver, problem, "write cache='none' or cache='directsync', or take io out");
  }
}

/** libvirt 9.0: "readonly sata disks are not supported"; QEMU's ide-hd has none. */
function* readOnly({ domain }: Subject): Iterable<Found> {
  for (const disk of down(domain, 'devices', 'disk')) {
    const bus = busOf(disk) ?? '';
    const plain = (attribute(disk, 'device') ?? 'disk') === 'disk';
    if (!plain || !['ide', 'sata'].includes(bus)) continue;
    for (const at of childrenOf(disk, 'readonly')) {
      const remedy = "write bus='virtio' or 'scsi' in <target>, or device='cdrom' in <disk>";
      yield error(at, `a disk on the bus ${shown(bus)} cannot be read-only`, remedy);
    }
  }
}

const BUSES: Record<string, string> = {
  vd: 'virtio',
  sd: 'scsi',
  hd: 'ide',
  fd: 'fdc',
  xvd: 'xen',
};

/** The bus of a disk; its target's name decides if nothing else does. */
export function busOf(disk: Placed): string | undefined {
  const [target] = childrenOf(disk, 'target');
  const [, prefix = ''] = /^(xvd|[vshf]d)[a-z]/.exec(attribute(target, 'dev') ?? '') ?? [];
  return attribute(target, 'bus') ?? BUSES[prefix];
}

/** An address that is all 0 or left out is libvirt's to choose. Source: virPCIDeviceAddressIsEmpty. */
function isFree(address: Placed): boolean {
  const parts = ['domain', 'bus', 'slot', 'function'].map(
    (name) => attribute(address, name) ?? '0',
  );
  return parts.every((part) => Number(part) === 0);
}

/** libvirt: "Attempted double use of PCI Address". */
function* addresses({ domain }: Subject): Iterable<Found> {
  const seen = new Map<string, string>();
  for (const device of childrenOf(domain, 'devices').flatMap((one) => one.children)) {
    for (const at of childrenOf(device, 'address')) {
      if (attribute(at, 'type') !== 'pci' || isFree(at)) continue;
      const address = pciAddressOf((name) => attribute(at, name));
      const user = address && seen.get(address);
      if (address === undefined) {
        const remedy = 'take it out: libvirt chooses one';
        yield error(at, 'is no PCI address: domain, bus, slot 0-0x1f, function 0-7', remedy);
      } else if (user !== undefined) {
        const remedy = 'take one out: libvirt chooses another';
        yield error(at, `${address} is the address of a ${user}, too`, remedy);
      } else seen.set(address, device.name);
    }
  }
}
