import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { reserve } from '../../lab/huge-pages.js';

const count = async (file: string): Promise<number> =>
  Number(await readFile(`/sys/kernel/mm/hugepages/hugepages-2048kB/${file}`, 'utf8'));

test('pages that are missing are added, and no more than these are taken away', async () => {
  const [total, free] = [await count('nr_hugepages'), await count('free_hugepages')];
  const first = await reserve(free + 3);
  expect(first.shortage).toBe('');
  expect(await count('nr_hugepages')).toBe(total + 3);
  // Somebody else adds some meanwhile.
  const second = await reserve(free + 5);
  expect(await count('nr_hugepages')).toBe(total + 5);
  await first.release();
  expect(await count('nr_hugepages')).toBe(total + 2);
  await second.release();
  await second.release();
  expect(await count('nr_hugepages')).toBe(total);
});

test('enough free pages: nothing is changed', async () => {
  const total = await count('nr_hugepages');
  const { free, shortage, release } = await reserve(0);
  expect({ free, shortage }).toEqual({ free: 0, shortage: '' });
  await release();
  expect(await count('nr_hugepages')).toBe(total);
});
