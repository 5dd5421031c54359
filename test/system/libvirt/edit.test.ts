import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settingOf } from '../../../src/system/libvirt/conf.js';
import { extendConf, readConf, setConf, shownList } from '../../../src/system/libvirt/edit.js';

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
  ['a = [ "user = 1", "#]",\n "b" ]\n', 'a = [ "user = 1", "#]",\n "b" ]\nuser = "x"\n'],
  ['user = "a"; group = "b"\n', 'user = "x"; group = "b"\n'],
  ['group = "b"; user = "a" # why\n', 'group = "b"; user = "x" # why\n'],
  ['max_files = +5\n', 'max_files = +5\nuser = "x"\n'],
  ['a = [ 1, [ "b", [] ] ]\nuser = 1\n', 'a = [ 1, [ "b", [] ] ]\nuser = "x"\n'],
  ['a = """b\n#user = "root"\n"""\n', 'a = """b\n#user = "root"\n"""\nuser = "x"\n'],
  ['a = -1\nuser = 0\n', 'a = -1\nuser = "x"\n'],
  ['a = """x\nuser = "no"\n"""\n', 'a = """x\nuser = "no"\n"""\nuser = "x"\n'],
])('%j', (before, after) => {
  expect(set(before, 'user', 'x')).toBe(after);
  expect(set(after, 'user', 'x')).toBe(after);
});

test.each([
  ['', 'a = [\n    "/u",\n    "/n"\n]\n'],
  ['a = ["/x"]\n', 'a = ["/x", "/n"]\n'],
  ['a = [\n  "/x",\n  "/y"\n] # two\n', 'a = [\n  "/x",\n  "/y",\n    "/n"\n] # two\n'],
  ['a = [ [ "/x" ], [] ]\n', 'a = [ [ "/x" ], [], "/n" ]\n'],
  ['a = [ "/x", ]\n', 'a = [ "/x", "/n", ]\n'],
  ['a = [ "/n" ]\n', 'a = [ "/n" ]\n'],
  ['a = []\n', 'a = [\n    "/u",\n    "/n"\n]\n'],
])('a list: %j', (before, after) => {
  const extended = extendConf(before, 'a', ['/n'], ['/u'], 'qemu.conf');
  expect(extended).toBe(after);
  expect(extendConf(extended, 'a', ['/n'], ['/u'], 'qemu.conf')).toBe(after);
});

// As libvirtd says it (test/vm/qemu-conf.test.ts).
test.each([
  ['user', 'line 1: expecting an assignment'],
  ['\nuser = \n', 'line 2: expecting a value'],
  ['user = "a\n', 'line 1: unterminated string'],
  ['user = root\n', 'line 1: expecting a value'],
  ['a = 1\nb = [ "x"\nuser = "y"\n', 'line 3: expecting a separator in list'],
  ['b = [ "x",', 'line 1: expecting a value'],
  ['b = [ "x"', 'line 1: list is not closed with ]'],
  ['b = [ "x", # one\n "y" ]', 'line 1: expecting a value'],
  ['= 1\n', 'line 1: expecting a name'],
  ['_x = 1\n', 'line 1: expecting a name'],
  ['a.b = 1\n', 'line 1: expecting an assignment'],
  [' \n\t\n', 'line 3: expecting a name'],
  ['user = "a" "b"\n', 'line 1: expecting a separator'],
])('refused: %j', (text, message) => {
  const says = `qemu.conf ${message}; correct it; libvirtd would not start`;
  expect(() => set(text, 'user', 'x')).toThrow(says);
  expect(() => extendConf(text, 'b', ['z'], [], 'qemu.conf')).toThrow(says);
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
const list = fc.array(scalar, { maxLength: 3 }).map((items) => `[ ${items.join(',\n ')} ]`);
const line = fc.oneof(
  fc.stringMatching(/^#[^\n]{0,20}$/),
  fc.constantFrom('', '  ', '#user = "a"', '#group = ["b"'),
  fc
    .tuple(fc.stringMatching(/^(user|group|[a-z][a-z_]{0,5})$/), fc.oneof(scalar, list))
    .map(([key, value]) => `${key} = ${value}`),
);
const conf = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

test('any file: the key has its value, all others theirs, no comment is lost', () => {
  fc.assert(
    fc.property(conf, (text) => {
      // Blanks alone are no file to libvirt.
      fc.pre(text === '' || text.trim() !== '');
      const before = readConf(text, 'c');
      const after = set(text, 'user', 'x');
      const now = readConf(after, 'c');
      expect(settingOf(now, 'user')?.value).toBe('x');
      const others = ({ settings }: typeof now) =>
        settings.filter(({ name }) => name !== 'user').map(({ name, value }) => [name, value]);
      expect(others(now)).toEqual(others(before));
      const isNew = settingOf(before, 'user') === undefined;
      expect(now.settings.length).toBe(before.settings.length + (isNew ? 1 : 0));
      for (const comment of text.match(/^#.*$/gm) ?? []) expect(after).toContain(comment);
      expect(set(after, 'user', 'x')).toBe(after);
    }),
  );
});
