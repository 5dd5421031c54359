import { completeDomain, domainNics } from '../../domain/index.js';
import { InvalidInput } from '../../errors.js';
import type { Wanted } from './read.js';

/** What two files of a set may not have in common. */
export function checkSet(wanted: readonly Wanted[]): InvalidInput[] {
  const nics = wanted.flatMap((one) =>
    // A MAC that is made from the name counts, too.
    domainNics(completeDomain(one.xml)).map((nic) => ({ one, nic })),
  );
  const sockets = nics.filter(({ nic }) => nic.type === 'vhostuser');
  return [
    ...clashes(
      wanted.map((one) => [one.name, one]),
      (name, first) => ({
        problem: `the domain ${name} is in ${first}, too`,
        remedy: 'rename one',
      }),
    ),
    ...clashes(
      wanted.map((one) => [one.uuid, one]),
      (uuid, first) => ({
        problem: `the UUID ${uuid} is in ${first}, too`,
        remedy: 'leave it out of one, or give it another',
      }),
    ),
    ...clashes(
      sockets.map(({ one, nic }) => [nic.source, one]),
      (path, first) => ({
        problem: `the socket ${path} is in ${first}, too`,
        remedy: 'give each NIC a socket of its own',
      }),
    ),
    ...clashes(
      wanted.flatMap((one) =>
        (one.guest?.disks ?? []).filter(({ seed }) => seed).map(({ path }) => [path, one] as const),
      ),
      (path, first) => ({
        problem: `the image ${path} for cloud-init is in ${first}, too`,
        remedy: "give one disk's cloudInit another path",
      }),
    ),
    ...clashes(
      nics.map(({ one, nic }) => [nic.mac, one]),
      (mac, first) => ({
        problem: `the MAC ${mac} is in ${first}, too`,
        remedy: 'give each NIC an address of its own',
      }),
    ),
  ];
}

/** One trouble for each value that an earlier file has, too; within one file it is not our business. */
function clashes(
  values: readonly (readonly [value: string | undefined, of: Wanted])[],
  tell: (value: string, first: string) => { problem: string; remedy: string },
): InvalidInput[] {
  const seen = new Map<string, Wanted>();
  return values.flatMap(([value, of]) => {
    if (value === undefined) return [];
    const first = seen.get(value);
    if (first === undefined) seen.set(value, of);
    if (first === undefined || first === of) return [];
    return [new InvalidInput({ thing: of.file, ...tell(value, first.file) })];
  });
}
