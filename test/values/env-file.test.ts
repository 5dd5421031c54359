/** As systemd reads an EnvironmentFile=; what each row means was taken from its parser (env-file.c). */
import { expect, it } from 'vitest';
import { envLines, isEnvName } from '../../src/values/env-file.js';

it.each<[text: string, found: [line: number, name: string | undefined, value: string][]]>([
  ['', []],
  ['\n \t\r\n', []],
  ['A=b', [[1, 'A', 'b']]],
  [
    'A=b\nC=d\n',
    [
      [1, 'A', 'b'],
      [2, 'C', 'd'],
    ],
  ],
  ['  A = b c  \n', [[1, 'A', 'b c']]],
  [
    'A=\nB=',
    [
      [1, 'A', ''],
      [2, 'B', ''],
    ],
  ],
  ['# A=b\n;C=d\nE=f', [[3, 'E', 'f']]],
  ['# a\\\nA=b', [[2, 'A', 'b']]],
  ['A=b # c', [[1, 'A', 'b # c']]],
  ['A="b c"', [[1, 'A', 'b c']]],
  ["A='b\\n $c'", [[1, 'A', 'b\\n $c']]],
  [
    'A="b\nc"\nD=e',
    [
      [1, 'A', 'b\nc'],
      [3, 'D', 'e'],
    ],
  ],
  ['A="b\\\nc"', [[1, 'A', 'bc']]],
  ['A="\\"\\\\\\$\\`\\x"', [[1, 'A', '"\\$`\\x']]],
  ['A=\'b\'"c"', [[1, 'A', 'bc']]],
  ['A="b" d', [[1, 'A', 'bd']]],
  ['A=b"c"', [[1, 'A', 'b"c"']]],
  [
    'A=b\\\nc\nD=e',
    [
      [1, 'A', 'bc'],
      [3, 'D', 'e'],
    ],
  ],
  ['A=b\\ \\ \n', [[1, 'A', 'b  ']]],
  ['A=b\\', [[1, 'A', 'b']]],
  ['A=b=c', [[1, 'A', 'b=c']]],
  [
    'no line\nA=b',
    [
      [1, undefined, ''],
      [2, 'A', 'b'],
    ],
  ],
  [
    '=x\nA=b',
    [
      [1, '', 'x'],
      [2, 'A', 'b'],
    ],
  ],
  ['export A=b', [[1, 'export A', 'b']]],
  [
    'A=b\nA=c',
    [
      [1, 'A', 'b'],
      [2, 'A', 'c'],
    ],
  ],
  [
    'A=b\r\nC=d\r\n',
    [
      [1, 'A', 'b'],
      [2, 'C', 'd'],
    ],
  ],
])('%j', (text, found) => {
  expect(envLines(text).map(({ line, name, value }) => [line, name, value])).toEqual(found);
});

it('a quote that is not closed is told', () => {
  for (const text of ['A="b\nC=d', "A='b", 'A="b\\'])
    expect(envLines(text)).toMatchObject([{ name: 'A', open: true }]);
  expect(envLines('A="b"')).toMatchObject([{ open: false }]);
});

it('names are those of variables', () => {
  for (const name of ['A', '_a1', 'VIRTIOFWD_TSO']) expect(isEnvName(name)).toBe(true);
  for (const name of ['', '1A', 'export A', 'a-b', 'Ä']) expect(isEnvName(name)).toBe(false);
});
