/** Of two changes of a host, one waits for the other, and is refused with one line if that takes too long. */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';
import { attempt } from '../../src/system/look/index.js';
import { holder } from '../system/files/holder.js';
import { inTree } from './tree.js';

const MAIN = join(packageRoot(), 'dist/bin/main.js');
const COUNT = 'sys/bus/pci/devices/0000:3b:00.0/sriov_numvfs';

const vmlane = (root: string, line: string) =>
  execa(process.execPath, [MAIN, ...line.split(' '), '--root', root], {
    ...{ reject: false, env: { VMLANE_DEBUG: '' } },
  });

/** Whether that process has a lock's file open. */
function waits({ pid }: Pick<ChildProcess, 'pid'>): boolean {
  const fds = `/proc/${pid}/fd`;
  return readdirSync(fds).some((fd) => {
    // It may be closed meanwhile.
    const found = attempt(() => readlinkSync(`${fds}/${fd}`));
    return found?.includes('/vmlane-lock') === true;
  });
}

test('a change waits for another one, and then sees what that has done', () =>
  inTree('x710', async (root) => {
    const other = await holder(root);
    const set = vmlane(root, 'sriov set ens3f0 4');
    await expect.poll(() => waits(set)).toBe(true);
    expect(readFileSync(join(root, COUNT), 'utf8').trim()).toBe('2');
    other.stdin.end();
    expect(await set).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(root, COUNT), 'utf8').trim()).toBe('4');
  }));

test('who waits in vain is told for whom; to look needs no turn', () =>
  inTree('82599', async (root) => {
    const other = await holder(root);
    const lines = ['sriov bind ens2f0/0', 'sriov unbind ens2f0/0', 'sriov set ens2f0 0'];
    const all = await Promise.all(lines.map((line) => vmlane(root, line)));
    const said = `vmlane: ${root}: another vmlane is changing it, pid ${other.pid}; wait until it is done`;
    expect(all.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(
      lines.map(() => [1, said]),
    );
    const setup = await vmlane(root, 'host setup --vfio');
    expect(setup).toMatchObject({ exitCode: 1, stderr: said });
    expect(await vmlane(root, 'sriov bind ens2f0/0 --dry-run')).toMatchObject({ exitCode: 0 });
    other.stdin.end();
  }));
