import { busOf, formatOf, isCdrom, targets } from '../disks.js';
import type { Disk, FileDisk, NetworkDisk, Seed, VolumeDisk } from '../guest.js';
import type { AcceptedSpec } from '../schema/index.js';
import { given } from './given.js';

type AcceptedDisk = AcceptedSpec['disks'][number];

export function resolveDisks(spec: AcceptedSpec, uuid: string): Disk[] {
  const { disks } = spec;
  const names = targets(disks.map((disk) => ({ target: disk.target, bus: busOf(disk) })));
  return disks.map((disk, index) => {
    const { cache, io, iothread, iotune } = disk;
    const format = formatOf(disk);
    const target = names[index];
    if (format === undefined || target === undefined) {
      throw new TypeError(`disk ${index} passed the schema without a format`);
    }
    const cdrom = isCdrom(disk);
    return {
      ...sourceOf(disk, spec.name, uuid),
      device: cdrom ? 'cdrom' : 'disk',
      ...{ format, bus: busOf(disk), target, readonly: cdrom || (disk.readonly ?? false) },
      ...given({ cache, io, iothread }),
      ...(iotune && { iotune: given(iotune) }),
    };
  });
}

type Source =
  | Pick<FileDisk, 'source' | 'path' | 'seed'>
  | Pick<NetworkDisk, 'source' | 'protocol' | 'name' | 'hosts' | 'auth'>
  | Pick<VolumeDisk, 'source' | 'pool' | 'volume'>;

function sourceOf(disk: AcceptedDisk, name: string, uuid: string): Source {
  const { file, block, cloudInit, network, volume } = disk;
  if (network !== undefined) {
    const hosts = network.hosts.map((one) => given(one) as NetworkDisk['hosts'][number]);
    return { source: 'network', ...given(network), hosts };
  }
  if (volume !== undefined) return { source: 'volume', pool: volume.pool, volume: volume.name };
  if (block !== undefined) return { source: 'block', path: block };
  if (file !== undefined) return { source: 'file', path: file };
  if (cloudInit === undefined) throw new TypeError('a disk passed the schema without a source');
  const seed = seedOf(cloudInit, name, uuid);
  return { source: 'file', path: seedPath(cloudInit, name), seed };
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
