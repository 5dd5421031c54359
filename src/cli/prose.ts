/**
 * Longer texts of the command line: what `vmlane help TOPIC` prints, and what pages of the manual say. They are
 * written as
 *
 *     HEADING
 *
 *     A paragraph, over several lines.
 *
 *       a line that stays as it is
 *
 *     - word: what it means, of a list
 */

/** A part of a text. */
export type Block =
  | { kind: 'heading' | 'paragraph'; text: string }
  | { kind: 'literal'; lines: string[] }
  | { kind: 'list'; items: Item[] };

/** Of a list; without a term it is a bullet. */
export interface Item {
  term?: string;
  text: string;
}

/** The parts of a text. */
export function blocksOf(prose: string): Block[] {
  const parts = prose.replace(/^\n+|\s+$/g, '').split(/\n{2,}/);
  return parts.filter((part) => part !== '').map(blockOf);
}

function blockOf(part: string): Block {
  const lines = part.split('\n');
  if (lines.every((line) => line.startsWith('  '))) {
    return { kind: 'literal', lines: lines.map((line) => line.slice(2)) };
  }
  if (part.startsWith('- '))
    return { kind: 'list', items: part.split(/^- /m).slice(1).map(itemOf) };
  if (/^[A-Z][A-Z ,-]+$/.test(part)) return { kind: 'heading', text: part };
  return { kind: 'paragraph', text: joined(part) };
}

function itemOf(entry: string): Item {
  const whole = joined(entry);
  const [, term, text] = /^(\S.*?): (.*)$/s.exec(whole) ?? [];
  // A colon far in the line is of a sentence.
  return term === undefined || text === undefined || term.length > TERM_MAX
    ? { text: whole }
    : { term, text };
}

const TERM_MAX = 24;

function joined(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

/** The text for a terminal. */
export function laidOut(prose: string, width: number): string {
  return blocksOf(prose)
    .map((block) => lined(block, width).join('\n'))
    .join('\n\n');
}

function lined(block: Block, width: number): string[] {
  switch (block.kind) {
    case 'heading':
      return [block.text];
    case 'paragraph':
      return wrapped(block.text, width);
    case 'literal':
      return block.lines.map((line) => `  ${line}`);
    case 'list':
      return block.items.flatMap(({ term, text }) => {
        const whole = term === undefined ? text : `${term}: ${text}`;
        return wrapped(whole, width - 4).map((line, i) =>
          i === 0 ? `  - ${line}` : `    ${line}`,
        );
      });
  }
}

/** Lines of at most that many columns, where words allow it. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
