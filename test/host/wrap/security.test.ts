import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostSecurity } from '../../../src/host/wrap/security.js';

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
