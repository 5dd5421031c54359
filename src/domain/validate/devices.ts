/** Disks, and places on the guest's PCI bus. */
import { attribute, childrenOf } from '../markup.js';
import { writtenDisks } from './files.js';
import { error, type Found, type Rule, shown } from './finding.js';
import { devicesOf, type Subject } from './subject.js';
import { pciAddress } from './values.js';

export const DEVICES: readonly Rule[] = [
  { name: 'disk-target', check: targets },
  { name: 'disk-source', check: sources },
  { name: 'pci-address', check: addresses },
];

/** Source: virDomainDefCheckDuplicateDiskInfo. */
function* targets({ domain }: Subject): Iterable<Found> {
  const seen = new Set<string>();
  for (const [index, disk] of devicesOf(domain, 'disk').entries()) {
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

/** libvirt: "Attempted double use of PCI Address". */
function* addresses({ domain }: Subject): Iterable<Found> {
  const seen = new Map<string, string>();
  for (const device of childrenOf(domain, 'devices').flatMap((one) => one.children)) {
    for (const at of childrenOf(device, 'address')) {
      if (attribute(at, 'type') !== 'pci' || !at.attributes.has('slot')) continue;
      const address = pciAddress((name) => attribute(at, name));
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
