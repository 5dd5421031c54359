import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Edit, renderEdits } from '../../src/qemu/index.js';

const keep = (...args: string[]): Edit => ({ kind: 'keep', args });
const drop: Edit = { kind: 'drop', args: ['-x', 'old'], rule: 'r', why: 'because' };
const add: Edit = { kind: 'add', args: ['-x', 'new'], rule: 'r', why: 'because' };

test('folds long runs, shows neighbours, gives each reason once', () => {
  const run = Array.from({ length: 5 }, (_, index) => keep('-k', String(index)));
  expect(renderEdits([...run, drop, add, keep('-S'), keep('-T')], { color: false })).toBe(
    [
      '  … 4 unchanged',
      '  -k 4',
      '  # r: because',
      '- -x old',
      '+ -x new',
      '  -S',
      '  -T',
      '',
    ].join('\n'),
  );
});

test('shows nothing but a fold where nothing changed', () => {
  expect(renderEdits([keep('-a'), keep('-b'), keep('-c')], { color: true })).toContain(
    '3 unchanged',
  );
  expect(renderEdits([], { color: false })).toBe('');
});

test('colours only when asked', () => {
  expect(renderEdits([drop, add], { color: true })).toContain('\u001b[31m- -x old\u001b[0m');
  expect(renderEdits([drop, add], { color: false })).not.toContain('\u001b');
});

test('quotes so that bash reads the words back and no control character gets out', () => {
  const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
  const samples = fc.sample(
    fc.oneof(word, fc.constantFrom('', "it's", 'a\nb', '\\', '\u001b[2J', '$HOME')),
    60,
  );
  const lines = renderEdits([{ ...add, args: samples }], { color: false });
  const words = lines.split('\n')[1]?.slice(2) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(words).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  const read = execFileSync('bash', ['--norc', '-c', `printf '%s\\0' ${words}`], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8' },
  });
  expect(read.split('\0').slice(0, -1)).toEqual(samples.map(asUtf8));
});

/** A lone surrogate cannot be written to a process. */
function asUtf8(text: string): string {
  return Buffer.from(text).toString();
}
