import { expect, test } from 'vitest';
import { locked } from '../../../src/system/files/lock.js';

test.each(['/tmp/vmlane-lock', `/tmp/${'x'.repeat(300)}`])('one at a time in %s', async (root) => {
  // The holder says who it is.
  const busy = `${root}: another vmlane is changing its files, pid ${process.pid}; wait until it is done`;
  await locked(root, async () => {
    await expect(locked(root, async () => undefined)).rejects.toThrow(busy);
    expect(await locked(`${root}/other`, async () => 1)).toBe(1);
  });
  expect(await locked(root, async () => 2)).toBe(2);
  await expect(locked(root, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  expect(await locked(root, async () => 3)).toBe(3);
});
