/** Huge pages of one size for the switch, which leaves those of other sizes to guests. */
import { walk } from '../system/accounts/walk.js';
import { readHugeMounts } from '../system/memory/mounts.js';
import { readPageCounts } from '../system/memory/pages.js';
import type { PathWalk } from '../values/access.js';
import { InvalidInput } from '../values/errors.js';
import { pageSizeWord, wantedPageSize } from '../values/page-size.js';
import { type NodeWishes, nodeWithoutPages } from './node-memory.js';

/** Pages of one size. */
export interface PageMount {
  /** Bytes. */
  pageSize: number;
  /** Where hugetlbfs of that size is mounted: the EAL takes pages of the mount that it is given, and no others. */
  folder: string;
}

/**
 * The pages of the option `--page-size`, read below `root`; undefined: any will do. The switch makes its files there as root, so none but
 * root may have a say in the folder. @throws InvalidInput unless there are enough of them where they are wanted
 */
export function wantedPages(
  text: string | undefined,
  wishes: NodeWishes,
  root: string,
  wayTo: (folder: string) => PathWalk = (folder) => walk(folder, root),
): PageMount | undefined {
  if (text === undefined) return undefined;
  const refuse = (problem: string, remedy: string) =>
    new InvalidInput({ thing: `--page-size ${text}`, problem, remedy });
  const pageSize = wantedPageSize('--page-size', text);
  const { mib } = wishes;
  const needed = Math.ceil((mib * 2 ** 20) / pageSize);
  const reserve = `'vmlane host setup --pages ${pageSizeWord(pageSize)}:${needed}' does so`;
  const counts = readPageCounts(root).filter((one) => one.pageSize === pageSize);
  const whole = counts.find(({ node }) => node === undefined);
  if (!whole) throw refuse('this host has no pages of that size', 'give 2MiB or 1GiB');
  if (whole.available < needed) {
    const problem = `${mib} MiB need ${needed} pages, ${whole.available} are free`;
    throw refuse(problem, `reserve more: ${reserve}`);
  }
  const without = nodeWithoutPages(wishes, counts);
  if (without !== undefined) {
    const there = `'vmlane host setup --pages ${pageSizeWord(pageSize)}:N@${without}'`;
    const problem = `none is free on NUMA node ${without}, where the switch or a device of it is`;
    throw refuse(problem, `reserve some there: ${there}`);
  }
  const mounts = readHugeMounts(root).filter((one) => one.pageSize === pageSize);
  if (mounts.length === 0)
    throw refuse('no hugetlbfs of that size is mounted', `mount one: ${reserve}`);
  const own = mounts.find(({ folder }) => isRoots(wayTo(folder)));
  if (own) return { pageSize, folder: own.folder };
  const [{ folder } = { folder: '' }] = mounts;
  throw refuse(
    `others than root may write to ${folder}, or on the way to it`,
    `mount hugetlbfs of that size in a folder of root's with mode 0755: ${reserve}`,
  );
}

/** A sticky folder counts as open: a file or link of ours could be there already. Folders above may be sticky. */
function isRoots({ parts, missing }: PathWalk): boolean {
  if (missing) return false;
  const last = parts.at(-1);
  return parts.every(
    ({ uid, mode, kind }, i) =>
      uid === 0 &&
      (kind === 'link' || (mode & 0o022) === 0 || (parts[i] !== last && (mode & 0o1000) !== 0)),
  );
}
