import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sysfsLookup } from '../../src/sriov/lookup.js';
import { inFolder } from '../switch/folder.js';

/** sysfs of a PF with two VFs, of a NIC without, and of a device that is no PCI function. */
async function withTree(use: (root: string) => void): Promise<void> {
  await inFolder(async (root) => {
    const pci = join(root, 'sys/devices/pci0000:00');
    const net = join(root, 'sys/class/net');
    for (const one of ['0000:3b:00.0', '0000:3b:02.0', '0000:3b:02.1', '0000:3c:00.0']) {
      await mkdir(join(pci, one), { recursive: true });
    }
    for (const name of ['ens1f0', 'ens2', 'lo']) await mkdir(join(net, name), { recursive: true });
    await symlink(join(pci, '0000:3b:00.0'), join(net, 'ens1f0/device'));
    await symlink(join(pci, '0000:3c:00.0'), join(net, 'ens2/device'));
    for (const n of [0, 1]) {
      await symlink(`../0000:3b:02.${n}`, join(pci, `0000:3b:00.0/virtfn${n}`));
    }
    use(root);
  });
}

test.each([
  ['ens1f0', 1, '0000:3b:02.1'],
  ['ens1f0', 2, { problem: 'ens1f0 has no VF 2', remedy: 'give 0 to 1' }],
  ['ens2', 0, { problem: 'ens2 has no VFs', remedy: expect.stringContaining('sriov_numvfs') }],
  ['lo', 0, { problem: 'lo has no VFs', remedy: expect.anything() }],
  [
    'ens9',
    0,
    { problem: 'this host has no network device ens9', remedy: expect.stringContaining('ip link') },
  ],
])('VF of %s, number %i', (pf, index, found) =>
  withTree((root) => expect(sysfsLookup(root).vfAddress(pf, index)).toEqual(found)),
);
