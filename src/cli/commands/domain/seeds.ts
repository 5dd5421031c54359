import type { PlannedSeed } from '../../../guests/seed.js';
import { isRemote } from '../../../libvirt/uri.js';
import type { Guest } from '../../../spec/index.js';
import { InvalidInput } from '../../../values/errors.js';

/** What is to be done for a guest's images for cloud-init. Throws InvalidInput as planSeeds, and for guests on another host. */
export async function seedsOf(guest: Guest, uri: string): Promise<PlannedSeed[]> {
  const [first] = guest.disks.filter(({ seed }) => seed !== undefined);
  if (first === undefined) return [];
  if (isRemote(uri)) {
    const problem = "is made on this host, and the guest's is another";
    const remedy = 'define the guest there, or make the image there and name it as a file';
    throw new InvalidInput({ thing: first.path, problem, remedy });
  }
  const { planSeeds } = await import('../../../guests/seed.js');
  return planSeeds(guest);
}
