import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One line of a client and the answer to it; `'*'` in the answer stands for any value. */
export interface Exchange {
  /** As it is sent, without the newline; need not be JSON. */
  request: string;
  answer: unknown;
  /** Line of the request in its file, for messages. */
  line: number;
}

const folder = fileURLToPath(new URL('../data/protocol/', import.meta.url));

/** Names of all transcripts, without `.txt`. */
export const transcriptNames: string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => name.slice(0, -'.txt'.length))
  .sort();

/** Reads a transcript; the format is at the end of native/PROTOCOL.md. */
export function readTranscript(name: string): Exchange[] {
  return parseTranscript(readFileSync(`${folder}${name}.txt`, 'utf8'));
}

/** Throws when a line is not of the format, a request has no answer or the other way round. */
export function parseTranscript(text: string): Exchange[] {
  const exchanges: Exchange[] = [];
  let asked: { request: string; line: number } | undefined;
  for (const [index, line] of text.replace(/\n$/, '').split('\n').entries()) {
    const [mark, rest] = [line.slice(0, 2), line.slice(2)];
    if (mark === '> ' && !asked) {
      asked = { request: rest, line: index + 1 };
    } else if (mark === '< ' && asked) {
      exchanges.push({ ...asked, answer: JSON.parse(rest) });
      asked = undefined;
    } else if (mark !== '# ') {
      throw new Error(`line ${index + 1}: "${line}" is not expected here`);
    }
  }
  if (asked) throw new Error(`line ${asked.line}: no answer`);
  return exchanges;
}

/** Where `actual` differs from `expected`, keys not named and `'*'` aside; undefined: nowhere. */
export function difference(expected: unknown, actual: unknown, at = '$'): string | undefined {
  if (expected === '*') return actual === undefined ? `${at} is missing` : undefined;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      return `${at}: ${JSON.stringify(actual)} is not a list of ${expected.length}`;
    }
    return first(expected.map((one, i) => difference(one, actual[i], `${at}[${i}]`)));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) {
      return `${at}: ${JSON.stringify(actual)} is not an object`;
    }
    const have = actual as Record<string, unknown>;
    return first(
      Object.entries(expected).map(([key, value]) => difference(value, have[key], `${at}.${key}`)),
    );
  }
  if (expected === actual) return undefined;
  return `${at}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
}

function first(found: (string | undefined)[]): string | undefined {
  return found.find((one) => one !== undefined);
}
