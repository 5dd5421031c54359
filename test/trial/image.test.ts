import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';
import { initramfs } from '../../src/trial/cpio.js';
import { guestImage } from '../../src/trial/image.js';
import { folderWith } from './folder.js';

/** What cpio makes of it, in a folder. */
async function unpacked(image: Buffer): Promise<string> {
  const folder = folderWith({});
  const words = ['--extract', '--quiet', '--no-absolute-filenames'];
  await execa('cpio', words, { cwd: folder, input: image });
  return folder;
}

test('cpio reads files of any length, and folders', async () => {
  const lengths = [0, 1, 2, 3, 4, 5, 4096];
  const files = lengths.map((length) => ({
    path: `some/${'x'.repeat(length % 7)}-${length}`,
    mode: 0o640,
    content: Buffer.alloc(length, 'y'),
  }));
  const folder = await unpacked(initramfs([{ path: 'some', mode: 0o700 }, ...files]));
  expect(statSync(join(folder, 'some')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(folder, 'some'))).toHaveLength(lengths.length);
  for (const { path, content } of files) {
    expect(readFileSync(join(folder, path))).toEqual(content);
    expect(statSync(join(folder, path)).mode & 0o777).toBe(0o640);
  }
});

test('a guest has busybox, its init, and modules that load in their order', async () => {
  const modules = ['virtio.ko', 'failover.ko'].map((name) => ({
    name,
    content: Buffer.from(name),
  }));
  const folder = await unpacked(guestImage({ busybox: Buffer.from('busybox'), modules }));
  expect(readdirSync(join(folder, 'modules')).sort()).toEqual(['00-virtio.ko', '01-failover.ko']);
  expect(readFileSync(join(folder, 'bin/busybox'), 'utf8')).toBe('busybox');
  const init = join(packageRoot(), 'templates/guest/init');
  expect(readFileSync(join(folder, 'init'), 'utf8')).toBe(readFileSync(init, 'utf8'));
  expect(statSync(join(folder, 'init')).mode & 0o111).toBe(0o111);
});
