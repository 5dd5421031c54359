import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/qemu/index.js';
import { readHost } from '../../src/system/host.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vmlane-host-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test('files of -readconfig are read, but not pipes, folders, or what is too long', () => {
  const path = (name: string) => join(root, name);
  writeFileSync(path('good'), '[memory]\n');
  writeFileSync(path('long'), Buffer.alloc(1024 * 1024 + 1));
  mkdirSync(path('folder'));
  execFileSync('mkfifo', [path('pipe')]);
  const argv = ['good', 'long', 'folder', 'pipe', 'none'].flatMap((one) => [
    '-readconfig',
    path(one),
  ]);
  expect(readHost(argv, DEFAULT_POLICY, root).configs).toEqual(
    new Map([[path('good'), '[memory]\n']]),
  );
});

test('names of taps are looked for only where the policy names one', () => {
  const fds = join(root, 'proc/self/fd');
  const infos = join(root, 'proc/self/fdinfo');
  for (const folder of [fds, infos]) mkdirSync(folder, { recursive: true });
  for (const fd of ['0', '33', '34']) writeFileSync(join(fds, fd), '');
  writeFileSync(join(infos, '0'), 'pos:\t0\nflags:\t02\n');
  writeFileSync(join(infos, '33'), 'pos:\t0\nflags:\t0104002\niff:\tvnet3\n');
  const named = { ...DEFAULT_POLICY, nics: [{ tap: 'vnet3' }] };
  expect(readHost([], named, root).taps).toEqual(new Map([[33, 'vnet3']]));
  expect(readHost([], DEFAULT_POLICY, root)).not.toHaveProperty('taps');
  const device = { kind: 'vhostfd', device: '/dev/x' } as const;
  expect(readHost([], { ...DEFAULT_POLICY, backend: device }, root).descriptors).toEqual(
    new Set([0, 33, 34]),
  );
});
