/** Files that are a part of a guest's memory, such as NVDIMMs, where a vhost-user switch maps it. */
import type { Trouble } from './errors.js';
import { quote } from './problems.js';

/** What the switch maps (native/vhost/vhost_message.c): a file on a disk could keep it waiting for the disk. */
const MAPPED: ReadonlySet<string> = new Set(['tmpfs', 'hugetlbfs']);

/**
 * Why a switch would refuse a guest with such a file: QEMU shows it all files of the memory, private ones, too, and the
 * guest would run without network. Undefined if it takes it, or if the kind of its file system is not known.
 */
export function memoryFileTrouble(
  path: string,
  system: string | undefined,
): Pick<Trouble, 'problem' | 'remedy'> | undefined {
  if (system === undefined || MAPPED.has(system)) return undefined;
  return {
    problem: `its memory has the file ${quote(path)}, on ${system}, and the switch takes memory on tmpfs and hugetlbfs only: it would have no network`,
    remedy: 'put the file on one of them, such as /dev/shm, or give the guest no vhost-user NIC',
  };
}
