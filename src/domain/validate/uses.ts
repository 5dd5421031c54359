/** Things that only one domain of a host can have. */
import { childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { hostDevicesOf } from '../read/host-devices.js';
import type { Other, Use } from './facts.js';
import { writtenDisks, writtenMemory } from './files.js';
import { error, type Found, type Rule, shown, unfit, warning } from './finding.js';
import { type Subject, subjectOf } from './subject.js';

export const OTHERS: readonly Rule[] = [{ name: 'other-domains', check: others }];

export function usesOf({ domain, name, uuid, nics, vhostUser }: Subject): Use[] {
  const named: Use[] = childrenOf(domain, 'name').map((at) => ({ kind: 'name', value: name, at }));
  const uuids = childrenOf(domain, 'uuid').map(
    (at): Use => ({ kind: 'UUID', value: uuid ?? '', at }),
  );
  const macs = nics.flatMap(({ element, mac }): Use[] => {
    const [at] = childrenOf(element, 'mac');
    return at && mac !== undefined ? [{ kind: 'MAC', value: mac, at }] : [];
  });
  const sockets = vhostUser.map(({ sourceElement: source, path }): Use => {
    return { kind: 'socket', value: path, at: source };
  });
  const vfs = hostDevicesOf(domain).flatMap(({ at, address }): Use[] =>
    address === undefined ? [] : [{ kind: 'VF', value: address, at }],
  );
  const disks = [...writtenDisks(domain), ...writtenMemory(domain)].map(
    ({ at, path }): Use => ({ kind: 'disk', value: path, at }),
  );
  const all = [...named, ...uuids, ...macs, ...sockets, ...vfs, ...disks];
  return all.filter(({ value }) => value.trim() !== '');
}

/** Another domain, in the form that the rules compare with. `host`: it is a domain of libvirt on this host. */
export function otherOf(domain: Placed, label: string, host = false, running = false): Other {
  const subject = subjectOf(domain, {});
  const { name, uuid } = subject;
  return { label, host, running, name, uuid, uses: usesOf(subject) };
}

function* others(subject: Subject): Iterable<Found> {
  const { name, uuid, facts } = subject;
  for (const other of facts.others ?? []) {
    // This is libvirt's own definition of the same domain.
    if (other.host && other.name === name && (!uuid || other.uuid === uuid)) continue;
    const theirs = new Set(other.uses.map(({ kind, value }) => `${kind} ${value}`));
    for (const { kind, value, at } of usesOf(subject)) {
      if (!theirs.has(`${kind} ${value}`)) continue;
      const problem = `the ${kind} ${shown(value)} is that of ${other.label}, too`;
      const remedy =
        kind === 'disk'
          ? 'give each its own, or mark both <readonly/> or <shareable/>'
          : 'give each its own';
      if (!other.host) yield error(at, problem, remedy);
      // Domains that are only defined may never run at the same time.
      else if (other.running || kind === 'name' || kind === 'UUID')
        yield unfit(at, problem, remedy);
      else yield warning(at, problem, remedy);
    }
  }
}
