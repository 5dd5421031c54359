import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extendConf, readConf, setConf, shownList } from '../../../src/host/setup/qemu-conf.js';

const set = (text: string, key: string, value: string) => setConf(text, key, value, 'qemu.conf');

test.each([
  ['', 'user = "x"\n'],
  ['# a', '# a\nuser = "x"\n'],
  ['user = "root" # why\n', 'user = "x" # why\n'],
  ['user=\'root\'\nuser = "b"\n', 'user="x"\nuser = "b"\n'],
  ['user = "x"\n', 'user = "x"\n'],
  ['#user = "a"\n#group = "b"\n', '#user = "a"\nuser = "x"\n#group = "b"\n'],
  ['#       user = "qemu"\n#\n', '#       user = "qemu"\n#\nuser = "x"\n'],
  ['#user = "a"', '#user = "a"\nuser = "x"\n'],
  ['#user = [\n#  "a"\n#]\nb = 1\n', '#user = [\n#  "a"\n#]\nuser = "x"\nb = 1\n'],
  ['#user = [\n#  "a"\nb = 1\n', '#user = [\n#  "a"\nb = 1\nuser = "x"\n'],
  ['a = [ "user = 1", # ]\n "b" ]\n', 'a = [ "user = 1", # ]\n "b" ]\nuser = "x"\n'],
  ['a = -1\nuser = 0\n', 'a = -1\nuser = "x"\n'],
  ['a = """x\nuser = "no"\n"""\n', 'a = """x\nuser = "no"\n"""\nuser = "x"\n'],
])('%j', (before, after) => {
  expect(set(before, 'user', 'x')).toBe(after);
  expect(set(after, 'user', 'x')).toBe(after);
});

test.each([
  ['', 'a = [\n    "/u",\n    "/n"\n]\n'],
  ['a = ["/x"]\n', 'a = ["/x", "/n"]\n'],
  ['a = [\n  "/x", # one\n  "/y" # two\n]\n', 'a = [\n  "/x", # one\n  "/y",\n    "/n" # two\n]\n'],
  ['a = [ "/x", ]\n', 'a = [ "/x", "/n", ]\n'],
  ['a = [ "/n" ]\n', 'a = [ "/n" ]\n'],
  ['a = []\n', 'a = [\n    "/u",\n    "/n"\n]\n'],
])('a list: %j', (before, after) => {
  const extended = extendConf(before, 'a', ['/n'], ['/u'], 'qemu.conf');
  expect(extended).toBe(after);
  expect(extendConf(extended, 'a', ['/n'], ['/u'], 'qemu.conf')).toBe(after);
});

test.each([
  ['user', 'line 1: = is missing behind user'],
  ['\nuser = \n', 'line 2: a value that is neither text in quotes, a number, nor a list'],
  ['user = "a\n', 'line 1: a value that is neither'],
  ['user = root\n', 'line 1: a value that is neither'],
  ['a = 1\nb = [ "x"\nuser = "y"\n', 'line 3: a list needs a comma or ] here'],
  ['b = [ "x",', 'line 1: a list is not closed'],
  ['= 1\n', 'line 1: no key begins here'],
  ['user = "a" "b"\n', 'line 1: something follows the value of user'],
])('refused: %j', (text, message) => {
  expect(() => set(text, 'user', 'x')).toThrow(`qemu.conf ${message}`);
});

test.each([
  ['#a = [\n#    "/x", "/y",\n#    "/z"\n#]\n', ['/x', '/y', '/z']],
  ['#a = [ "/x" ]\n', ['/x']],
  ['# a = [ "/x" ]\n', undefined],
  ['#a = [ what you like ]\n', undefined],
  ['#a = [\n', undefined],
  ['#a = "x"\n', undefined],
])('the default that a comment shows: %j', (text, list_) => {
  expect(shownList(text, 'a')).toEqual(list_);
});

const scalar = fc.oneof(
  fc.stringMatching(/^"[^"\n\\]{0,8}"$/),
  fc.stringMatching(/^'[^'\n]{0,8}'$/),
  fc.integer().map(String),
);
const list = fc.array(scalar, { maxLength: 3 }).map((items) => `[ ${items.join(', # x\n ')} ]`);
const line = fc.oneof(
  fc.stringMatching(/^#[^\n]{0,20}$/),
  fc.constantFrom('', '  ', '#user = "a"', '#group = ["b"'),
  fc
    .tuple(fc.stringMatching(/^(user|group|[a-z_]{1,6})$/), fc.oneof(scalar, list))
    .map(([key, value]) => `${key} = ${value}`),
);
const conf = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

test('any file: the key has its value, all others theirs, no comment is lost', () => {
  fc.assert(
    fc.property(conf, (text) => {
      const before = readConf(text, 'c');
      const after = set(text, 'user', 'x');
      const now = readConf(after, 'c');
      expect(now.get('user')).toBe('x');
      for (const [key, value] of before) if (key !== 'user') expect(now.get(key)).toEqual(value);
      expect(now.size).toBe(before.has('user') ? before.size : before.size + 1);
      for (const comment of text.match(/^#.*$/gm) ?? []) expect(after).toContain(comment);
      expect(set(after, 'user', 'x')).toBe(after);
    }),
  );
});
