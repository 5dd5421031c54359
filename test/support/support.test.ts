import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../src/switch/paths.js';
import { matrixText } from './matrix.js';
import { merged, ofRelease, type SystemRecord, triedIn } from './results.js';
import { ROWS } from './rows.js';

const docs = join(packageRoot(), 'docs');
const records: SystemRecord[] = parse(readFileSync(join(docs, 'support.yaml'), 'utf8'));

test('docs/support.md is what the records make, and the README leads there', () => {
  expect(readFileSync(join(docs, 'support.md'), 'utf8')).toBe(matrixText(records));
  expect(readFileSync(join(docs, '../README.md'), 'utf8')).toContain('(docs/support.md)');
});

test('each record is of a row that has tests, and each row with tests has some', () => {
  const keys = ROWS.filter(({ tests }) => tests).map(({ key }) => key);
  for (const { tried } of records) expect(keys).toEqual(expect.arrayContaining(Object.keys(tried)));
  const files = readdirSync(join(packageRoot(), 'test'), { recursive: true }).map(String);
  for (const { key, tests } of ROWS)
    if (tests)
      expect(
        files.some((file) => tests.test(file)),
        key,
      ).toBe(true);
});

const result = (name: string, ...statuses: string[]) => ({
  name: `/checkout/test/${name}`,
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
});

test('results count by rows; a file that fails as a whole fails once', () => {
  const startTime = Date.UTC(2026, 10, 30, 1);
  const whole = { ...result('vm/attach.test.ts'), status: 'failed' };
  const testResults = [
    result('vm/trial.test.ts', 'passed', 'skipped'),
    whole,
    result('vm/nic.test.ts', 'failed', 'passed'),
    result('cli/help.test.ts', 'passed'),
  ];
  const date = '2026-11-30';
  expect(triedIn([{ startTime, testResults }], '/checkout/test')).toEqual({
    guests: { date, passed: 2, failed: 2, skipped: 1 },
    demo: { date, passed: 1, failed: 0, skipped: 1 },
    'kernel-card': { date, passed: 1, failed: 1, skipped: 0 },
  });
});

test('of booted servers those of this release count', () => {
  const of = (title: string, status: string) => ({ status, ancestorTitles: [title] });
  const file = {
    ...result('server/server.server.ts'),
    assertionResults: [of('Debian 12', 'passed'), of('Debian 13', 'failed')],
  };
  const part = {
    startTime: Date.UTC(2026, 10, 30),
    testResults: [file, result('vm/a.test.ts', 'passed')],
  };
  expect(triedIn(ofRelease([part], '12'), '/checkout/test')).toMatchObject({
    server: { passed: 1, failed: 0 },
    guests: { passed: 1 },
  });
  expect(triedIn(ofRelease([part], '14'), '/checkout/test')).not.toHaveProperty('server');
});

test('a run replaces what it has tried anew, and nothing else', () => {
  const tried = { date: '2026-11-29', passed: 1, failed: 0, skipped: 0 };
  const old = {
    system: 'Debian 12',
    versions: { QEMU: '7.2' },
    tried: { kvm: tried, demo: tried },
  };
  const other = { system: 'A 1', versions: {}, tried: {} };
  const demo = { ...tried, failed: 2 };
  const after = merged([old], { system: 'Debian 12', versions: { QEMU: '8.0' }, tried: { demo } });
  expect(after).toEqual([{ ...old, versions: { QEMU: '8.0' }, tried: { kvm: tried, demo } }]);
  expect(merged(after, other).map(({ system }) => system)).toEqual(['A 1', 'Debian 12']);
  expect(matrixText(after)).toContain('| `vmlane demo` | 1 passed, **2 failed**, 2026-11-29 |');
  expect(matrixText([other])).toContain('| guests on KVM | untried |  |');
});
