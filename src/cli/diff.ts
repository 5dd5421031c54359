/** Lines of `after` against those of `before`: changed ones marked `-` and `+`, with what encloses them left out. */
export function diff(before: string, after: string, color: boolean): string {
  const [old, fresh] = [before, after].map((text) => text.trimEnd().split('\n')) as [
    string[],
    string[],
  ];
  const common = longestCommon(old, fresh);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) [i, j] = [i + 1, j + 1];
    else if (j >= fresh.length || (i < old.length && common(i + 1, j) >= common(i, j + 1))) {
      lines.push(marked('-', old[i++], color));
    } else lines.push(marked('+', fresh[j++], color));
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** How many lines the rest of both have in common, from the given lines on. */
function longestCommon(a: readonly string[], b: readonly string[]) {
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const below = length[(i + 1) * width + j] ?? 0;
      const right = length[i * width + j + 1] ?? 0;
      const both = a[i] === b[j] ? (length[(i + 1) * width + j + 1] ?? 0) + 1 : 0;
      length[i * width + j] = Math.max(below, right, both);
    }
  }
  return (i: number, j: number): number => length[i * width + j] ?? 0;
}

function marked(mark: '-' | '+', line = '', color = false): string {
  if (!color) return `${mark} ${line}`;
  return `\u001b[${mark === '-' ? 31 : 32}m${mark} ${line}\u001b[0m`;
}
