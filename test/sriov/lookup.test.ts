import { expect, test } from 'vitest';
import { sysfsLookup } from '../../src/sriov/lookup.js';
import { inTree } from './tree.js';

const MORE = 'sys/class/net/ens9/flags = 0x1003';

test.each([
  ['ens2f0', 1, '0000:02:10.2'],
  ['ens2f1', 0, '0000:02:10.1'],
  ['ens2f0', 2, { problem: 'ens2f0 has no VF 2', remedy: 'give 0 to 1' }],
  ['ens9', 0, { problem: 'ens9 has no VFs', remedy: "see 'vmlane sriov list'" }],
  [
    'ens8',
    0,
    { problem: 'this host has no network device ens8', remedy: expect.stringContaining('ip link') },
  ],
])('VF of %s, number %i', (pf, index, found) =>
  inTree(
    '82599',
    async (root) => expect(sysfsLookup(root).vfAddress(pf, index)).toEqual(found),
    MORE,
  ),
);

test('a PF without VFs: the remedy makes some', () =>
  inTree(
    '',
    async (root) =>
      expect(sysfsLookup(root).vfAddress('eth7', 0)).toEqual({
        problem: 'eth7 has no VFs',
        remedy: 'make some: vmlane sriov set eth7 4',
      }),
    `sys/bus/pci/devices/0000:07:00.0/
  vendor = 0x8086
  device = 0x1572
  class = 0x020000
  sriov_totalvfs = 64
  net/eth7/flags = 0x1003`,
  ));
