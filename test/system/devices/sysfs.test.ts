/** Reads and writes that the kernel blocks or refuses. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGuarded, sysfsWriter } from '../../../src/system/devices/sysfs.js';
import { inFolder } from '../../switch/folder.js';

test('a file that the kernel does not answer is given up, too', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(readGuarded(path, 300)).rejects.toThrow(`${path}: the kernel does not answer`);
    writeFileSync(path, '');
  }));

test.each([
  ['missing', 'No such file or directory'],
  ['folder', 'Is a directory'],
])('writing to what is %s creates nothing', (name, reason) =>
  inFolder(async (folder) => {
    execFileSync('mkdir', [join(folder, 'folder')]);
    const write = { path: join(folder, name), value: '1' };
    await expect(sysfsWriter()(write)).rejects.toMatchObject({ reason });
    await expect(readGuarded(write.path)).rejects.toThrow(reason);
  }),
);

test("the kernel's own refusal of a file that nobody may write", async () => {
  const write = { path: '/sys/kernel/uevent_seqnum', value: '1' };
  const error = await sysfsWriter()(write).catch((error: Error) => error);
  // In a container, all of /sys may be read-only.
  expect(error).toMatchObject({
    reason: expect.stringMatching(/^(Permission denied|Read-only file system)$/),
  });
});
