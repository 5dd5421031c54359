/** What PFs say of their VFs is read once for all of them: `ip` tells of all interfaces each time. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSettings, settingsReader } from '../../src/sriov/host.js';
import { LINKS_FILE } from '../../src/sriov/vfs/links.js';
import { readPfs } from '../../src/system/devices/vfs.js';
import { inTree } from './tree.js';

test('a reader looks once, at its first use', () =>
  inTree('82599', async (root) => {
    const pfs = readPfs(root).filter(({ vfs }) => vfs.length > 0);
    expect(pfs.length).toBeGreaterThan(1);
    const wanted = await Promise.all(pfs.map((pf) => readSettings(pf, root)));
    expect(wanted.every(({ size }) => size > 0)).toBe(true);
    const settingsOf = settingsReader(root);
    const [first, ...others] = pfs;
    const found = first && [await settingsOf(first)];
    rmSync(join(root, LINKS_FILE));
    for (const pf of others) found?.push(await settingsOf(pf));
    expect(found).toEqual(wanted);
  }));
