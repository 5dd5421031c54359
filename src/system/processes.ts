/** Which guests run, and who holds a VFIO group, as /proc shows it. */
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Holder, Processes } from '../values/devices.js';
import { namesIn, readText } from './text.js';

/** What can be seen of the processes; those of others only by root. `root` stands for `/`. */
export function readProcesses(root = '/'): Processes {
  const guests = new Set<string>();
  const vfio = new Map<string, Holder[]>();
  for (const name of namesIn(join(root, 'proc')).filter((one) => /^\d+$/.test(one))) {
    const folder = join(root, 'proc', name);
    const words = (readText(join(folder, 'cmdline')) ?? '').split('\0');
    const guest = guestOf(words);
    if (guest !== undefined) guests.add(guest);
    for (const group of groupsOf(join(folder, 'fd'))) {
      const program = (readText(join(folder, 'comm')) ?? '').trim();
      const holder = { pid: Number(name), program, ...(guest !== undefined && { guest }) };
      vfio.set(group, [...(vfio.get(group) ?? []), holder]);
    }
  }
  return { guests, vfio };
}

/** QEMU's `-name guest=web1,debug-threads=on`; a comma in a value is doubled. */
function guestOf(words: readonly string[]): string | undefined {
  const at = words.indexOf('-name');
  const value = at < 0 ? undefined : /^(?:guest=)?((?:[^,]|,,)*)/.exec(words[at + 1] ?? '')?.[1];
  return value?.replaceAll(',,', ',');
}

function groupsOf(folder: string): Set<string> {
  const groups = new Set<string>();
  for (const fd of namesIn(folder)) {
    try {
      const group = /^\/dev\/vfio\/(\d+)$/.exec(readlinkSync(join(folder, fd)))?.[1];
      if (group !== undefined) groups.add(group);
    } catch (error) {
      // Closed since it was listed.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }
  return groups;
}
