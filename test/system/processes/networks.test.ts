import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGuests } from '../../../src/system/processes/networks.js';
import { inFolder } from '../../switch/folder.js';

const GUEST = ['-name', 'guest=web,debug-threads=on', '-machine', 'pc', '-m', '64'];

test('a QEMU that is only asked what it can do runs no guest', () =>
  inFolder(async (root) => {
    const calls = [
      GUEST,
      ['--version'],
      ['-cpu', 'help'],
      ['-S', '-no-user-config', '-nodefaults', '-machine', 'none,accel=kvm:tcg', '-daemonize'],
    ];
    for (const [i, words] of calls.entries()) {
      const folder = join(root, 'proc', String(100 + i));
      await mkdir(folder, { recursive: true });
      const program = '/usr/bin/qemu-system-x86_64';
      await writeFile(join(folder, 'cmdline'), `${[program, ...words].join('\0')}\0`);
    }
    expect(readGuests(root).map(({ name }) => name)).toEqual(['web']);
  }));
