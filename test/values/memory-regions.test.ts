import { expect, test } from 'vitest';
import { regionsOf, regionTrouble } from '../../src/values/memory-regions.js';

const MIB = 2 ** 20;
const cells = (count: number, mib: number) => Array.from({ length: count }, () => mib * MIB);

// A real QEMU on this switch starts with 7 cells of 64 MiB, 6 of 1 GiB and 6 DIMMs, not with 8 cells or 7 DIMMs.
test.each([
  ['q35', cells(1, 512), 0, 2],
  ['q35', cells(7, 64), 0, 8],
  ['q35', cells(8, 64), 0, 9],
  ['q35', cells(6, 1024), 0, 7],
  ['q35', cells(1, 512), 6, 8],
  ['q35', cells(1, 512), 7, 9],
  ['pc-q35-7.2', cells(1, 4096), 0, 3],
  ['pc-q35-7.2', cells(4, 1536), 0, 6],
  ['pc', cells(4, 1536), 0, 5],
  ['pc', cells(1, 3072), 0, 2],
  [undefined, cells(1, 4096), 0, 3],
  ['ubuntu-q35', cells(1, 4096), 0, 3],
  ['virt', cells(8, 64), 0, 8],
  ['pseries', cells(1, 4096), 2, 3],
])('%s, %j, %i devices: %i regions', (machine, cells, plugged, regions) => {
  expect(regionsOf({ machine, cells, plugged })).toBe(regions);
});

test('what is too much is named', () => {
  expect(regionTrouble({ machine: 'q35', cells: cells(7, 64), plugged: 0 })).toBeUndefined();
  const { problem } = regionTrouble({ machine: 'q35', cells: cells(4, 64), plugged: 6 }) ?? {};
  expect(problem).toContain('11 regions (4 NUMA cells, 6 memory devices), and vhost-user takes 8');
});
