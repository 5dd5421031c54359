/** Running guests and holders of VFIO groups, from /proc. */
import { basename } from 'node:path';
import type { Holder, Processes } from '../../values/devices.js';
import { lookAt, type Root } from '../look/index.js';
import { argumentsOf, descriptorsOf, isOfOurs, nameOf, processIds } from './table.js';

/** A running QEMU, with its arguments (without the program). */
export interface Qemu {
  pid: number;
  argv: string[];
}

/** Those of this host; guests in containers have their own libvirt. */
export function readQemus(root: Root = '/'): Qemu[] {
  const look = lookAt(root);
  return processIds(look).flatMap((pid): Qemu[] => {
    const [program = '', ...argv] = argumentsOf(look, pid);
    return isQemu(program) && isOfOurs(look, pid) ? [{ pid: Number(pid), argv }] : [];
  });
}

function isQemu(program: string): boolean {
  return /^(qemu-system-\w+|qemu-kvm|kvm|qemu)$/.test(basename(program));
}

/** The visible processes; only root sees those of others. `root` stands for `/`. */
export function readProcesses(root: Root = '/'): Processes {
  const look = lookAt(root);
  const guests = new Set<string>();
  const vfio = new Map<string, Holder[]>();
  for (const pid of processIds(look)) {
    const guest = guestOf(argumentsOf(look, pid));
    if (guest !== undefined) guests.add(guest);
    const open = descriptorsOf(look, pid);
    const groups = open.flatMap((path) => /^\/dev\/vfio\/(\d+)$/.exec(path)?.[1] ?? []);
    for (const group of new Set(groups)) {
      const program = nameOf(look, pid);
      const holder = { pid: Number(pid), program, ...(guest !== undefined && { guest }) };
      vfio.set(group, [...(vfio.get(group) ?? []), holder]);
    }
  }
  return { guests, vfio };
}

/**
 * QEMU's `-name guest=web1,debug-threads=on`; a comma in a value is doubled. Other programs have a -name, too,
 * such as find; libvirt's emulator, by any name, gets `guest=`.
 */
function guestOf([program = '', ...words]: readonly string[]): string | undefined {
  const at = words.indexOf('-name');
  const [, named, value] = /^(guest=)?((?:[^,]|,,)*)/.exec(words[at + 1] ?? '') ?? [];
  if (at < 0 || !(named || isQemu(program))) return undefined;
  return value?.replaceAll(',,', ',');
}
