import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * True when free huge pages of one size hold `memoryMiB`. `root` is the file system's root.
 * A kernel without huge pages has none.
 */
export async function hugePagesHold(memoryMiB: number, root = '/'): Promise<boolean> {
  const folder = join(root, 'sys/kernel/mm/hugepages');
  for (const name of await readdir(folder).catch(absent<string[]>([]))) {
    const size = /^hugepages-(\d+)kB$/.exec(name)?.[1];
    if (!size) continue;
    const free = Number(await readFile(join(folder, name, 'free_hugepages'), 'utf8'));
    if (free * Number(size) >= memoryMiB * 1024) return true;
  }
  return false;
}

/** The processors that this process may run on, ascending; empty when the kernel does not say. */
export async function allowedCores(root = '/'): Promise<number[]> {
  const status = await readFile(join(root, 'proc/self/status'), 'utf8').catch(absent(''));
  const listed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return listed.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map((n) => Number.parseInt(n, 10));
    if (first === undefined || last === undefined || Number.isNaN(first + last)) return [];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function absent<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}
