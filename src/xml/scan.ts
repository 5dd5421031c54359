import type { Element } from './element.js';
import { DEEPEST, decode, forbidden, NO_CHARACTER, refusal } from './text.js';

/** A piece of a text: from `start` to before `end`, in UTF-16 units. */
export interface Span {
  start: number;
  end: number;
}

/** The place of an attribute, from its name to the closing quote; `raw` is the text between its quotes. */
export interface AttributePlace extends Span {
  raw: Span;
}

/** An element with its place. Line ends in its text are those of the file. */
export interface Placed extends Element, Span {
  children: readonly Placed[];
  /** Places of the attributes. */
  places: ReadonlyMap<string, AttributePlace>;
  /** Between the tags; absent for an element with one tag. */
  inner: Span | undefined;
  /** The place for another attribute: behind the last one, or behind the name. */
  nameEnd: number;
}

const REMEDY = 'correct it; xmllint --noout says more';

const SPACE = '[ \\t\\r\\n]';
const NAME = '[\\p{L}_:][\\p{L}\\p{N}_:.\\u00b7-]*';
const OPEN = new RegExp(`<(${NAME})`, 'uy');
const ATTRIBUTE = new RegExp(
  `${SPACE}+(${NAME})${SPACE}*=${SPACE}*(?:"([^"<]*)"|'([^'<]*)')`,
  'uy',
);
const OPEN_END = new RegExp(`${SPACE}*(/?)>`, 'y');
const CLOSE = new RegExp(`</(${NAME})${SPACE}*>`, 'uy');

/**
 * The outermost element of a text and all inside, with their places: for changing a part of the text
 * and keeping every other byte. fast-xml-parser reports where elements begin and end, but not attributes
 * and contents, and accepts texts that libxml2 refuses. Stricter than readDomain, with the same result.
 * @throws InvalidInput naming the line
 */
export function scan(xml: string): Placed {
  const refuse = (at: number, problem: string) =>
    refusal(`line ${xml.slice(0, at).split('\n').length}: ${problem}`, REMEDY);
  const bad = NO_CHARACTER.exec(xml);
  if (bad) throw forbidden(xml, bad.index);
  const open: Building[] = [];
  let root: Placed | undefined;
  // A byte order mark is not text.
  let at = xml.startsWith('\ufeff') ? 1 : 0;
  while (at < xml.length) {
    const parent = open.at(-1);
    const skipped = skip(xml, at);
    if (skipped === 'open') throw refuse(at, 'a comment, CDATA or instruction does not end well');
    if (skipped) {
      if (skipped.cdata !== undefined && !parent) throw refuse(at, 'CDATA outside of the domain');
      if (parent) parent.text += skipped.cdata ?? '';
      at = skipped.end;
    } else if (xml.startsWith('</', at)) {
      const [tag, name] = match(CLOSE, xml, at) ?? [];
      if (tag === undefined || !parent || parent.name !== name) {
        throw refuse(at, 'an end tag that nothing began');
      }
      parent.inner = { start: parent.openEnd, end: at };
      at += tag.length;
      root = close(open, at) ?? root;
    } else if (xml[at] === '<') {
      if (root) throw refuse(at, 'more than one outermost element');
      const begun = begin(xml, at);
      if (typeof begun === 'string') throw refuse(at, begun);
      if (open.length >= DEEPEST) throw refuse(at, `nested deeper than ${DEEPEST} elements`);
      open.push(begun);
      at = begun.openEnd;
      if (xml[at - 2] === '/') root = close(open, at) ?? root;
    } else {
      const next = xml.indexOf('<', at);
      const text = xml.slice(at, next < 0 ? xml.length : next);
      if (!parent && /[^ \t\r\n]/.test(text)) throw refuse(at, 'text outside of the domain');
      if (text.includes(']]>')) throw refuse(at, ']]> in a text');
      if (parent) parent.text += decode(text);
      at += text.length;
    }
  }
  const left = open.at(-1);
  if (left) throw refuse(left.start, `<${left.name}> does not end`);
  if (!root) throw refuse(0, 'holds no element');
  return root;
}

interface Building extends Placed {
  children: Placed[];
  openEnd: number;
}

/** Completes an element: adds it to its parent, or returns it if it is the outermost. */
function close(open: Building[], end: number): Placed | undefined {
  const { openEnd: _, ...done } = open.pop() as Building;
  const parent = open.at(-1);
  const placed = { ...done, end };
  if (!parent) return placed;
  parent.children.push(placed);
  return undefined;
}

/** A start tag, or its problem. */
function begin(xml: string, start: number): Building | string {
  const [tag, name] = match(OPEN, xml, start) ?? [];
  if (tag === undefined || name === undefined) return 'a < that begins no tag';
  const attributes: [name: string, value: string][] = [];
  const places = new Map<string, AttributePlace>();
  let at = start + tag.length;
  for (let found = match(ATTRIBUTE, xml, at); found; found = match(ATTRIBUTE, xml, at)) {
    const [all, key = '', double, single] = found;
    const raw = double ?? single ?? '';
    if (places.has(key)) return `<${name}> has ${key} twice`;
    const end = at + all.length;
    attributes.push([key, decode(raw)]);
    places.set(key, { start: at, end, raw: { start: end - 1 - raw.length, end: end - 1 } });
    at = end;
  }
  const [last] = match(OPEN_END, xml, at) ?? [];
  if (last === undefined) return `the start tag of <${name}> is broken`;
  const openEnd = at + last.length;
  const place = { start, end: openEnd, openEnd, nameEnd: at, inner: undefined };
  return {
    name,
    attributes: Object.fromEntries(attributes),
    places,
    children: [],
    text: '',
    ...place,
  };
}

/** Markup other than tags: where it ends, and the text of a CDATA; 'open': it does not end. */
function skip(xml: string, at: number): { end: number; cdata?: string } | 'open' | undefined {
  for (const [from, to] of MARKS) {
    if (!xml.startsWith(from, at)) continue;
    const begin = at + from.length;
    const last = xml.indexOf(to, begin);
    if (last < 0) return 'open';
    if (from === '<!--') {
      // Two hyphens end a comment, so > must follow (XML 1.0, 2.5).
      return xml[last + 2] === '>' ? { end: last + 3 } : 'open';
    }
    const end = last + to.length;
    const inside = xml.slice(begin, last);
    if (from !== '<?') return { end, cdata: inside };
    // A quote that nothing ends: readDomain refuses it, and says more.
    return !/["']/.test(inside) || QUOTED.test(inside) ? { end } : 'open';
  }
  return undefined;
}

/** An instruction whose quotes are those of values. */
const QUOTED = /^[^"'=]+(?:=\s*(?:"[^"]*"|'[^']*')[^"'=]*)+$/;

const MARKS = [
  ['<!--', '--'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
