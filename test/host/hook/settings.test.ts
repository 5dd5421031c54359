import { expect, test } from 'vitest';
import { isHook, readHook, renderHook } from '../../../src/host/hook/file.js';
import { hookSettings, parseSettings } from '../../../src/host/hook/settings.js';

test('what nobody says is vmlane’s own', () => {
  const usual = { switch: '/run/vmlane/switch.sock', socketDirs: ['/run/vmlane/guests'] };
  expect(hookSettings()).toEqual(usual);
  expect(hookSettings({ socketDirs: [] })).toEqual(usual);
});

test('folders are tidied, each once', () => {
  const given = { switch: '/a//s', socketDirs: ['/b/', '/c/../b', '/', '/d e'] };
  expect(hookSettings(given)).toEqual({ switch: '/a/s', socketDirs: ['/b', '/', '/d e'] });
});

test.each([
  [
    { switch: 'switch.sock' },
    /^--control-socket switch\.sock: not an absolute path; give a path such as/,
  ],
  [{ switch: '' }, /^--control-socket: not an absolute path; /],
  [{ switch: './s' }, /^--control-socket \.\/s: not an absolute path; /],
  [{ switch: '/a\nb' }, /^--control-socket \/a b: holds a control character; /],
  [{ switch: `/${'a'.repeat(107)}` }, /: longer than 107 bytes; /],
  [{ socketDirs: ['run'] }, /^--socket-dir run: not an absolute path; /],
  [{ socketDirs: ['/a', ''] }, /^--socket-dir: not an absolute path; /],
  [{ socketDirs: ['/a\u0000'] }, /: holds a control character; /],
])('refused: %j', (given, message) => {
  expect(() => hookSettings(given)).toThrow(message);
});

test.each(['', 'null', '[]', '{}', '{"switch":"/s"}', '{"switch":1,"socketDirs":["/a"]}', '{"a'])(
  'settings that somebody has edited badly are refused: %j',
  (json) => {
    expect(() => parseSettings(json)).toThrow(
      "settings of the hook: they cannot be read; run 'vmlane hook install' again",
    );
  },
);

test('a path of the settings is checked again when they are read', () => {
  expect(() => parseSettings('{"switch":"s","socketDirs":["/a"]}')).toThrow(
    '--control-socket s: not an',
  );
});

test('odd characters survive the file, and none of them is a command there', () => {
  const template = '#!/bin/sh\n# vmlane hook 1: x\nsettings=@SETTINGS@\nnode=@NODE@\nmain=@MAIN@\n';
  const odd = `/a'b"c$(d)\`e\`\\f & @NODE@ ü`;
  const settings = hookSettings({ switch: odd, socketDirs: [odd] });
  const text = renderHook(template, { settings, node: odd, main: odd });
  expect(isHook(text)).toBe(true);
  const read = readHook(text);
  expect(parseSettings(read.settings ?? '')).toEqual(settings);
  expect([read.node, read.main]).toEqual([odd, odd]);
});

test('what somebody has edited away is not there', () => {
  expect(readHook('#!/bin/sh\nnode=/usr/bin/node\nmain="$x"\n')).toEqual({
    settings: undefined,
    node: undefined,
    main: undefined,
  });
});
