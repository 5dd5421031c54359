import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actionOf } from '../../src/hook/operations.js';
import { packageRoot } from '../../src/switch/paths.js';

/** All calls that libvirt 9.0 makes of its qemu hook. Source: its hooks.html. */
const CALLS = [
  'prepare/begin',
  'start/begin',
  'started/begin',
  'stopped/end',
  'release/end',
  'migrate/begin',
  'restore/begin',
  'reconnect/begin',
  'attach/begin',
];

test('a start registers, an end removes, all else is nothing to us', () => {
  const acts = CALLS.flatMap((call) => {
    const [operation = '', sub = ''] = call.split('/');
    const action = actionOf(operation, sub);
    return action ? [[call, action]] : [];
  });
  expect(acts).toEqual([
    ['prepare/begin', 'register'],
    ['start/begin', 'register late'],
    ['release/end', 'remove'],
  ]);
});

test.each([
  ['', ''],
  ['prepare', ''],
  ['prepare', 'end'],
  ['PREPARE', 'begin'],
  ['release', 'begin'],
  ['release', '-'],
  ['prepare/begin', ''],
  ['__proto__', 'begin'],
  ['constructor', ''],
  ['thaw', 'begin'],
])('words that nobody knows do nothing: %j %j', (operation, sub) => {
  expect(actionOf(operation, sub)).toBeUndefined();
});

test("the file's sh passes on just these calls", () => {
  const text = readFileSync(join(packageRoot(), 'templates/hook/qemu'), 'utf8');
  const passed = [...text.matchAll(/^([\w/]+)\) ;;$/gm)].map(([, call]) => call);
  expect(passed).toEqual(
    CALLS.filter((call) => actionOf(...(call.split('/') as [string, string]))),
  );
});
