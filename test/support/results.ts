import { relative } from 'node:path';
import { byName } from '../../src/values/by-name.js';
import { ROWS } from './rows.js';

/** Of a row on a system. */
export interface Tried {
  /** Of the last run. */
  date: string;
  passed: number;
  failed: number;
  skipped: number;
}

/** A system on which tests ran. */
export interface SystemRecord {
  system: string;
  /** Of programs and libraries that it has, by their names. */
  versions: Record<string, string>;
  /** By keys of rows. */
  tried: Record<string, Tried>;
}

interface Assertion {
  status: string;
  /** Those of test/server begin with the release that was booted, such as Debian 13. */
  ancestorTitles?: string[];
}

/** What vitest has written for a part (test/run), as far as it is needed. */
export interface PartResults {
  startTime: number;
  testResults: { name: string; assertionResults: Assertion[]; status: string }[];
}

/** The results without those of servers of another release than this system's, such as 12. */
export function ofRelease(results: readonly PartResults[], release: string): PartResults[] {
  const isOurs = ({ ancestorTitles: [title = ''] = [] }: Assertion) =>
    !title.startsWith('Debian ') || title === `Debian ${release}`;
  return results.map((part) => ({
    ...part,
    testResults: part.testResults
      .map((file) => ({ ...file, assertionResults: file.assertionResults.filter(isOurs) }))
      .filter(({ assertionResults: own, status }) => own.length > 0 || status === 'failed'),
  }));
}

/** The rows of which these results have tests. A file that failed as a whole counts as one that failed. */
export function triedIn(results: readonly PartResults[], tests: string): Record<string, Tried> {
  const files = results.flatMap(({ startTime, testResults }) =>
    testResults.map((one) => ({ ...one, startTime, file: relative(tests, one.name) })),
  );
  const found = ROWS.flatMap(({ key, tests: pattern }): [string, Tried][] => {
    const mine = pattern ? files.filter(({ file }) => pattern.test(file)) : [];
    if (mine.length === 0) return [];
    const all = mine.flatMap(({ status, assertionResults: own }) => {
      const whole = status === 'failed' && !own.some((one) => one.status === 'failed');
      return [...own.map((one) => one.status), ...(whole ? ['failed'] : [])];
    });
    const count = (wanted: string) => all.filter((status) => status === wanted).length;
    const [passed, failed] = [count('passed'), count('failed')];
    const last = Math.max(...mine.map(({ startTime }) => startTime));
    const date = new Date(last).toISOString().slice(0, 10);
    return [[key, { date, passed, failed, skipped: all.length - passed - failed }]];
  });
  return Object.fromEntries(found);
}

/** The records with those of one more run, which replaces what it has tried anew. */
export function merged(
  records: readonly SystemRecord[],
  { system, versions, tried }: SystemRecord,
): SystemRecord[] {
  const before = records.find((one) => one.system === system);
  const now = { system, versions, tried: { ...before?.tried, ...tried } };
  const others = records.filter((one) => one !== before);
  return [...others, now].sort((a, b) => byName(a.system, b.system));
}
