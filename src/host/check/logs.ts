import { type Explanation, explain, ROWS } from '../explain/index.js';
import type { Facts } from './facts.js';
import { count, type Found, ok, warning } from './finding.js';

/** Errors that `vmlane host explain` knows, as they stand in logs: each once, at its last place. */
export function* logs({ logs }: Facts): Iterable<Found> {
  const found = new Map<string, Found>();
  for (const [guest, lines] of logs.guests) {
    for (const line of lines) {
      const known = explain(line)[0];
      // QEMU says so at each start, and nothing when it has waited enough: check/guests.ts looks.
      if (!known || known.name === 'waiting') continue;
      found.set(`${guest} ${known.cause}`, told(known, `${guest}.log: ${line}`));
    }
  }
  for (const line of logs.kernel ?? []) {
    const row = ROWS.find((one) => one.kernel && one.text.test(line));
    if (row) found.set(row.cause, told(row, `dmesg: ${line}`));
  }
  yield* found.values();
  if (found.size > 0) return;
  const kernel = logs.kernel
    ? `, ${count(logs.kernel.length, 'line')} of dmesg`
    : '; dmesg was not readable';
  yield ok('no known error', `${count(logs.guests.size, 'log')} of guests${kernel}`);
}

function told({ cause, remedy }: Pick<Explanation, 'cause' | 'remedy'>, line: string): Found {
  return warning(cause, line, remedy);
}
