/** Checks whether guests fit into a host's memory, and which pages would make them fit. */
import { inWords } from '../../qemu/memory/pages.js';
import type { NodeMemory } from '../../system/memory/nodes.js';
import { type PageWish, pageWords } from '../setup/request.js';
import type { Demand } from './demand.js';

/** Pages of one size on one node, or on a host without nodes. */
export interface PageNeed {
  pageSize: number;
  node: number | undefined;
  needed: number;
  free: number;
  total: number;
  missing: number;
}

/** The result. */
export interface Fit {
  pages: readonly PageNeed[];
  /** Ordinary memory in bytes: what guests take, and what missing pages would take. */
  ordinary: { needed: number; forPages: number; free: number };
  /** Problems that more pages would not solve, one line each. */
  blocked: readonly string[];
  /** Why it does not fit now, one line each, including `blocked`. */
  problems: readonly string[];
  /** If pages are missing: all pages that the host should have, for `vmlane host setup --pages`. */
  setup: readonly string[];
}

interface Place {
  node: number | undefined;
  memory: NodeMemory;
  needed: Map<number, number>;
}

/**
 * Distributes demands over nodes: first those bound to one, then the others to where most pages are free.
 * Pure.
 */
export function fitDemands(
  demands: readonly Demand[],
  host: NodeMemory,
  nodes: readonly NodeMemory[],
): Fit {
  const blocked: string[] = [];
  const memories = nodes.length > 0 ? nodes : [host];
  const places = memories.map((memory): Place => {
    return { node: memory.node, memory, needed: new Map() };
  });
  const huge = demands.filter(({ pageSize }) => pageSize !== undefined);
  const freedom = ({ nodes: bound }: Demand) => bound.length || places.length + 1;
  for (const demand of [...huge].sort((a, b) => freedom(a) - freedom(b))) {
    const known = places.filter(({ node }) => node !== undefined && demand.nodes.includes(node));
    const absent = demand.nodes.filter((node) => !known.some((place) => place.node === node));
    if (nodes.length > 0 && absent.length > 0) {
      blocked.push(`${demand.who}: this host has no node ${absent.join(', ')}`);
    }
    put(demand, known.length > 0 ? known : places);
  }
  const pages = withinHost(places.flatMap(needsOf), host);
  const lacks = pages.filter(({ missing }) => missing > 0).map(lack);
  const ordinary = {
    needed: sum(demands.filter(({ pageSize }) => pageSize === undefined).map(({ bytes }) => bytes)),
    forPages: sum(pages.map(({ missing, pageSize }) => missing * pageSize)),
    free: host.free,
  };
  if (host.total > 0 && ordinary.needed + ordinary.forPages > ordinary.free) {
    const wanted = mib(ordinary.needed + ordinary.forPages);
    blocked.push(`memory: ${wanted} are needed, ${mib(ordinary.free)} are available`);
  }
  const problems = [...blocked, ...lacks];
  return { pages, ordinary, blocked, problems, setup: setupWords(places, pages) };
}

/** Puts each page on the node where the most are free, or could be made. */
function put({ bytes, pageSize = 1 }: Demand, places: readonly Place[]): void {
  let rest = Math.ceil(bytes / pageSize);
  const spare = (place: Place) =>
    countsOf(place, pageSize).available - (place.needed.get(pageSize) ?? 0);
  const take = (place: Place, count: number) => {
    place.needed.set(pageSize, (place.needed.get(pageSize) ?? 0) + count);
    rest -= count;
  };
  for (const place of [...places].sort((a, b) => spare(b) - spare(a))) {
    take(place, Math.min(rest, Math.max(0, spare(place))));
  }
  if (rest === 0) return;
  const made = (place: Place) =>
    place.memory.free - sum([...place.needed].map(([size, n]) => size * n));
  const [roomiest] = [...places].sort((a, b) => made(b) - made(a));
  if (roomiest) take(roomiest, rest);
}

function countsOf({ memory }: Place, pageSize: number) {
  const found = memory.pages.find((one) => one.pageSize === pageSize);
  return found ?? { pageSize, total: 0, available: 0 };
}

function needsOf(place: Place): PageNeed[] {
  return [...place.needed].map(([pageSize, needed]) => {
    const { available: free, total } = countsOf(place, pageSize);
    return { pageSize, node: place.node, needed, free, total, missing: Math.max(0, needed - free) };
  });
}

/**
 * All nodes together cannot give more pages than the host: some free ones may be reserved, on an unknown node.
 * What is too much counts as missing where most is taken.
 */
function withinHost(needs: readonly PageNeed[], host: NodeMemory): PageNeed[] {
  const left = [...needs];
  for (const { pageSize, available } of host.pages) {
    const taken = ({ needed, missing }: PageNeed) => needed - missing;
    const same = () => left.filter((one) => one.pageSize === pageSize);
    for (let over = sum(same().map(taken)) - available; over > 0; ) {
      const most = same().reduce((a, b) => (taken(b) > taken(a) ? b : a));
      const more = Math.min(over, taken(most));
      over -= more;
      const missing = most.missing + more;
      left[left.indexOf(most)] = { ...most, missing, free: most.needed - missing };
    }
  }
  return left;
}

function lack({ pageSize, node, needed, free, missing }: PageNeed): string {
  const where = node === undefined ? '' : ` on node ${node}`;
  return `huge pages of ${inWords(pageSize)}${where}: ${needed} are needed, ${free} are free; ${missing} are missing`;
}

/** Counts of all nodes for each size that is short anywhere: pages that are not named could be lost at a boot. */
function setupWords(places: readonly Place[], needs: readonly PageNeed[]): string[] {
  const short = new Set(needs.filter(({ missing }) => missing > 0).map(({ pageSize }) => pageSize));
  return [...short].flatMap((pageSize) =>
    places
      .map((place): PageWish => {
        const need = needs.find((one) => one.node === place.node && one.pageSize === pageSize);
        const count = countsOf(place, pageSize).total + (need?.missing ?? 0);
        const { node } = place;
        return node === undefined || places.length < 2
          ? { pageSize, count }
          : { pageSize, count, node };
      })
      .filter(({ count }) => count > 0)
      .map(pageWords),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** An amount of memory as text, rounded. */
function mib(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

/**
 * The switch takes pages of the size it is told (bytes), else of the smallest one that guests use, else ordinary
 * memory.
 */
export function switchDemand(
  mebibytes: number,
  guests: readonly Demand[],
  told?: number,
): Demand[] {
  if (mebibytes === 0) return [];
  const sizes = told === undefined ? guests.flatMap(({ pageSize }) => pageSize ?? []) : [told];
  const pageSize = sizes.length > 0 ? Math.min(...sizes) : undefined;
  const bytes = mebibytes * 2 ** 20;
  return [{ who: 'the switch', bytes, nodes: [], ...(pageSize !== undefined && { pageSize }) }];
}
