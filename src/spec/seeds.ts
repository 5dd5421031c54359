import type { FileDisk, Guest, Seed } from './guest.js';

/** Disks of the guest that are images for cloud-init. */
export function seedDisks({ disks }: Pick<Guest, 'disks'>): (FileDisk & { seed: Seed })[] {
  return disks.flatMap((disk) =>
    'seed' in disk && disk.seed !== undefined ? [{ ...disk, seed: disk.seed }] : [],
  );
}
