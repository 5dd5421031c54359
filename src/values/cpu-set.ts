/** libvirt's limit (VIR_DOMAIN_CPUMASK_LEN); also more than Linux has (NR_CPUS). */
export const CPU_MAX = 16_383;

/** The last processor that an lcore of the switch may run on: glibc's CPU_SETSIZE, less one. */
export const LCORE_CPU_MAX = 1023;

const BLANK = '[ \\t\\r\\n\\f]*';
const PART = new RegExp(`^${BLANK}(\\^?)(\\d{1,9})${BLANK}(?:-${BLANK}(\\d{1,9})${BLANK})?$`);

/**
 * Numbers of a set such as `0-3,^2,8`, ascending; undefined for an invalid set, and beyond CPU_MAX. `^`
 * removes one number from the set before it; the result may be empty. The kernel writes the same
 * without `^`. Source: virBitmapParse, tried with libvirt 9.0.
 */
export function cpuSet(given: string | number): number[] | undefined {
  const parts = String(given).split(',');
  // One trailing comma is accepted.
  if (parts.length > 1 && /^[ \t\r\n\f]*$/.test(parts.at(-1) ?? '')) parts.pop();
  const found = new Set<number>();
  for (const part of parts) {
    const [, not, from, to] = PART.exec(part) ?? [];
    const first = Number(from);
    const last = to === undefined ? first : Number(to);
    // Checked before the range is built.
    if (!(first <= last && last <= CPU_MAX) || (not && to !== undefined)) return undefined;
    for (let n = first; n <= last; n++) not ? found.delete(n) : found.add(n);
  }
  return [...found].sort((a, b) => a - b);
}

/** The shortest text of a set, in any order. */
export function cpuSetText(set: Iterable<number>): string {
  const found: [number, number][] = [];
  for (const n of [...set].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else found.push([n, n]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
