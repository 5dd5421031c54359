/** Lines of context around a change, as diff -u has. */
const CONTEXT = 3;
/** Cells of the table that finds common lines; more would take too much memory. */
const MOST_CELLS = 16 * 1024 * 1024;

/** SGR codes. */
const [BOLD, CYAN] = [1, 36];
const COLORS = { ' ': undefined, '-': 31, '+': 32 } as const;

interface Line {
  mark: ' ' | '-' | '+';
  text: string;
}

/** Lines of `after` against those of `before`: changed ones marked `-` and `+`, with what encloses them left out. */
export function diff(before: string, after: string, color: boolean): string {
  const [old, fresh] = [before, after].map((text) => text.trimEnd().split('\n')) as [
    string[],
    string[],
  ];
  const changed = changes(old, fresh).filter(({ mark }) => mark !== ' ');
  return changed
    .map(({ mark, text }) => `${paint(COLORS[mark], `${mark} ${text}`, color)}\n`)
    .join('');
}

/** What `patch` and `git apply` take: the way from `before` to `after`, '' when they are the same. */
export function unifiedDiff(before: string, after: string, name: string, color: boolean): string {
  if (before === after) return '';
  const lines = changes(split(before), split(after));
  const out = [paint(BOLD, `--- ${name}`, color), paint(BOLD, `+++ ${name}`, color)];
  for (const { from, to, old, fresh } of hunks(lines)) {
    const part = lines.slice(from, to);
    const count = (mark: string) => part.filter((line) => line.mark !== mark).length;
    out.push(paint(CYAN, `@@ -${range(old, count('+'))} +${range(fresh, count('-'))} @@`, color));
    for (const { mark, text } of part) {
      const ended = text.endsWith('\n');
      const line = mark + (ended ? text.slice(0, -1) : text);
      out.push(paint(COLORS[mark], line, color));
      if (!ended) out.push('\\ No newline at end of file');
    }
  }
  return `${out.join('\n')}\n`;
}

function paint(code: number | undefined, text: string, color: boolean): string {
  return color && code !== undefined ? `\u001b[${code}m${text}\u001b[0m` : text;
}

// A range of no lines names the line before it.
function range(first: number, count: number): string {
  return `${count === 0 ? first - 1 : first},${count}`;
}

function split(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Pieces of the list of lines, with the first line of each in both texts. */
function hunks(lines: readonly Line[]) {
  const found: { from: number; to: number; old: number; fresh: number }[] = [];
  let [old, fresh] = [1, 1];
  lines.forEach(({ mark }, i) => {
    if (mark !== ' ') {
      const last = found.at(-1);
      const to = Math.min(lines.length, i + 1 + CONTEXT);
      if (last && i - CONTEXT <= last.to) last.to = to;
      else {
        const from = Math.max(0, i - CONTEXT);
        found.push({ from, to, old: old - (i - from), fresh: fresh - (i - from) });
      }
    }
    if (mark !== '+') old++;
    if (mark !== '-') fresh++;
  });
  return found;
}

function changes(a: readonly string[], b: readonly string[]): Line[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  const most = Math.min(a.length, b.length) - head;
  while (tail < most && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const marked = (mark: Line['mark'], lines: readonly string[]) =>
    lines.map((text) => ({ mark, text }));
  return [
    ...marked(' ', a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...marked(' ', a.slice(a.length - tail)),
  ];
}

/** By the longest common lines; texts too long for that are replaced whole. */
function middle(a: readonly string[], b: readonly string[]): Line[] {
  const width = b.length + 1;
  const lines: Line[] = [];
  const put = (mark: Line['mark'], text = '') => lines.push({ mark, text });
  let [i, j] = [0, 0];
  if ((a.length + 1) * width <= MOST_CELLS) {
    const common = new Uint32Array((a.length + 1) * width);
    for (let y = a.length - 1; y >= 0; y--) {
      for (let x = b.length - 1; x >= 0; x--) {
        const [down, right] = [common[(y + 1) * width + x] ?? 0, common[y * width + x + 1] ?? 0];
        const both = (common[(y + 1) * width + x + 1] ?? 0) + 1;
        common[y * width + x] = a[y] === b[x] ? both : Math.max(down, right);
      }
    }
    while (i < a.length && j < b.length) {
      if (a[i] === b[j]) {
        put(' ', a[i++]);
        j++;
      } else if ((common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0)) {
        put('-', a[i++]);
      } else put('+', b[j++]);
    }
  }
  while (i < a.length) put('-', a[i++]);
  while (j < b.length) put('+', b[j++]);
  return lines;
}
