import { shellWords } from '../values/shell.js';
import type { Edit } from './edits.js';

const MARKS = { keep: ' ', drop: '-', add: '+' } as const;
const COLORS = { keep: '', drop: '\u001b[31m', add: '\u001b[32m' } as const;
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';
/** Unchanged arguments shown on either side of a change. */
const CONTEXT = 1;
/** A shorter run is shown whole: folding would save nothing. */
const SHORTEST_FOLD = 3;

/**
 * The difference for a person: one argument a line, quoted as a shell would need it, the reason on
 * a line of its own where a rule's changes begin (values are long, beside them nobody would see it). Ends with a newline unless there is nothing to show.
 */
export function renderEdits(edits: readonly Edit[], options: { color: boolean }): string {
  const near = edits.map((_, index) =>
    edits
      .slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1)
      .some((one) => one.kind !== 'keep'),
  );
  const lines: string[] = [];
  for (let at = 0; at < edits.length; ) {
    const next = near.indexOf(true, at);
    const run = (next < 0 ? edits.length : next) - at;
    if (run >= SHORTEST_FOLD) {
      lines.push(paint(`  … ${run} unchanged`, DIM, options.color));
      at += run;
      continue;
    }
    const edit = edits[at] as Edit;
    if (edit.kind !== 'keep' && edits[at - 1]?.rule !== edit.rule) {
      lines.push(paint(`  # ${edit.rule}: ${edit.why}`, DIM, options.color));
    }
    const text = `${MARKS[edit.kind]} ${shellWords(edit.args)}`;
    lines.push(edit.kind === 'keep' ? text : paint(text, COLORS[edit.kind], options.color));
    at++;
  }
  return lines.map((text) => `${text}\n`).join('');
}

function paint(text: string, color: string, wanted: boolean): string {
  return wanted ? `${color}${text}${RESET}` : text;
}
