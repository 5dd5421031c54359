/** Domains that are too large for rules which compare each with each. */
import type { Placed } from '../../xml/scan.js';

/** More elements of a name, or attributes of an element, are refused. */
const MOST_OF_A_KIND = 4096;

/** What there is too much of. */
export interface Crowd {
  at: Placed;
  problem: string;
  remedy: string;
}

/** The first crowd, outside of the metadata, at which no rule looks. */
export function crowdIn(domain: Placed): Crowd | undefined {
  const remedy = `no guest has more than ${MOST_OF_A_KIND}`;
  const all = [domain];
  // The list grows while it is read.
  for (const at of all) {
    if (at.places.size > MOST_OF_A_KIND) {
      return { at, problem: `${at.places.size} attributes`, remedy };
    }
    const counts = new Map<string, number>();
    for (const { name } of at.children) counts.set(name, (counts.get(name) ?? 0) + 1);
    const crowd = [...counts].find(([, count]) => count > MOST_OF_A_KIND);
    if (crowd) return { at, problem: `${crowd[1]} times <${crowd[0]}>`, remedy };
    for (const child of at.children) if (child.name !== 'metadata') all.push(child);
  }
  return undefined;
}

export function isCrowded(domain: Placed): boolean {
  return crowdIn(domain) !== undefined;
}
