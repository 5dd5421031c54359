import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellWord, shellWords, singleQuoted } from '../../src/values/shell.js';

const spoken = (shell: string, text: string) =>
  execFileSync(shell, ['-c', `printf '%s\\0' ${text}`], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8' },
    // With a socket for its input, bash would read somebody's .bashrc.
    stdio: ['ignore', 'pipe', 'pipe'],
  });

test('bash reads any words back, and no control character is shown', () => {
  const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((one) => {
    return !one.includes('\0');
  });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const text = shellWords(words);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(spoken('bash', text)).toBe(`${words.join('\0')}\0`);
    }),
    { numRuns: 50 },
  );
});

test('single quotes are for any shell', () => {
  const word = `it's $(a) "b"\n\\`;
  expect(spoken('sh', singleQuoted(word))).toBe(`${word}\0`);
});

test.each([
  ['plain', 'plain'],
  ['/a-b_c.d:1,2=3@4%5+', '/a-b_c.d:1,2=3@4%5+'],
  ['a b', "'a b'"],
  ['', "''"],
  ["\u001b[31m'", "$'\\u001b[31m\\''"],
])('%j is %s', (word, text) => {
  expect(shellWord(word)).toBe(text);
});
