import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostSecurity, policyLacks } from '../../../src/host/wrap/security.js';
import { lookAt } from '../../../src/system/look/index.js';

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

describe("SELinux's policy", () => {
  const problems = (wrapped: boolean) =>
    policyLacks(lookAt(root), wrapped).map(({ problem }) => problem);
  const CONTEXTS = 'etc/selinux/targeted/contexts/files/file_contexts';
  const EXECMEM = 'sys/fs/selinux/booleans/virt_use_execmem';

  test("lacks vmlane's module, and what Node needs for wrapped guests", () => {
    file(EXECMEM, '0 0');
    expect(problems(true)).toEqual([
      'SELinux keeps guests from the switch and from qemu-wrap',
      'SELinux keeps qemu-wrap from running Node',
    ]);
    expect(problems(false)).toEqual(['SELinux keeps guests from the switch']);
  });

  test('lacks nothing', () => {
    file(EXECMEM, '1 1');
    file(CONTEXTS, '/run/vmlane/guests(/.*)?\tsystem_u:object_r:vmlane_guests_t:s0\n');
    expect(problems(true)).toEqual([]);
  });
});
