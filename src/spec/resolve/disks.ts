import { busOf, formatOf, isCdrom, targets } from '../disks.js';
import type { Disk, Seed } from '../guest.js';
import type { AcceptedSpec } from '../schema/index.js';
import { given } from './given.js';

type AcceptedDisk = AcceptedSpec['disks'][number];

export function resolveDisks({ name, disks }: AcceptedSpec, uuid: string): Disk[] {
  const names = targets(disks.map((disk) => ({ target: disk.target, bus: busOf(disk) })));
  return disks.map((disk, index) => {
    const { file, block, cloudInit, cache, io, iothread, iotune } = disk;
    const path = file ?? block ?? (cloudInit && seedPath(cloudInit, name));
    const format = formatOf(disk);
    const target = names[index];
    if (format === undefined || path === undefined || target === undefined) {
      throw new TypeError(`disk ${index} passed the schema without a source or a format`);
    }
    const cdrom = isCdrom(disk);
    return {
      source: block === undefined ? 'file' : 'block',
      device: cdrom ? 'cdrom' : 'disk',
      ...{ path, format, bus: busOf(disk), target, readonly: cdrom || (disk.readonly ?? false) },
      ...given({ cache, io, iothread }),
      ...(iotune && { iotune: given(iotune) }),
      ...(cloudInit && { seed: seedOf(cloudInit, name, uuid) }),
    } as Disk;
  });
}

type CloudInit = NonNullable<AcceptedDisk['cloudInit']>;

/** Default path: libvirt's folder of images, which QEMU's user can read. */
function seedPath({ path }: CloudInit, name: string): string {
  return path ?? `/var/lib/libvirt/images/${name}-seed.iso`;
}

/** cloud-init runs once for each instance-id, so that is the guest's UUID, which does not change. */
function seedOf(
  { userData, metaData, networkConfig }: CloudInit,
  name: string,
  uuid: string,
): Seed {
  const text = (given: string | { file: string }) =>
    typeof given === 'string' ? { text: given } : given;
  return {
    userData: text(userData),
    metaData: text(metaData ?? `instance-id: ${uuid}\nlocal-hostname: ${name}\n`),
    ...(networkConfig !== undefined && { networkConfig: text(networkConfig) }),
  };
}
