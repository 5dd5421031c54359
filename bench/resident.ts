import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from '../lab/slow.js';

/** What a process has in memory, in KiB, and its open descriptors. */
export interface Resident {
  /** Written by it and nobody else's: what it costs the machine. Without guests' memory and huge pages. */
  own: number;
  /** All but huge pages, of shared pages its share. */
  pss: number;
  rss: number;
  /** Huge pages, whoever shares them. */
  huge: number;
  descriptors: number;
}

/** Guests' memory (native/front): theirs, although the switch may be the only one to have touched a page. */
const GUEST = /\/memfd:front\b/;

export async function resident(pid: number): Promise<Resident> {
  const mappings = parseMappings(await readFile(`/proc/${pid}/smaps`, 'utf8'));
  const sum = (key: string, some = mappings) =>
    some.reduce((total, { figures }) => total + (figures[key] ?? 0), 0);
  const its = mappings.filter(({ name }) => !GUEST.test(name));
  return {
    own: sum('Private_Dirty', its),
    pss: sum('Pss'),
    rss: sum('Rss'),
    huge: sum('Private_Hugetlb') + sum('Shared_Hugetlb'),
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
  };
}

interface Mapping {
  name: string;
  /** KiB. */
  figures: Record<string, number>;
}

/** Of /proc/PID/smaps. */
export function parseMappings(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of text.split('\n')) {
    const [, name] = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)$/.exec(line) ?? [];
    if (name !== undefined) mappings.push({ name, figures: {} });
    const [, key, value] = /^(\w+): +(\d+) kB$/.exec(line) ?? [];
    const last = mappings.at(-1);
    if (key !== undefined && last) last.figures[key] = Number(value);
  }
  return mappings;
}

const STILL_MS = 300;

/** The same when it no longer changes: rte_vhost unmaps and closes on threads of its own. */
export async function settled(pid: number): Promise<Resident> {
  const until = Date.now() + patience(10_000);
  for (let before = await resident(pid); ; ) {
    await sleep(STILL_MS);
    const now = await resident(pid);
    const still = now.own === before.own && now.descriptors === before.descriptors;
    if (still || Date.now() > until) return now;
    before = now;
  }
}
