import { render } from './build.js';
import type { Element } from './element.js';
import type { Placed, Span } from './scan.js';

/** A change of a text: replaces this piece by `text`. */
export interface Edit extends Span {
  text: string;
}

/** The text with all edits applied; they must not overlap. Those at one place apply in the given order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = 0;
  const width = ({ start, end }: Edit) => Math.min(end - start, 1);
  // An insertion before a piece precedes the piece's replacement.
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

/** Line end and blanks before a place, in the style of the text; '' if something else is on its line. */
export function leadOf(text: string, at: number): string {
  let from = at;
  while (text[from - 1] === ' ' || text[from - 1] === '\t') from--;
  if (text[from - 1] === '\n') from -= text[from - 2] === '\r' ? 2 : 1;
  else if (text[from - 1] === '\r') from--;
  else return '';
  return text.slice(from, at);
}

/** Indentation of a child relative to its parent; two spaces if unknown. */
export function stepOf(text: string, parent: Placed, child: Placed): string {
  const [outer, inner] = [parent, child].map(({ start }) => leadOf(text, start)) as [
    string,
    string,
  ];
  const depth = outer.replace(/[\r\n]/g, '');
  const deeper = inner.replace(/[\r\n]/g, '');
  return deeper.startsWith(depth) && deeper !== depth ? deeper.slice(depth.length) : '  ';
}

/** An element's text in the style of its place: with its indentation, or on one line if `lead` is ''. */
export function indented(one: Element, lead: string, step: string): string {
  const lines = render(one).trimEnd().split('\n');
  if (lead === '') return lines.map((line) => line.trim()).join('');
  return lines
    .map((line) => line.replace(/^(?: {2})*/, (blanks) => step.repeat(blanks.length / 2)))
    .join(lead);
}

/** Puts elements behind the last child of a parent, which may have none. */
export function append(text: string, parent: Placed, elements: readonly Element[]): Edit {
  const last = parent.children.at(-1);
  const outer = leadOf(text, parent.start);
  const step = last ? stepOf(text, parent, last) : '  ';
  const lead = last ? leadOf(text, last.start) : outer === '' ? '' : outer + step;
  const inside = elements.map((one) => lead + indented(one, lead, step)).join('');
  const at = last?.end ?? parent.inner?.start;
  if (at !== undefined) return { start: at, end: at, text: inside };
  return { start: parent.nameEnd, end: parent.end, text: `>${inside}${outer}</${parent.name}>` };
}

/** Removes an element with the blanks before it: these were inserted along with it. */
export function removal(text: string, { start, end }: Span): Edit {
  let from = start;
  while (/[ \t\r\n]/.test(text[from - 1] ?? '')) from--;
  return { start: from, end, text: '' };
}

/** Sets an attribute to this value, in its present quotes, else in `quote`. */
export function setAttribute(element: Placed, name: string, value: string, quote: string): Edit {
  const there = element.places.get(name);
  if (there) return { ...there.raw, text: escaped(value) };
  const { nameEnd: at } = element;
  return { start: at, end: at, text: ` ${name}=${quote}${escaped(value)}${quote}` };
}

/** Removes attributes, with the blanks before each. */
export function dropAttributes(element: Placed | undefined, names: readonly string[]): Edit[] {
  return names.flatMap((name) => {
    const there = element?.places.get(name);
    return there ? [{ start: there.start, end: there.end, text: '' }] : [];
  });
}

/** A text escaped for use between tags and in quotes of either kind. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'\t\r\n]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** The text's style of quotes around attributes. */
export function quoteOf(xml: string, domain: Placed): string {
  const [first] = domain.places.values();
  return (first && xml[first.end - 1]) || "'";
}
