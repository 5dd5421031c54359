/** Explains an error that a user pasted: what it means, and what to do. */
import { MEANINGS } from '../../libvirt/errors.js';
import { DAILY } from './daily.js';
import { MEMORY } from './memory.js';
import { QEMU } from './qemu.js';
import type { Row } from './row.js';
import { SOCKETS } from './sockets.js';
import { SRIOV } from './sriov.js';

export type { Row } from './row.js';

/** A known error in a text. */
export interface Explanation {
  name: string;
  /** The words that it was recognised by. */
  matched: string;
  cause: string;
  remedy: string;
  source: string;
}

/** All errors that have a name of their own. */
export const ROWS: readonly Row[] = [...MEMORY, ...SOCKETS, ...QEMU, ...SRIOV, ...DAILY];

/**
 * All known errors in a text of any number of lines, such as 64 KiB: those with the longest match first, then the
 * meanings of libvirt's own messages (libvirt/errors.ts).
 */
export function explain(text: string): Explanation[] {
  const line = onOneLine(text);
  const lines = [line, ...text.split('\n').map(onOneLine)];
  const found = ROWS.flatMap((row): Explanation[] => {
    const matched = row.text.exec(line)?.[0];
    return matched === undefined ? [] : [explanation(row, matched)];
  });
  found.sort((one, other) => other.matched.length - one.matched.length);
  for (const { text, pasted = text, cause, remedy } of MEANINGS) {
    const matched = lines.map((one) => pasted.exec(one)?.[0]).find((one) => one !== undefined);
    if (matched === undefined) continue;
    const source = 'libvirt 9.0 to 11.3';
    // The first match wins, as for our own errors.
    return [...found, { name: 'libvirt', matched, cause, remedy, source }];
  }
  return found;
}

function explanation({ name, cause, remedy, source }: Row, matched: string): Explanation {
  return { name, matched, cause, remedy, source };
}

/** Undoes line breaks and curly quotes that a terminal, a mail or a log has put in. */
function onOneLine(text: string): string {
  const quotes = text.replace(/[\u2018\u2019]/g, "'").replace(/[\u201c\u201d]/g, '"');
  return quotes
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .replace(/^ ?(error|fatal): /i, '')
    .trim();
}
