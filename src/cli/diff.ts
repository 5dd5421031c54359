import { diffLines, formatPatch, OMIT_HEADERS, type StructuredPatch, structuredPatch } from 'diff';

/** Lines of context around a change, as in diff -u. */
const CONTEXT = 3;
/** Up to so many changed lines the shortest diff is computed; the time grows with their square. */
const MOST_EDITS = 2000;

/** SGR codes by a line's first character. */
const COLORS: Readonly<Record<string, number>> = { '-': 31, '+': 32, '@': 36 };
const BOLD = 1;

/** The changed lines alone, marked `-` and `+`. */
export function diff(before: string, after: string, color: boolean): string {
  const [old, fresh] = [before, after].map((text) => `${text.trimEnd()}\n`) as [string, string];
  const parts = diffLines(old, fresh, { maxEditLength: MOST_EDITS }) ?? [
    { value: old, added: false, removed: true },
    { value: fresh, added: true, removed: false },
  ];
  const changed = parts.flatMap(({ value, added, removed }) => {
    const lines = added || removed ? value.slice(0, -1).split('\n') : [];
    return lines.map((line) => painted(`${added ? '+' : '-'} ${line}`, color));
  });
  return changed.map((line) => `${line}\n`).join('');
}

/** A diff for `patch` and `git apply`, from `before` to `after`; '' if they are the same. */
export function unifiedDiff(before: string, after: string, name: string, color: boolean): string {
  if (before === after) return '';
  // A text that is all new, or gone, needs no search.
  const most = before === '' || after === '' ? Infinity : MOST_EDITS;
  const found = patch(before, after, most) ?? replaced(before, after);
  const head = [`--- ${name}`, `+++ ${name}`].map((line) => paint(BOLD, line, color));
  const lines = formatPatch(found, OMIT_HEADERS).replace(/\n$/, '').split('\n');
  return [...head, ...lines.map((line) => painted(line, color)), ''].join('\n');
}

/** Undefined if it takes more than `most` edits. */
function patch(before: string, after: string, most: number): StructuredPatch | undefined {
  const options = { context: CONTEXT, maxEditLength: most };
  return structuredPatch('', '', before, after, undefined, undefined, options);
}

/** A patch that replaces all lines. */
function replaced(before: string, after: string): StructuredPatch {
  const [gone, come] = [patch(before, '', Infinity), patch('', after, Infinity)];
  const [old, fresh] = [gone?.hunks[0], come?.hunks[0]];
  if (!gone || !old || !fresh) throw new TypeError('replaced without lines');
  const { newStart, newLines } = fresh;
  return {
    ...gone,
    hunks: [{ ...old, newStart, newLines, lines: [...old.lines, ...fresh.lines] }],
  };
}

function painted(line: string, color: boolean): string {
  return paint(COLORS[line[0] ?? ''], line, color);
}

function paint(code: number | undefined, text: string, color: boolean): string {
  return color && code !== undefined ? `\u001b[${code}m${text}\u001b[0m` : text;
}
