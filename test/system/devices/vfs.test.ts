/** Reads that the kernel lets wait are not done: of this host by what is read, of a tree by a pipe, which waits just so. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readCards } from '../../../src/system/devices/cards.js';
import { readPfs } from '../../../src/system/devices/vfs.js';
import { HostLook, lookAt } from '../../../src/system/look/index.js';
import { askNobody } from '../../../src/system/processes/programs.js';
import { inTree } from '../../sriov/tree.js';

const NUMVFS = '/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs';

/** As if the kernel itself had a tree, and a write to its devices were stuck. */
class Stuck extends HostLook {
  override isKernels(path: string): boolean {
    return path.startsWith('/sys/');
  }

  override text(path: string): string | undefined {
    if (/\/(sriov_numvfs|driver_override)$/.test(path)) throw new Error(`${path} waits forever`);
    return super.text(path);
  }
}

test('while a write is stuck, VFs of a kernel are counted by their links', () =>
  inTree('82576', async (root) => {
    const [pf] = readPfs(new Stuck(root));
    expect(pf?.count).toBe(pf?.vfs.length);
    expect(pf?.vfs.length).toBeGreaterThan(0);
    const nics = await readCards(askNobody, new Stuck(root));
    expect(nics.find(({ address }) => address === '0000:01:00.0')?.vfs?.now).toBe(pf?.count);
  }));

test('a pipe in a tree keeps no command waiting', () =>
  inTree('82576', async (root) => {
    const before = readPfs(root)[0]?.vfs.length;
    rmSync(join(root, NUMVFS));
    execFileSync('mkfifo', [join(root, NUMVFS)]);
    expect(readPfs(root)[0]?.count).toBe(before);
    // In processes of their own: whoever waits for a pipe cannot give up.
    const main = join(import.meta.dirname, '../../../dist/bin/main.js');
    for (const words of [
      ['host', 'check', '--for', 'sriov'],
      ['sriov', 'list'],
    ]) {
      const ran = await execa('node', [main, ...words, '--root', root], {
        timeout: 60_000,
        reject: false,
      });
      expect(ran.timedOut, `${words.join(' ')}: ${ran.stderr}`).toBe(false);
      expect(ran.stdout).toContain('0000:01:00.0');
    }
  }));

test('what is no file has no text', () =>
  inTree('', async (root) => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(lookAt(root).text('/pipe')).toBeUndefined();
    expect(lookAt(root).end('/pipe', 10)).toBe('');
    expect(lookAt(root).trouble('/pipe')).toBe('no file');
    expect(lookAt(root).text('/')).toBeUndefined();
  }));

test('only sysfs is the kernel itself', () =>
  inTree('82576', async (root) => {
    expect(lookAt(root).isKernels('/sys/bus/pci/devices')).toBe(false);
    expect(lookAt().isKernels('/sys/kernel')).toBe(true);
    expect(lookAt().isKernels('/etc')).toBe(false);
  }));
