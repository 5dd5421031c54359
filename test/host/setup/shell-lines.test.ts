import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { assignments, withWords } from '../../../src/host/setup/shell-lines.js';

const NAME = 'GRUB_CMDLINE_LINUX';
const folder = mkdtempSync(join(tmpdir(), 'vmlane-sh-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a real shell makes of the file, as grub-mkconfig reads it. */
function shellValue(text: string): string {
  const file = join(folder, 'grub');
  writeFileSync(file, text);
  const script = `. "$1" && printf '%s' "$${NAME}"`;
  return execaSync('sh', ['-c', script, 'sh', file], { stripFinalNewline: false }).stdout;
}

const words = (text: string) => assignments(text, [NAME], 'grub').at(-1)?.words;

test.each([
  [`${NAME}="a b=c"`, ['a', 'b=c']],
  [`${NAME}=''`, []],
  [`${NAME}=`, []],
  [`${NAME}=quiet # why`, ['quiet']],
  [`${NAME}=a#b`, ['a#b']],
  [`${NAME}="a"#b`, ['a#b']],
  [`  export ${NAME}='a  b'`, ['a', 'b']],
  [`${NAME}="a \\\n  b"`, ['a', 'b']],
  [`${NAME}="a\n b"`, ['a', 'b']],
  [`${NAME}="$${NAME} a"`, [`$${NAME}`, 'a']],
  [`${NAME}="dyndbg=\\"file a.c +p\\" b"`, ['dyndbg=\\"file a.c +p\\"', 'b']],
  [`${NAME}='dyndbg="file a.c +p" b'`, ['dyndbg=\\"file a.c +p\\"', 'b']],
  [`${NAME}="a"'$b'\\ c`, ['a\\$b', 'c']],
  [`#${NAME}="no"\n${NAME}_DEFAULT="no"\nX${NAME}="no"\n${NAME}="yes";`, ['yes']],
  [`A="it's\n"\nB=\`x\`\n${NAME}="yes"\nC=$(`, ['yes']],
  [`A=1`, undefined],
])('%j', (text, expected) => expect(words(text)).toEqual(expected));

test.each([
  [
    `A=1\n${NAME}="a`,
    'grub line 2: a quote is not closed; write its value as plain text in quotes',
  ],
  [`${NAME}='a`, 'grub line 1: a quote is not closed; '],
  [`${NAME}="$(cat x)"`, 'grub line 1: it is made by a command; '],
  [`${NAME}=\`cat x\``, 'grub line 1: it is made by a command; '],
  [`${NAME}=a b`, 'grub line 1: something follows its value; '],
  [`${NAME}="a" && x`, 'grub line 1: something follows its value; '],
  [`${NAME}=a|b`, 'grub line 1: it is no plain assignment; '],
])('refused: %j', (text, message) => expect(() => words(text)).toThrow(message));

const piece = fc.oneof(
  fc.stringMatching(/^[a-z0-9=,.:/_#-]{1,8}$/),
  fc.stringMatching(/^"[a-z =,\\]{0,6}[a-z =]"$/),
  fc.stringMatching(/^'[a-z ="$\\`]{0,8}'$/),
  fc.constantFrom('"\\""', '"\\$x"', '\\ ', '"$UNSET"', '"\\\\"', '"a\\\nb"'),
);
const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
const noise = fc.constantFrom('', "# it's a comment\n", 'A="x y"\n', `#${NAME}="no"\n`, '\n');

test('any value means to a shell what it means here, and so does what is written', () => {
  fc.assert(
    fc.property(value, noise, noise, fc.array(fc.stringMatching(/^[a-z=0-9]{1,6}$/)), (...all) => {
      const [given, before, after, added] = all;
      const text = `${before}${NAME}=${given}\n${after}`;
      const found = assignments(text, [NAME], 'grub').at(-1);
      if (!found) throw new Error('no assignment was found');
      const before_ = shellValue(text);
      const kept = withWords(text, found, found.words);
      expect(shellValue(kept).split(/\s+/).join(' ').trim()).toBe(
        before_.split(/\s+/).join(' ').trim(),
      );
      const more = withWords(text, found, [...found.words, ...added]);
      const expected = [before_, ...added].join(' ').split(/\s+/).join(' ').trim();
      expect(shellValue(more).split(/\s+/).join(' ').trim()).toBe(expected);
      expect(more.startsWith(before)).toBe(true);
      expect(more.endsWith(`\n${after}`)).toBe(true);
    }),
    { numRuns: 150 },
  );
});
