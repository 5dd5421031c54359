/** Merges parameters into a kernel's command line. */

/** Huge pages for the kernel to reserve at boot: one count, or one for each node. */
export interface BootPages {
  /** In bytes. */
  pageSize: number;
  count: number | ReadonlyMap<number, number>;
}

/** What the command line should contain. */
export interface KernelWish {
  /** `intel_iommu=on`, `iommu=pt`: a key, and a word that its comma-separated list must contain. */
  flags: readonly (readonly [key: string, word: string])[];
  pages: readonly BootPages[];
  /** Size in bytes of the pages that are meant where no size is said; absent: as it is. */
  defaultSize?: number;
}

/** Words with the opposite meaning. Source: Documentation/admin-guide/kernel-parameters.txt. */
const CONTRARY = ['off', 'nopt', 'soft'];

const UNITS = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 } as const;

/**
 * Adds the wishes to the parameters. Others keep their places; nothing changes if all wishes are fulfilled.
 * `defaultPageSize`: bytes of the pages that `hugepages=` means if no size precedes it.
 */
export function mergeWords(
  words: readonly string[],
  wish: KernelWish,
  defaultPageSize: number,
): string[] {
  const flagged = wish.flags.reduce(withFlag, [...words]);
  const paged = withPages(flagged, wish.pages, defaultPageSize);
  const wanted = wish.defaultSize;
  return wanted === undefined ? paged : withDefault(paged, wanted, defaultPageSize);
}

/** Removes parameters that contradict the wishes, for a second place that the kernel reads, too. */
export function withoutRivals(
  words: readonly string[],
  wish: KernelWish,
  defaultPageSize: number,
): string[] {
  const keys = wish.flags.map(([key]) => `${key}=`);
  const others = words.filter((word) => !keys.some((key) => word.startsWith(key)));
  const rest = wish.defaultSize === undefined ? others : sized(others, defaultPageSize);
  const { counts, at, fixed } = readPages(rest, defaultPageSize);
  const sizes = wish.pages.map(({ pageSize }) => pageSize);
  if (!sizes.some((size) => counts.has(size))) return rest;
  for (const size of sizes) counts.delete(size);
  return [...fixed.slice(0, at), ...written(counts), ...fixed.slice(at)];
}

/** A size in the kernel's notation: `1G`, `2M`. */
export function sizeWord(bytes: number): string {
  for (const unit of ['G', 'M', 'K'] as const) {
    if (bytes % UNITS[unit] === 0) return `${bytes / UNITS[unit]}${unit}`;
  }
  return String(bytes);
}

function withFlag(words: string[], [key, word]: readonly [string, string]): string[] {
  const at = words.findIndex((one) => one.startsWith(`${key}=`));
  if (at < 0) return [...words, `${key}=${word}`];
  const values = (words[at] as string).slice(key.length + 1).split(',');
  const kept = values.filter((value) => value !== '' && !CONTRARY.includes(value));
  const value = kept.includes(word) ? kept : [word, ...kept];
  // The kernel reads every occurrence, so one may undo another.
  const others = words.filter((one, i) => i === at || !one.startsWith(`${key}=`));
  return others.map((one) => (one === words[at] ? `${key}=${value.join(',')}` : one));
}

function withPages(
  words: string[],
  pages: readonly BootPages[],
  defaultPageSize: number,
): string[] {
  const { counts, at, fixed } = readPages(words, defaultPageSize);
  const wished = pages.map(({ pageSize, count }) => {
    return [pageSize, countText(count, counts.get(pageSize))] as const;
  });
  if (wished.every(([size, count]) => counts.get(size) === count)) return words;
  for (const [size, count] of wished) counts.set(size, count);
  return [...fixed.slice(0, at), ...written(counts), ...fixed.slice(at)];
}

const DEFAULT = 'default_hugepagesz=';

/** A count that has no size keeps the one that it means so far. */
function withDefault(words: string[], wanted: number, usual: number): string[] {
  const word = `${DEFAULT}${sizeWord(wanted)}`;
  if (words.filter((one) => one.startsWith(DEFAULT)).join() === word) return words;
  const { at } = readPages(
    words.filter((one) => !one.startsWith(DEFAULT)),
    usual,
  );
  const rest = sized(words, usual);
  return [...rest.slice(0, at), word, ...rest.slice(at)];
}

/** The words without a default size: counts have theirs. */
function sized(words: readonly string[], usual: number): string[] {
  const named = namedDefault(words);
  const rest = words.filter((one) => !one.startsWith(DEFAULT));
  const { counts, at, fixed } = readPages(rest, named ?? usual);
  return [...fixed.slice(0, at), ...written(counts), ...fixed.slice(at)];
}

/** Size in bytes of the pages that `hugepages=` means without a size before it; undefined: the kernel's default. */
export function namedDefault(words: readonly string[]): number | undefined {
  const word = words.findLast((one) => one.startsWith(DEFAULT));
  return word === undefined ? undefined : bytesOf(word.slice(word.indexOf('=') + 1));
}

/** Counts by size, the other parameters, and the position of the first count. */
function readPages(words: readonly string[], defaultPageSize: number) {
  let size = namedDefault(words) ?? defaultPageSize;
  const counts = new Map<number, string>();
  const fixed: string[] = [];
  let at: number | undefined;
  for (const word of words) {
    const [, key, value = ''] = /^(hugepagesz|hugepages)=(.*)$/.exec(word) ?? [];
    if (key === undefined) {
      fixed.push(word);
      continue;
    }
    at ??= fixed.length;
    if (key === 'hugepagesz') size = bytesOf(value) ?? size;
    // The kernel ignores a second count for the same size.
    else if (!counts.has(size)) counts.set(size, value);
  }
  return { counts, fixed, at: at ?? fixed.length };
}

/** Writes each size once, as the kernel ignores it the second time. */
function written(counts: ReadonlyMap<number, string>): string[] {
  return [...counts].flatMap(([size, count]) => [
    `hugepagesz=${sizeWord(size)}`,
    `hugepages=${count}`,
  ]);
}

/** `hugepages=<node>:<count>,…`: Linux 5.16. Nodes without a wish keep their counts. */
function countText(count: BootPages['count'], now = ''): string {
  if (typeof count === 'number') return String(count);
  const there = /^\d+:\d+(,\d+:\d+)*$/.test(now) ? now.split(',') : [];
  const all = new Map(there.map((one) => one.split(':').map(Number) as [number, number]));
  for (const [node, pages] of count) all.set(node, pages);
  return [...all].map(([node, pages]) => `${node}:${pages}`).join(',');
}

function bytesOf(text: string): number | undefined {
  const [, number, unit] = /^(\d+)([KMG])B?$/i.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  return Number(number) * UNITS[unit.toUpperCase() as keyof typeof UNITS];
}
