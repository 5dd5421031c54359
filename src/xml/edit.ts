import type { Placed, Span } from './scan.js';

/** A change of a text: this piece is replaced by `text`. */
export interface Edit extends Span {
  text: string;
}

/** The text with all edits made; they must not overlap. Those at one place are made in the order given. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = 0;
  const width = ({ start, end }: Edit) => Math.min(end - start, 1);
  // What is put in front of a piece comes before what becomes of the piece.
  for (const edit of [...edits].sort((a, b) => a.start - b.start || width(a) - width(b))) {
    if (edit.start < at) throw new TypeError(`two edits overlap at ${edit.start}`);
    parts.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  return parts.join('') + text.slice(at);
}

export function textAt(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}

/** Line end and blanks before a place, in the style of the text; '' where something else is on its line. */
export function leadOf(text: string, at: number): string {
  let from = at;
  while (text[from - 1] === ' ' || text[from - 1] === '\t') from--;
  if (text[from - 1] === '\n') from -= text[from - 2] === '\r' ? 2 : 1;
  else if (text[from - 1] === '\r') from--;
  else return '';
  return text.slice(from, at);
}

/** By how much a child is indented more than its parent; two spaces where that cannot be seen. */
export function stepOf(text: string, parent: Placed, child: Placed): string {
  const [outer, inner] = [parent, child].map(({ start }) => leadOf(text, start)) as [
    string,
    string,
  ];
  const depth = outer.replace(/[\r\n]/g, '');
  const deeper = inner.replace(/[\r\n]/g, '');
  return deeper.startsWith(depth) && deeper !== depth ? deeper.slice(depth.length) : '  ';
}

/** Takes an element out, with the blanks before it: what put it there began right behind a tag. */
export function removal(text: string, { start, end }: Span): Edit {
  let from = start;
  while (/[ \t\r\n]/.test(text[from - 1] ?? '')) from--;
  return { start: from, end, text: '' };
}

/** Gives an attribute this value, in the quotes that it has, else in `quote`. */
export function setAttribute(element: Placed, name: string, value: string, quote: string): Edit {
  const there = element.places.get(name);
  if (there) return { ...there.raw, text: escaped(value) };
  const { nameEnd: at } = element;
  return { start: at, end: at, text: ` ${name}=${quote}${escaped(value)}${quote}` };
}

/** Takes attributes out, with the blanks before each. */
export function dropAttributes(element: Placed | undefined, names: readonly string[]): Edit[] {
  return names.flatMap((name) => {
    const there = element?.places.get(name);
    return there ? [{ start: there.start, end: there.end, text: '' }] : [];
  });
}

/** A text that may stand between tags and between quotes of either kind. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'\t\r\n]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** The quotes that the text has around attributes. */
export function quoteOf(xml: string, domain: Placed): string {
  const [first] = domain.places.values();
  return (first && xml[first.end - 1]) || "'";
}
