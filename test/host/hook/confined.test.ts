/** What is read of the host: the daemon, hooks beside ours, AppArmor and SELinux. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { confinement } from '../../../src/host/hook/confined.js';
import { hookTimes, knowsHooks } from '../../../src/host/hook/daemon.js';
import { rulesFor } from '../../../src/host/wrap/rules.js';
import { packageRoot } from '../../../src/switch/paths.js';
import { lookAt } from '../../../src/system/look/index.js';
import { findDaemon } from '../../../src/system/processes/daemons.js';

const NOW = Date.UTC(2026, 0, 1);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vmlane-root-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function file(path: string, text: string, mode = 0o644): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  chmodSync(whole, mode);
  return whole;
}

/** A process that started so many seconds after the host, which is up for 1000 s. */
function running(pid: number | 'self', comm: string, started: number, namespace = 'pid:[1]'): void {
  file('proc/uptime', '1000.00 900.00\n');
  file(`proc/${pid}/comm`, `${comm}\n`);
  const rest = `S 1 ${'0 '.repeat(17)}${started * 100} 0 0`;
  file(`proc/${pid}/stat`, `${pid} (odd ) name) ${rest}\n`);
  mkdirSync(join(root, `proc/${pid}/ns`));
  symlinkSync(namespace, join(root, `proc/${pid}/ns/pid`));
}

describe('the daemon', () => {
  beforeEach(() => running('self', 'node', 999));

  test('is found with the time of its start', () => {
    running(7, 'libvirtd', 900);
    running(8, 'libvirtd-tls', 900);
    expect(findDaemon(root, NOW)).toEqual({ name: 'libvirtd', pid: 7, since: NOW - 100_000 });
  });

  test('is the modular one where both run, and not one of a container', () => {
    running(7, 'libvirtd', 900);
    running(8, 'virtqemud', 901, 'pid:[2]');
    running(9, 'virtqemud', 902);
    expect(findDaemon(root, NOW)).toMatchObject({ name: 'virtqemud', pid: 9 });
  });

  test('is not there', () => {
    running(7, 'virtlogd', 900);
    expect(findDaemon(root, NOW)).toBeUndefined();
    expect(findDaemon(join(root, 'nowhere'), NOW)).toBeUndefined();
  });
});

describe('hooks', () => {
  const at = (path: string, mode: number, time: number) =>
    utimesSync(file(`etc/libvirt/hooks/${path}`, '', mode), time, time);

  test('of all that libvirt would call, the times', () => {
    at('qemu', 0o755, 1);
    at('qemu.d/vmlane', 0o755, 2);
    at('qemu.d/readme', 0o644, 3);
    at('qemu.d/web1/prepare', 0o755, 4);
    at('network', 0o755, 5);
    expect(hookTimes(root).toSorted()).toEqual([1000, 2000]);
    expect(hookTimes(join(root, 'nowhere'))).toEqual([]);
  });

  test.each([
    [[], false],
    [[999], true],
    [[1000], false],
    [[1001, 2000], false],
    [[1001, 5], true],
  ])('a daemon since 1000 knows of hooks since %j: %j', (times, knows) => {
    expect(knowsHooks({ name: 'libvirtd', pid: 1, since: 1000 }, times)).toBe(knows);
  });
});

describe('confinement', () => {
  test('there is nothing to tell where neither is on', () => {
    file('sys/module/apparmor/parameters/enabled', 'N\n');
    file('etc/apparmor.d/usr.sbin.libvirtd', '');
    expect(confinement('/opt/node/bin/node', root)).toEqual([]);
  });

  test('AppArmor wants a rule for a Node outside of the usual folders', () => {
    file('sys/module/apparmor/parameters/enabled', 'Y\n');
    expect(confinement('/opt/node', root)).toEqual([]);
    file('etc/apparmor.d/usr.sbin.libvirtd', '');
    expect(confinement('/usr/bin/node', root)).toEqual([]);
    expect(confinement('/usr/local/bin/node', root)).toEqual([
      "AppArmor lets hooks run no program in /usr/local/bin; 'vmlane host setup --apparmor' adds the rule, or add the line '/usr/local/bin/node PUx,' to /etc/apparmor.d/local/usr.sbin.libvirtd and run: systemctl reload apparmor",
    ]);
  });

  test.each([
    ['/usr/local/bin/node PUx,', 0],
    ['# /usr/local/bin/node PUx,', 1],
    ['/usr/local/bin/node r,', 1],
    ['/usr/local/bin/nodejs PUx,', 1],
  ])('that rule is enough: %s', (rule, lines) => {
    file('sys/module/apparmor/parameters/enabled', 'Y\n');
    file('etc/apparmor.d/usr.sbin.libvirtd', '');
    file('etc/apparmor.d/local/usr.sbin.libvirtd', `  # ours\n  ${rule}\n`);
    expect(confinement('/usr/local/bin/node', root)).toHaveLength(lines);
  });

  test('host setup --apparmor writes it, for each daemon of libvirt that has a profile', () => {
    file('sys/module/apparmor/parameters/enabled', 'Y\n');
    for (const name of ['libvirtd', 'virtqemud']) file(`etc/apparmor.d/usr.sbin.${name}`, '');
    const installed = { package: packageRoot(), node: '/opt/node' };
    expect(confinement(installed.node, root)).toHaveLength(2);
    for (const { path, after } of rulesFor(lookAt(root), installed)) file(path.slice(1), after);
    expect(confinement(installed.node, root)).toEqual([]);
  });

  test('AppArmor sees where a link leads', () => {
    file('sys/module/apparmor/parameters/enabled', 'Y\n');
    file('etc/apparmor.d/usr.sbin.libvirtd', '');
    file('usr/bin/node', '');
    file('opt/node', '');
    file('usr/lib/vmlane/README', '');
    symlinkSync('../../bin/node', join(root, 'usr/lib/vmlane/node'));
    expect(confinement('/usr/lib/vmlane/node', root)).toEqual([]);
    symlinkSync('/opt/node', join(root, 'usr/bin/nodejs'));
    expect(confinement('/usr/bin/nodejs', root)).toHaveLength(1);
    const installed = { package: packageRoot(), node: '/usr/bin/nodejs' };
    for (const { path, after } of rulesFor(lookAt(root), installed)) file(path.slice(1), after);
    expect(confinement('/usr/bin/nodejs', root)).toEqual([]);
  });

  test('AppArmor wants nothing for one of the usual folders', () => {
    file('sys/module/apparmor/parameters/enabled', 'Y\n');
    file('etc/apparmor.d/usr.sbin.libvirtd', '');
    expect(confinement('/usr/sbin/node', root)).toEqual([]);
  });

  test('SELinux wants the label', () => {
    file('sys/fs/selinux/enforce', '1');
    expect(confinement('/usr/bin/node', root)).toEqual([
      'SELinux is on; label the hook: restorecon -R /etc/libvirt/hooks',
    ]);
  });
});
