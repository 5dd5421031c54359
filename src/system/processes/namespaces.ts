import { statfsSync, statSync } from 'node:fs';
import { lookAt } from '../look/index.js';
import { nameOf, namespaceOf, processIds } from './table.js';

/** A network namespace: its path, and its name. */
export interface Namespace {
  path: string;
  name: string;
}

/** Namespaces of processes and of `ip netns` on this host: all but our own, each once. */
export function otherNetworks(): Namespace[] {
  const look = lookAt();
  const named = look.names('/run/netns').map((name) => {
    const path = `/run/netns/${name}`;
    return { path, name: `network namespace ${name}`, id: look.stat(path)?.inode };
  });
  const processes = processIds(look).map((pid) => ({
    path: `/proc/${pid}/ns/net`,
    name: `network namespace of process ${pid} (${nameOf(look, pid)})`,
    id: namespaceId(pid),
  }));
  const own = namespaceId('self');
  const found = new Map<number, Namespace>();
  for (const { id, ...one } of [...named, ...processes]) {
    if (id !== undefined && id !== own && !found.has(id)) found.set(id, one);
  }
  return [...found.values()];

  /** The link contains the inode number of a mounted namespace's file. */
  function namespaceId(pid: string): number | undefined {
    const number = /\[(\d+)\]/.exec(namespaceOf(look, pid, 'net') ?? '')?.[1];
    return number === undefined ? undefined : Number(number);
  }
}

/** What the file system of namespaces is called in statfs(2). Source: NSFS_MAGIC. */
const NSFS = 0x6e_73_66_73;

/**
 * What is at a path that should be a network namespace: one, this process's own, or something else. A namespace of another
 * kind counts as one: only who enters it is told.
 */
export function networkAt(path: string): 'missing' | 'own' | 'other' | 'no namespace' {
  try {
    if (statfsSync(path).type !== NSFS) return 'no namespace';
    return statSync(path).ino === statSync('/proc/self/ns/net').ino ? 'own' : 'other';
  } catch {
    return 'missing';
  }
}
