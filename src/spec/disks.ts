import { quote } from '../values/problems.js';

export const BUSES = ['virtio', 'sata', 'scsi'] as const;
export const CACHES = ['none', 'writeback', 'writethrough', 'directsync', 'unsafe'] as const;
export const IOS = ['native', 'threads', 'io_uring'] as const;

export type Bus = (typeof BUSES)[number];
export type Format = 'qcow2' | 'raw';
export type Cache = (typeof CACHES)[number];
export type Io = (typeof IOS)[number];

export const PROTOCOLS = ['rbd', 'iscsi', 'nbd', 'http', 'https'] as const;
/** Keys of which a disk has one. */
export const SOURCES = ['file', 'block', 'cloudInit', 'network', 'volume'] as const;

interface NetworkText {
  protocol: (typeof PROTOCOLS)[number];
  name?: string | undefined;
  hosts: readonly { socket?: string | undefined }[];
  auth?: object | undefined;
}

interface DiskText {
  network?: NetworkText | undefined;
  volume?: { name: string } | undefined;
  file?: string | undefined;
  block?: string | undefined;
  cloudInit?: object | undefined;
  device: 'disk' | 'cdrom';
  format?: Format | undefined;
  target?: string | undefined;
  bus?: Bus | undefined;
  readonly?: boolean | undefined;
  cache?: Cache | undefined;
  io?: Io | undefined;
  iothread?: number | undefined;
}

// libvirt derives the bus from a target's prefix if none is given; we always give both, so they must agree.
const PREFIX: Record<Bus, string> = { virtio: 'vd', sata: 'sd', scsi: 'sd' };

interface DiskTrouble {
  key: 'format' | 'target' | 'bus' | 'readonly' | 'io' | 'iothread' | 'device';
  problem: string;
  remedy: string;
}

/** What is wrong with an image on a server. Numbers of servers are libvirt's (9.0, qemuDomainValidateStorageSource). */
export function networkTrouble({
  protocol,
  name,
  hosts,
  auth,
}: NetworkText): { key: 'name' | 'hosts' | 'auth'; problem: string; remedy: string } | undefined {
  if (name === undefined && protocol !== 'nbd') {
    return { key: 'name', problem: 'is missing', remedy: `give the name of the ${protocol} image` };
  }
  if (protocol !== 'rbd' && hosts.length !== 1) {
    const problem = `has ${hosts.length} servers, and ${protocol} takes one`;
    return { key: 'hosts', problem, remedy: 'give one' };
  }
  if (protocol !== 'nbd' && hosts.some(({ socket }) => socket !== undefined)) {
    const problem = `${protocol} has no Unix sockets`;
    return { key: 'hosts', problem, remedy: 'give name and port' };
  }
  if (auth !== undefined && protocol !== 'rbd' && protocol !== 'iscsi') {
    const problem = `${protocol} has none here`;
    return { key: 'auth', problem, remedy: 'leave it out, or use a template' };
  }
  return undefined;
}

/** What is wrong with one disk: a format that the name does not show, a target of another bus, … */
export function diskTrouble(disk: DiskText): DiskTrouble | undefined {
  const cdrom = isCdrom(disk);
  const bus = busOf(disk);
  if (formatOf(disk) === undefined) {
    const problem = `is not clear from ${quote(disk.file ?? disk.volume?.name ?? '')}`;
    return { key: 'format', problem, remedy: 'give qcow2 or raw' };
  }
  if (disk.cloudInit !== undefined && disk.format === 'qcow2') {
    return { key: 'format', problem: 'an ISO image is raw', remedy: 'leave it out' };
  }
  const prefix = PREFIX[bus];
  if (disk.target !== undefined && !disk.target.startsWith(prefix)) {
    const problem = `${quote(disk.target)} is not a name on the ${bus} bus`;
    return { key: 'target', problem, remedy: `give a name such as ${prefix}a` };
  }
  if (cdrom && bus === 'virtio') {
    const problem = 'a cdrom cannot be on the virtio bus';
    return { key: 'bus', problem, remedy: 'give sata or scsi' };
  }
  if (cdrom && disk.readonly === false) {
    return { key: 'readonly', problem: 'a cdrom is read-only', remedy: 'leave it out' };
  }
  // libvirt 9.0: "readonly sata disks are not supported".
  if (!cdrom && bus === 'sata' && disk.readonly) {
    const problem = 'a disk on the sata bus cannot be read-only';
    return { key: 'readonly', problem, remedy: 'give bus virtio, or device cdrom' };
  }
  // QEMU's curl driver only reads.
  const reads = /^https?$/.test(disk.network?.protocol ?? '');
  if (reads && !cdrom && disk.readonly !== true) {
    const problem = 'nothing can be written by http';
    return { key: 'readonly', problem, remedy: 'give readonly: true, or device cdrom' };
  }
  // QEMU: "aio=native was specified, but it requires cache.direct=on".
  const direct =
    disk.block === undefined ? ['none', 'directsync'] : ['none', 'directsync', undefined];
  if (disk.io === 'native' && !direct.includes(disk.cache)) {
    const problem = 'native I/O goes past the cache';
    return { key: 'io', problem, remedy: 'give cache none or directsync, too' };
  }
  // libvirt 9.0: IOThreads are only available for virtio pci and virtio ccw disk.
  if (disk.iothread !== undefined && bus !== 'virtio') {
    const problem = `a disk on the ${bus} bus cannot have an I/O thread of its own`;
    return { key: 'iothread', problem, remedy: 'leave it out, or give bus virtio' };
  }
  return undefined;
}

export function isCdrom({ device, cloudInit }: DiskText): boolean {
  return device === 'cdrom' || cloudInit !== undefined;
}

export function busOf(disk: DiskText): Bus {
  return disk.bus ?? (isCdrom(disk) ? 'sata' : 'virtio');
}

/**
 * Format of a disk as given, else by the suffix of its name; undefined if neither shows it.
 * The image itself is never read: a guest could write a qcow2 header into its raw disk and read any file of the host.
 */
export function formatOf(disk: DiskText): Format | undefined {
  if (disk.format !== undefined) return disk.format;
  const name = disk.file ?? disk.volume?.name;
  if (name === undefined) return 'raw';
  if (name.endsWith('.qcow2')) return 'qcow2';
  return /\.(raw|img|iso)$/.test(name) ? 'raw' : undefined;
}

/** Targets in the order of the disks: the given ones, and for the others the next free name of their bus. */
export function targets(disks: readonly { target?: string | undefined; bus: Bus }[]): string[] {
  const taken = new Set(disks.map((disk) => disk.target));
  return disks.map(({ target, bus }) => {
    if (target !== undefined) return target;
    let n = 0;
    while (taken.has(PREFIX[bus] + letters(n))) n++;
    taken.add(PREFIX[bus] + letters(n));
    return PREFIX[bus] + letters(n);
  });
}

/** 0 → a, 25 → z, 26 → aa. */
function letters(n: number): string {
  const last = String.fromCharCode(97 + (n % 26));
  return n < 26 ? last : letters(Math.floor(n / 26) - 1) + last;
}
