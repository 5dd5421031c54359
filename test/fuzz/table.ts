import type { Outcome } from './run.js';

const HEADS = ['target', 'minutes', 'runs', 'edges', 'features', 'inputs', 'KiB', 'finding'];

/** What was reached, a line for each target. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((one) => [
    one.target,
    (one.seconds / 60).toFixed(1),
    String(one.runs),
    String(one.edges),
    String(one.features),
    String(one.inputs),
    (one.bytes / 1024).toFixed(0),
    one.finding ?? '',
  ]);
  const widths = HEADS.map((head, i) =>
    Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const text = [HEADS, ...rows].map((row) =>
    row
      .map((cell, i) =>
        i === 0 || i === HEADS.length - 1
          ? cell.padEnd(widths[i] ?? 0)
          : cell.padStart(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}
