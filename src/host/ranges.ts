/** Numbers of a set as the kernel and libvirt write it: `0-3,8`, in libvirt also `^2`. */
export function numbersOf(text: string, most: number): number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [, not, from, to] = /^\s*(\^?)(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(part) ?? [];
    const first = Number(from);
    const last = to === undefined ? first : Number(to);
    // Bounded before it is built.
    if (!(first <= last && last <= most) || (not && to !== undefined)) return undefined;
    for (let n = first; n <= last; n++) not ? found.delete(n) : found.add(n);
  }
  return [...found].sort((a, b) => a - b);
}
