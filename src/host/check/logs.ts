import { readGuestLogs } from '../../system/libvirt/logs.js';
import { type Explanation, explain, ROWS } from '../explain/index.js';
import { type Check, type FactsOf, MILD, type View } from './check.js';
import { count, type Found, ok, warning } from './finding.js';
import { readRunning } from './guests.js';

/** Lines of the kernel's log; undefined if it cannot be read. */
export async function readKernelLog({ ask }: View): Promise<readonly string[] | undefined> {
  const answer = await ask('dmesg', []);
  return 'text' in answer ? answer.text.split('\n').filter(Boolean) : undefined;
}

const READS = {
  kernelLog: readKernelLog,
  guestLogs: ({ host }: View) => readGuestLogs(host),
  guests: readRunning,
};

export const logs: Check<typeof READS> = { name: 'logs', levels: MILD, reads: READS, judge };

/** Finds errors in logs that `vmlane host explain` knows: each once, at its last occurrence. */
function* judge({ kernelLog, guestLogs, guests }: FactsOf<typeof READS>): Iterable<Found> {
  // Where QEMU listens the switch dials again after its restart.
  const redialled = new Set(
    guests
      .filter(({ sockets }) => sockets.length > 0 && sockets.every(({ listens }) => listens))
      .map(({ name }) => name),
  );
  const found = new Map<string, Found>();
  for (const [guest, lines] of guestLogs) {
    for (const line of lines) {
      const known = explain(line)[0];
      // QEMU logs this at each start, but not when the wait ends; check/guests.ts checks it.
      if (!known || known.name === 'waiting') continue;
      if (known.name === 'ring-restore' && redialled.has(guest)) continue;
      found.set(`${guest} ${known.cause}`, described(known, `${guest}.log: ${line}`));
    }
  }
  for (const line of kernelLog ?? []) {
    const row = ROWS.find((one) => one.kernel && one.text.test(line));
    if (row) found.set(row.cause, described(row, `dmesg: ${line}`));
  }
  yield* found.values();
  if (found.size > 0) return;
  const kernel = kernelLog
    ? `, ${count(kernelLog.length, 'line')} of dmesg`
    : '; dmesg was not readable';
  yield ok('no known error', `${count(guestLogs.size, 'log')} of guests${kernel}`);
}

function described({ cause, remedy }: Pick<Explanation, 'cause' | 'remedy'>, line: string): Found {
  return warning(cause, line, remedy);
}
