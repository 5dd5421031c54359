/** From which NUMA nodes a switch's huge pages come: those of its devices first, whose buffers are in them. */
import type { PageCount } from '../system/index.js';

/** MiB that a switch has on the node of its first lcore, whatever its devices are on: more than it needs there. */
const OWN_MIB = 32;

/** Where a switch's memory is wanted. */
export interface NodeWishes {
  mib: number;
  /** The node of each device that the kernel knows one of. */
  devices: readonly number[];
  /** The node of the first lcore, if known. */
  lcore: number | undefined;
}

/**
 * MiB of each node, from node 0 on: each device's share on its own node as far as that has pages, the rest where there
 * are some. Undefined: the EAL's own choice, the nodes of lcores, is as good; there is one node, or no device has any.
 */
export function nodeMemory(
  { mib, devices, lcore }: NodeWishes,
  counts: readonly PageCount[],
): number[] | undefined {
  const room = roomOf(mib, counts);
  if (room.size < 2 || devices.length === 0) return undefined;
  const given = new Map<number, number>();
  const give = (node: number, wanted: number): number => {
    const left = (room.get(node) ?? 0) - (given.get(node) ?? 0);
    const part = Math.max(0, Math.min(left, wanted));
    given.set(node, (given.get(node) ?? 0) + part);
    return part;
  };
  let left = mib;
  if (lcore !== undefined && !devices.includes(lcore)) left -= give(lcore, Math.min(OWN_MIB, left));
  const share = Math.ceil(left / devices.length);
  for (const node of devices) left -= give(node, Math.min(share, left));
  // What a device's node lacks: first on other devices' nodes.
  for (const node of [...devices, ...room.keys()]) left -= give(node, left);
  if (left > 0) return undefined;
  return Array.from({ length: Math.max(...room.keys()) + 1 }, (_, node) => given.get(node) ?? 0);
}

/**
 * The first node that has no page, and the switch's first lcore or a device is there: DPDK (22.11) aborts without
 * memory on its main lcore's node, and on a device's opens none. Undefined: each has some, or nobody knows.
 */
export function nodeWithoutPages(
  { mib, devices, lcore }: NodeWishes,
  counts: readonly PageCount[],
): number | undefined {
  const room = roomOf(mib, counts);
  const needed = lcore === undefined ? devices : [lcore, ...devices];
  return room.size === 0 ? undefined : needed.find((node) => (room.get(node) ?? 0) === 0);
}

/** Why a switch that might have huge pages has ordinary ones. */
export function ordinaryPages(mib: number, without: number | undefined): string {
  if (without === undefined) {
    return `fewer than ${mib} MiB of huge pages are free: ordinary pages are used`;
  }
  const why = `no huge pages are free on NUMA node ${without}, where the switch or a device of it is`;
  return `${why}: ordinary pages are used; 'vmlane host setup --pages 2MiB:N@${without}' reserves some there`;
}

/** MiB of free pages on each node, of the smallest size that has room for all. */
function roomOf(mib: number, counts: readonly PageCount[]): Map<number, number> {
  const mebibytes = ({ pageSize, available }: PageCount) => (available * pageSize) / 2 ** 20;
  const whole = counts.find((one) => one.node === undefined && mebibytes(one) >= mib);
  const ofNodes = counts.filter(({ pageSize }) => pageSize === whole?.pageSize);
  return new Map(
    ofNodes.flatMap((one) => (one.node === undefined ? [] : [[one.node, mebibytes(one)]])),
  );
}
