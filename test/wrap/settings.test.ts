import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/qemu/index.js';
import { listeningPaths } from '../../src/wrap/checks.js';
import { defaultEmulator, settingsFromEnvironment } from '../../src/wrap/settings.js';

describe('settingsFromEnvironment', () => {
  test('has defaults, also for what is set to nothing', () => {
    const defaults = {
      emulator: defaultEmulator(),
      switchSocket: '/run/vmlane/switch.sock',
      policy: DEFAULT_POLICY,
    };
    expect(settingsFromEnvironment({})).toEqual(defaults);
    expect(settingsFromEnvironment({ VMLANE_EMULATOR: '', VMLANE_HUGEPAGES: '' })).toEqual(
      defaults,
    );
  });

  test('takes all four', () => {
    const env = {
      VMLANE_EMULATOR: '/opt/qemu',
      VMLANE_SWITCH: '/a/b',
      VMLANE_SOCKET_DIR: '/c',
      VMLANE_HUGEPAGES: '/dev/hugepages',
    };
    expect(settingsFromEnvironment(env)).toEqual({
      emulator: '/opt/qemu',
      switchSocket: '/a/b',
      policy: {
        ...DEFAULT_POLICY,
        backend: { kind: 'vhost-user', socketDir: '/c', listener: 'qemu', reconnectSeconds: 1 },
        memory: {
          ...DEFAULT_POLICY.memory,
          source: { kind: 'huge', folder: '/dev/hugepages', otherwise: 'refuse' },
        },
      },
    });
  });

  test.each([
    ['VMLANE_SWITCH', 'switch.sock', 'is not absolute'],
    ['VMLANE_SOCKET_DIR', '/run/../tmp', 'has a .. component'],
    ['VMLANE_EMULATOR', '/bin/\nqemu', 'holds control characters'],
    ['VMLANE_HUGEPAGES', 'yes', 'is not absolute'],
  ])('refuses %s=%j', (name, value, problem) => {
    expect(() => settingsFromEnvironment({ [name]: value })).toThrow(
      `${name}=${value.replace('\n', ' ')}: the path ${problem}; give a plain path that begins with /`,
    );
  });

  test('bash and Node agree on the default emulator', () => {
    const words = ['-c', 'printf /usr/bin/qemu-system-$HOSTTYPE'];
    expect(execFileSync('/bin/bash', ['--norc', ...words], { encoding: 'utf8' })).toBe(
      defaultEmulator(),
    );
  });
});

test('listeningPaths finds listening sockets only, blanks in their paths included', () => {
  const table = [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/a b.sock',
    '0000000000000000: 00000003 00000000 00000000 0001 03 12346 /run/connected',
    '0000000000000000: 00000002 00000000 00010000 0005 01  2346 @abstract',
    '0000000000000000: 00000003 00000000 00000000 0001 03 12347',
    '',
  ].join('\n');
  expect([...listeningPaths(table)]).toEqual(['/run/a b.sock', '@abstract']);
});
