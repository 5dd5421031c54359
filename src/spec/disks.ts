import { quote } from './problems.js';

export type Bus = 'virtio' | 'sata';
export type Format = 'qcow2' | 'raw';

interface DiskText {
  file?: string | undefined;
  block?: string | undefined;
  format?: Format | undefined;
  target?: string | undefined;
  bus: Bus;
}

// libvirt takes the prefix of a target for the bus when none is given; we always give both, so they must agree.
const PREFIX: Record<Bus, string> = { virtio: 'vd', sata: 'sd' };

/** What is wrong within one disk: a format that the name does not tell, a target that is not of the bus. */
export function diskTrouble(
  disk: DiskText,
): { key: 'format' | 'target'; problem: string; remedy: string } | undefined {
  if (formatOf(disk) === undefined) {
    const problem = `is not clear from ${quote(disk.file ?? '')}`;
    return { key: 'format', problem, remedy: 'give qcow2 or raw' };
  }
  const prefix = PREFIX[disk.bus];
  if (disk.target !== undefined && !disk.target.startsWith(prefix)) {
    const problem = `${quote(disk.target)} is not a name on the ${disk.bus} bus`;
    return { key: 'target', problem, remedy: `give a name such as ${prefix}a` };
  }
  return undefined;
}

/**
 * Format of a disk as told, or by the ending of its name; undefined when neither tells.
 * The image itself is never asked: a guest could write a qcow2 header into its raw disk and read any file of the host.
 */
export function formatOf(disk: DiskText): Format | undefined {
  if (disk.format !== undefined) return disk.format;
  if (disk.file === undefined) return 'raw';
  if (disk.file.endsWith('.qcow2')) return 'qcow2';
  return /\.(raw|img)$/.test(disk.file) ? 'raw' : undefined;
}

/** Targets in the order of the disks: those given, and for the others the next free name of their bus. */
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
