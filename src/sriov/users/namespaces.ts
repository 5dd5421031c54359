/** Interfaces of VFs in other network namespaces, which sysfs does not show. */

import { readlinkSync, statSync } from 'node:fs';
import { execa } from 'execa';
import { namesIn, readText } from '../../system/text.js';
import { VFIO } from '../names.js';
import type { PciFunction } from '../read.js';
import { parseLinks } from '../vfs/links.js';

/** Where a namespace can be entered, and what to call it. */
interface Namespace {
  path: string;
  name: string;
}

/**
 * For functions that have a network driver but no interface here: the namespace that has it, in
 * words. Namespaces of processes and those of `ip netns`; entering them is for root.
 */
export async function readElsewhere(
  devices: readonly PciFunction[],
): Promise<ReadonlyMap<string, string>> {
  const away = devices.filter(
    ({ driver, nets }) => nets.length === 0 && driver !== undefined && driver !== VFIO,
  );
  const found = new Map<string, string>();
  if (away.length === 0) return found;
  for (const { path, name } of namespaces()) {
    const words = [`--net=${path}`, 'ip', '-json', '-details', 'link', 'show'];
    const ran = await execa('nsenter', words, { reject: false, stdin: 'ignore', timeout: 5_000 });
    // Gone meanwhile, or not for us: it is not known then.
    if (ran.exitCode !== 0) continue;
    for (const { name: net, device } of parseLinks(ran.stdout, path)) {
      if (!away.some(({ address }) => address === device)) continue;
      found.set(device ?? '', `${name}, as ${net}`);
    }
  }
  return found;
}

/** All but our own, each once. */
function namespaces(): Namespace[] {
  const found = new Map<string, Namespace>();
  const named = namesIn('/run/netns').map((name) => ({
    path: `/run/netns/${name}`,
    name: `network namespace ${name}`,
  }));
  const processes = namesIn('/proc')
    .filter((one) => /^\d+$/.test(one))
    .map((pid) => ({
      path: `/proc/${pid}/ns/net`,
      name: `network namespace of process ${pid} (${readText(`/proc/${pid}/comm`)?.trim()})`,
    }));
  const own = inode('/proc/self/ns/net');
  for (const one of [...named, ...processes]) {
    const id = inode(one.path);
    if (id !== undefined && id !== own && !found.has(id)) found.set(id, one);
  }
  return [...found.values()];
}

/** What tells namespaces apart (namespaces(7)). */
function inode(path: string): string | undefined {
  try {
    return /^\/proc\//.test(path)
      ? /\[(\d+)\]/.exec(readlinkSync(path))?.[1]
      : String(statSync(path).ino);
  } catch {
    return undefined;
  }
}
