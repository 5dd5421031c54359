import { InvalidInput } from '../../values/errors.js';
import type { PresentDomains } from './present.js';
import type { Wanted } from './read.js';

/** libvirt refuses a second UUID for a name, and a second name for a UUID. */
export function identityTroubles(
  { file, name, uuid }: Wanted,
  { all }: PresentDomains,
): InvalidInput[] {
  if (uuid === undefined) return [];
  const plain = (one: string) => one.replace(/-/g, '');
  const namesake = all.find((one) => one.name === name);
  if (namesake && plain(namesake.uuid) !== uuid) {
    const problem = `libvirt has another domain ${name}, with the UUID ${namesake.uuid}`;
    const remedy = 'undefine it first, or give that UUID in the file';
    return [new InvalidInput({ thing: file, problem, remedy })];
  }
  const twin = all.find((one) => plain(one.uuid) === uuid && one.name !== name);
  if (!twin) return [];
  const problem = `libvirt has its UUID as the domain ${twin.name}`;
  return [new InvalidInput({ thing: file, problem, remedy: 'undefine that first' })];
}
