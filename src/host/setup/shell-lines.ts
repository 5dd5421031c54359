/** Finds and changes assignments in files that a shell reads, such as /etc/default/grub. */
import { InvalidInput } from '../../values/errors.js';

/** An assignment `NAME=value` and its place. */
export interface Assignment {
  name: string;
  /** Place of the value with its quotes, in UTF-16 units. */
  start: number;
  end: number;
  line: number;
  /** The value's words in the form for double quotes; variables are not expanded. */
  words: readonly string[];
  quote: '"' | "'";
}

const HEAD = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=/;

/**
 * All assignments of these names, in their order. Everything else, including other commands, is ignored.
 * @throws InvalidInput for a value that only a shell can compute (`$(…)`, an open quote), naming the line
 */
export function assignments(text: string, names: readonly string[], source: string): Assignment[] {
  const found: Assignment[] = [];
  let at = 0;
  while (at < text.length) {
    const lineEnd = text.indexOf('\n', at);
    const next = lineEnd < 0 ? text.length : lineEnd + 1;
    const [head, name = ''] = HEAD.exec(text.slice(at, next)) ?? [];
    if (head === undefined || !names.includes(name)) {
      at = next;
      continue;
    }
    const line = text.slice(0, at).split('\n').length;
    const start = at + head.length;
    const { end, raw, quote } = readValue(text, start, `${source} line ${line}`);
    found.push({ name, start, end, line, words: splitWords(raw), quote });
    at = text.indexOf('\n', end) < 0 ? text.length : text.indexOf('\n', end) + 1;
  }
  return found;
}

/** The text with other words in an assignment's value. */
export function withWords(
  text: string,
  { start, end, quote }: Assignment,
  words: readonly string[],
) {
  const raw = words.join(' ');
  // Between single quotes, variables and backslashes have no meaning.
  const single = quote === "'" && !/['$`\\]/.test(raw);
  return `${text.slice(0, start)}${single ? `'${raw}'` : `"${raw}"`}${text.slice(end)}`;
}

/** Reads the value at a place, in the form for double quotes. */
function readValue(text: string, start: number, thing: string) {
  const refuse = (problem: string) =>
    new InvalidInput({ thing, problem, remedy: 'write its value as plain text in quotes' });
  let at = start;
  let raw = '';
  const quote = text[start] === "'" ? "'" : '"';
  for (;;) {
    const char = text[at] ?? '';
    if (char === '' || /[\s;]/.test(char)) break;
    if (/['"\\]/.test(char)) raw = bounded(raw);
    if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw refuse('a quote is not closed');
      raw += text.slice(at + 1, end).replace(/[\\"$`]/g, '\\$&');
      at = end + 1;
    } else if (char === '"') {
      const [inside] = /^(?:[^"\\]|\\[\s\S])*/.exec(text.slice(at + 1)) ?? [''];
      if (text[at + 1 + inside.length] !== '"') throw refuse('a quote is not closed');
      raw += inside.replaceAll('\\\n', '');
      at += inside.length + 2;
      if (!/^(?:[\s;]|$)/.test(text.slice(at, at + 1))) raw = bounded(raw);
    } else if (char === '\\') {
      const next = text[at + 1] ?? '';
      raw += next === '\n' ? '' : /[\\"$`]/.test(next) ? `\\${next}` : next;
      at += 2;
    } else if (/[&|<>()]/.test(char)) {
      throw refuse('it is no plain assignment');
    } else {
      raw += char;
      at++;
    }
  }
  if (/(?<!\\)(?:\\\\)*(?:`|\$\()/.test(raw)) throw refuse('it is made by a command');
  const [rest = ''] = /^[^\n]*/.exec(text.slice(at)) ?? [];
  if (!/^[ \t;]*(#.*)?\r?$/.test(rest)) throw refuse('something follows its value');
  return { end: at, raw, quote } as const;
}

/** Puts braces around a variable at the end, so that text can follow it. */
function bounded(raw: string): string {
  return raw.replace(/(?<!\\)((?:\\\\)*)\$([A-Za-z_]\w*)$/, '$1$${$2}');
}

/** Splits at blanks outside the kernel's own quotes: `dyndbg=\"file a.c +p\"` is one word. */
function splitWords(raw: string): string[] {
  return raw.match(/(?:\\"(?:[^\\]|\\[^"])*\\"|\\[\s\S]|[^\s\\])+/g) ?? [];
}
