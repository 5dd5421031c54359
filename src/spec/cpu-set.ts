/** The most that libvirt takes (VIR_DOMAIN_CPUMASK_LEN). */
export const CPU_MAX = 16_383;

/** Numbers of a set such as `0-3,8`, ascending; undefined for what is none, is empty, or says a number twice. */
export function cpuSet(given: string | number): number[] | undefined {
  const found: number[] = [];
  for (const part of String(given).split(',')) {
    const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from === undefined || !(first <= last) || last > CPU_MAX) return undefined;
    for (let n = first; n <= last; n++) found.push(n);
  }
  return new Set(found).size === found.length ? found.sort((a, b) => a - b) : undefined;
}

/** The shortest text of a set. `numbers` ascend. */
export function cpuSetText(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let last = i;
    while (numbers[last + 1] === (numbers[last] ?? 0) + 1) last++;
    parts.push(last === i ? `${numbers[i]}` : `${numbers[i]}-${numbers[last]}`);
    i = last + 1;
  }
  return parts.join(',');
}
