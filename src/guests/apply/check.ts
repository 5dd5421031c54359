import { type Other, otherDomain } from '../../domain/index.js';
import { seedDisks } from '../../spec/seeds.js';
import { InvalidInput } from '../../values/errors.js';
import type { Wanted } from './wanted.js';

type Kind = Other['uses'][number]['kind'];

/** What only one domain can have: its name in messages, and the remedy when two have it. */
const WAYS: Record<Kind, { what: string; remedy: string }> = {
  name: { what: 'domain', remedy: 'rename one' },
  UUID: { what: 'UUID', remedy: 'leave it out of one, or give it another' },
  MAC: { what: 'MAC', remedy: 'give each NIC an address of its own' },
  socket: { what: 'socket', remedy: 'give each NIC a socket of its own' },
  VF: { what: 'VF', remedy: 'give each domain VFs of its own' },
  disk: {
    what: 'disk',
    remedy: 'give each domain an image of its own, or mark both read-only or shareable',
  },
};

/** Finds what two files of a set must not have in common. Clashes within one file are not looked for. */
export function checkSet(wanted: readonly Wanted[]): InvalidInput[] {
  const first = new Map<string, Wanted>();
  return wanted.flatMap((one) => {
    const clashes = valuesOf(one).flatMap(({ key, what, value, remedy }) => {
      const other = first.get(key);
      if (other === undefined) first.set(key, one);
      if (other === undefined || other === one) return [];
      const problem = `the ${what} ${value} is in ${other.file}, too`;
      return [{ other, trouble: new InvalidInput({ thing: one.file, problem, remedy }) }];
    });
    // Then the UUID and MACs made from the name clash, too; the name is enough to report.
    const namesake = clashes.find(({ other }) => other.name === one.name);
    return (namesake ? [namesake] : clashes).map(({ trouble }) => trouble);
  });
}

/** Values that only this domain can have, including those made from its name. */
function valuesOf({ completed, file, guest }: Wanted) {
  const uses = otherDomain(completed, file)?.uses ?? [];
  const seeds = guest ? seedDisks(guest) : [];
  return [
    ...uses.map(({ kind, value }) => ({ key: `${kind} ${value}`, value, ...WAYS[kind] })),
    ...seeds.map(({ path }) => ({
      key: `seed ${path}`,
      value: `${path} for cloud-init`,
      what: 'image',
      remedy: "give one disk's cloudInit another path",
    })),
  ];
}
