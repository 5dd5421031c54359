import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  apparmorRules,
  hostSecurity,
  withBlock,
  writeRules,
} from '../../../src/host/wrap/security.js';
import { packageRoot } from '../../../src/switch/paths.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vmlane-root-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function file(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

describe('this host', () => {
  test('with nothing to read is as Debian has it', () => {
    expect(hostSecurity(root)).toEqual({ others: true, apparmor: false, selinux: false });
  });

  test.each([
    ['user = "root"\n', false, true],
    ['#user = "root"\n', true, true],
    ['  user="+0" # root\nsecurity_driver = "none"\n', false, false],
    ['security_driver = [ "selinux", "apparmor" ]\n', true, true],
  ])('with %j', (conf, others, confined) => {
    file('etc/libvirt/qemu.conf', conf);
    file('sys/module/apparmor/parameters/enabled', 'Y\n');
    file('sys/fs/selinux/enforce', '1');
    expect(hostSecurity(root)).toEqual({ others, apparmor: confined, selinux: confined });
  });
});

test('rules are written once, beside those of others, with a backup, and taken out again', () => {
  const path = 'etc/apparmor.d/local/usr.sbin.libvirtd';
  file(path, '# ours\n/x r,\n');
  const installed = { package: packageRoot(), node: '/usr/bin/node' };
  const rules = apparmorRules(installed, true, root);
  expect(rules.map((one) => one.path)).toEqual([
    join(root, 'etc/apparmor.d/local/abstractions/libvirt-qemu'),
    join(root, path),
  ]);
  for (const rule of rules) writeRules(rule);
  const [guest = '', daemon = ''] = rules.map((one) => readFileSync(one.path, 'utf8'));
  expect(guest).toContain(`\n  ${packageRoot()}/wrapper/* rmix,\n`);
  expect(guest).toContain('\n  /usr/bin/node rmix,\n');
  expect(guest).not.toContain('@VMLANE@');
  expect(daemon.startsWith('# ours\n/x r,\n# begin vmlane')).toBe(true);
  expect(readFileSync(join(root, `${path}.vmlane-backup`), 'utf8')).toBe('# ours\n/x r,\n');
  expect(existsSync(`${rules[0]?.path}.vmlane-backup`)).toBe(false);
  const again = apparmorRules(installed, true, root);
  expect(again.every(({ before, after }) => before === after)).toBe(true);
  const back = apparmorRules(installed, false, root);
  expect(back.map(({ after }) => after)).toEqual(['', '# ours\n/x r,\n']);
});

test.each([
  ['', 'r\n', '# begin vmlane: qemu-wrap\nr\n# end vmlane\n'],
  ['a', 'r\n', 'a\n# begin vmlane: qemu-wrap\nr\n# end vmlane\n'],
  [
    'a\n# begin vmlane: qemu-wrap\nold\n# end vmlane\nb\n',
    'r\n',
    'a\nb\n# begin vmlane: qemu-wrap\nr\n# end vmlane\n',
  ],
  ['a\n# begin vmlane: qemu-wrap\nold\n# end vmlane\nb\n', undefined, 'a\nb\n'],
  ['a\n', undefined, 'a\n'],
])('%j with %j', (before, rules, after) => {
  expect(withBlock(before, rules)).toBe(after);
});
