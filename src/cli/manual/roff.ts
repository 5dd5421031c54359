/** Pages as roff with the macros of man(7), which both groff and mandoc read. */
import { type Item, wrapped } from '../prose.js';
import type { Page, PageBlock } from './page.js';

/** Who made the pages, and when. */
export interface Edition {
  version: string;
  /** As 2026-11-30. */
  date: string;
}

/** A page as the text of its file. */
export function roff({ name, section, summary, parts }: Page, { version, date }: Edition): string {
  return [
    '.\\" Made by setup/manuals.',
    `.TH "${escaped(name.toUpperCase())}" ${section} ${date} "vmlane ${escaped(version)}" "vmlane"`,
    // No hyphens and no wide gaps: options are hard enough to read.
    '.nh',
    '.ad l',
    '.SH NAME',
    ...text(`${name} - ${summary}`),
    ...parts.flatMap(({ heading, body }) => [`.SH ${quoted(heading)}`, ...blocks(body)]),
    '',
  ].join('\n');
}

function blocks(body: readonly PageBlock[]): string[] {
  return body.flatMap((block, i) => {
    // A paragraph macro behind a heading has no effect, and mandoc says so.
    const first = i === 0 || body[i - 1]?.kind === 'heading';
    return lines(block, first ? [] : ['.PP']);
  });
}

function lines(block: PageBlock, apart: string[]): string[] {
  switch (block.kind) {
    case 'heading':
      return [`.SS ${quoted(block.text)}`];
    case 'paragraph':
      return [...apart, ...text(block.text)];
    case 'literal':
      return [...apart, '.RS 4', '.nf', ...block.lines.map(line), '.fi', '.RE'];
    case 'list':
      return block.items.flatMap(item);
    case 'usage':
      return [...apart, '.nf', ...block.lines.map(usage), '.fi'];
    case 'options':
      return block.items.flatMap((one) => ['.TP', usage(one.flags), ...text(one.text)]);
    case 'pages':
      return [
        ...apart,
        ...block.names.map((name, i) => reference(name, i < block.names.length - 1)),
      ];
  }
}

function item({ term, text: meaning }: Item): string[] {
  const first = term === undefined ? ['.IP \\(bu 3'] : ['.TP', `\\fB${escaped(term)}\\fP`];
  return [...first, ...text(meaning)];
}

/** `vmlane-ports(7)` in bold, with its section plain. */
function reference(page: string, more: boolean): string {
  const [, name = page, section = ''] = /^(.*)\((\d)\)$/.exec(page) ?? [];
  return `.BR ${escaped(name)} (${section})${more ? ',' : ''}`;
}

/** A usage line: names and options are bold, what stands for something else is in italics. */
function usage(text: string): string {
  return text
    .split(/([\s[\]|=,]+)/)
    .map((word) => {
      if (/^[\s[\]|=,]*$/.test(word)) return escaped(word);
      const variable = /^[A-Z]/.test(word) || word.startsWith('options');
      return `\\f${variable ? 'I' : 'B'}${escaped(word)}\\fP`;
    })
    .join('');
}

/** Text in lines that are good to read and to compare, too. */
function text(whole: string): string[] {
  return wrapped(escaped(whole), 80).map(noRequest);
}

/** A line that stays one. */
function line(whole: string): string {
  return noRequest(escaped(whole));
}

/** An escaped line, which roff must not take for a request. */
function noRequest(escapedLine: string): string {
  return escapedLine.startsWith('.') ? `\\&${escapedLine}` : escapedLine;
}

function quoted(heading: string): string {
  return `"${escaped(heading)}"`;
}

/** Characters that roff, or a program that shows its result, takes for others. */
const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

/** A text that stands for itself in roff: in ASCII, and without what roff reads as its own. */
export function escaped(text: string): string {
  return text.replace(/[\\\-'"`^~]|[^\x20-\x7e]/gu, (one) => {
    const code = one.codePointAt(0) ?? 0;
    if (code < 0x20) return ' ';
    return SPECIAL[one] ?? `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}
