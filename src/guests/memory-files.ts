import { fileSystemOf } from '../system/memory/mounts.js';
import type { Trouble } from '../values/errors.js';
import { memoryFileTrouble } from '../values/memory-file.js';

/** Why the switch would refuse a file that is a part of the guest's memory; null if it takes all. */
export function memoryFileFact(
  { memoryFiles = [] }: { memoryFiles?: readonly string[] },
  root = '/',
): Omit<Trouble, 'thing'> | null {
  const troubles = memoryFiles.flatMap(
    (path) => memoryFileTrouble(path, fileSystemOf(path, root)) ?? [],
  );
  return troubles[0] ?? null;
}
