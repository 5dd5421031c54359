import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lookAt } from '../../../src/system/look/index.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vmlane-look-'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/real'), 'of the image\n');
});
afterEach(() => rmSync(root, { recursive: true }));

test('links of an image do not lead out of it', () => {
  symlinkSync('/etc/real', join(root, 'etc/link'));
  symlinkSync('/etc/passwd', join(root, 'etc/out'));
  symlinkSync('../../../../../../etc/passwd', join(root, 'etc/up'));
  const look = lookAt(root);
  expect(look.text('/etc/link')).toBe('of the image\n');
  expect(look.real('/etc/link')).toBe('/etc/real');
  expect(look.target('/etc/link')).toBe('/etc/real');
  expect(look.text('/etc/out')).toBeUndefined();
  expect(look.text('/etc/up')).toBeUndefined();
  expect(look.exists('/etc/out')).toBe(false);
});

test('links in a circle lead nowhere', () => {
  symlinkSync('two', join(root, 'etc/one'));
  symlinkSync('one', join(root, 'etc/two'));
  const look = lookAt(root);
  expect([look.text('/etc/one'), look.stat('/etc/one'), look.real('/etc/one')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(look.names('/etc/one')).toEqual([]);
  expect(look.trouble('/etc/one')).toBe('too many links');
});

test('what is there', () => {
  const look = lookAt(root);
  expect(look.live).toBe(false);
  expect(look.names('/etc')).toEqual(['real']);
  expect(look.end('/etc/real', 6)).toBe('image\n');
  expect(look.stat('/etc/real')).toMatchObject({ kind: 'file' });
  expect(look.stat('/etc')).toMatchObject({ kind: 'folder' });
  expect([look.trouble('/etc/real'), look.trouble('/none'), look.trouble('/etc')]).toEqual([
    undefined,
    'ENOENT',
    'EISDIR',
  ]);
  expect(lookAt(look)).toBe(look);
  expect(lookAt().live).toBe(true);
});
