import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConf, settingOf } from '../../../src/system/libvirt/conf.js';

/** Names and values. */
const read = (text: string) => {
  const { settings, error } = parseConf(text);
  return { values: Object.fromEntries(settings.map((one) => [one.name, one.value])), error };
};

// Text; values.
test.each([
  ['', {}],
  ['# user = "a"', {}],
  ['user = "root"', { user: 'root' }],
  ['  user=\'it is "me"\' # why\n', { user: 'it is "me"' }],
  ['a = """two\nlines "quoted" """\nb=1', { a: 'two\nlines "quoted" ', b: 1 }],
  ['a = ""\nb = ""', { a: '', b: '' }],
  ['a = 1; b = -2 ;c=+3', { a: 1, b: -2, c: 3 }],
  ['a = "not # a comment"', { a: 'not # a comment' }],
  ['a = []', { a: [] }],
  [
    'a = [\n  "/dev/null", "/dev/full",\r\n  "/dev/zero",\n]\nb = 1',
    {
      a: ['/dev/null', '/dev/full', '/dev/zero'],
      b: 1,
    },
  ],
  ['a = [ 1, [ "x" ] ]#c', { a: [1, ['x']] }],
  ['a="1"\r\nb="2"\r\n', { a: '1', b: '2' }],
])('%j', (text, values) => expect(read(text)).toEqual({ values, error: undefined }));

// Text; line; what libvirt says.
test.each([
  ['a = 1\nuser root\n', 2, 'expecting an assignment'],
  ['a = \n', 1, 'expecting a value'],
  ['a = yes\n', 1, 'expecting a value'],
  ['a = -\n', 1, 'unterminated number'],
  ['a = "b\nc = "d"', 1, 'unterminated string'],
  ["a = 'b", 1, 'unterminated string'],
  ['_a = 1', 1, 'expecting a name'],
  ['\n \t\n', 3, 'expecting a name'],
  ['= 1', 1, 'expecting a name'],
  ['a = 1 b = 2', 1, 'expecting a separator'],
  ['a = """b', 1, 'expecting a separator'],
  ['a = """b\nc = 1\n', 1, 'unterminated string'],
  ['a = [ "x" "y" ]', 1, 'expecting a separator in list'],
  ['a = [ "x",\n # no\n "y" ]', 2, 'expecting a value'],
  ['a = [ "x"\n', 2, 'list is not closed with ]'],
  [`a = ${'['.repeat(5000)}`, 1, 'expecting a value'],
])('%j is refused', (text, line, problem) =>
  expect(parseConf(text).error).toEqual({ line, problem }),
);

test('the first of two holds; places and lines are those of the text', () => {
  const text = '# é\n\n user  = "a" # b\nuser = "c"\nlist = [\n 1,\n 2 ]\n';
  const conf = parseConf(text);
  const user = settingOf(conf, 'user');
  expect(user).toMatchObject({ value: 'a', line: 3 });
  const cut = conf.settings.map(({ at, valueAt }) => [
    text.slice(at.start, at.end),
    text.slice(valueAt.start, valueAt.end),
  ]);
  expect(cut).toEqual([
    ['user', '"a"'],
    ['user', '"c"'],
    ['list', '[\n 1,\n 2 ]'],
  ]);
  expect(settingOf(conf, 'group')).toBeUndefined();
});

describe('any text', () => {
  test('is read or refused, never thrown over', () => {
    const piece = fc.constantFrom(
      'a',
      '=',
      '"',
      "'",
      '[',
      ']',
      ',',
      '\n',
      ' ',
      '#',
      ';',
      '1',
      '-',
      '"""',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const { settings } = parseConf(pieces.join(''));
        const places = settings.flatMap(({ at, valueAt }) => [
          at.start,
          at.end,
          valueAt.start,
          valueAt.end,
        ]);
        expect(places).toEqual([...places].sort((one, other) => one - other));
      }),
      { numRuns: 2000 },
    );
  });
});
