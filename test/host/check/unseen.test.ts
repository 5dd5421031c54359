/** What a tree of files cannot show to whoever may read everything. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../../src/host/check/index.js';
import { askProgram } from '../../../src/system/processes/programs.js';
import { factsOf } from './host.js';

test('a folder that this user may not look into is no failure', async () => {
  const root = mkdtempSync(join(tmpdir(), 'vl-'));
  try {
    const facts = await factsOf('server', root);
    const way = { parts: [], missing: { path: '/run/vmlane/guests', code: 'EACCES' } };
    const found = check({ ...facts, sockets: { ...facts.sockets, way } }, ['sockets']);
    expect(found).toMatchObject([{ level: 'warning', remedy: 'run this as root' }]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

// Program and words; the answer.
test.each([
  ['a program that answers', 'echo', ['a b'], { text: 'a b\n' }],
  ['one that is not there', 'no-such-program', [], { trouble: 'not installed' }],
  ['one that complains', 'ls', ['/no/such'], { trouble: expect.stringMatching(/No such file/) }],
  ['one that fails in silence', 'false', [], { trouble: '1' }],
])('%s', async (_name, program, words, answer) => {
  expect(await askProgram(program, words)).toEqual(answer);
});

test('one that does not answer is ended', async () => {
  expect(await askProgram('sleep', ['1000'])).toEqual({ trouble: 'no answer within 5 s' });
});
