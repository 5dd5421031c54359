import { expect, it } from 'vitest';
import { nodeMemory, nodeWithoutPages } from '../../src/switch/node-memory.js';

const MIB_2 = 2 * 2 ** 20;

/** Free pages of 2 MiB on each node, and of the host. */
function pages(...free: number[]) {
  const count = (available: number) => {
    return { pageSize: MIB_2, total: available, free: available, reserved: 0, available };
  };
  const all = free.reduce((sum, one) => sum + one, 0);
  return [count(all), ...free.map((one, node) => ({ ...count(one), node }))];
}

it.each([
  ['one node', { devices: [0], lcore: 0 }, pages(512), undefined],
  ['no device with a node', { devices: [], lcore: 1 }, pages(512, 512), undefined],
  ['a device on node 1', { devices: [1], lcore: 1 }, pages(512, 512), [0, 512]],
  ['a device on node 0', { devices: [0], lcore: 0 }, pages(512, 512), [512, 0]],
  ['two on different nodes', { devices: [1, 0], lcore: 1 }, pages(512, 512), [256, 256]],
  ['two of three on node 1', { devices: [1, 0, 1], lcore: 1 }, pages(512, 512), [171, 341]],
  ['too few pages there', { devices: [1], lcore: 1 }, pages(512, 50), [412, 100]],
  ['none there', { devices: [1], lcore: 1 }, pages(512, 0), [512, 0]],
  ['an lcore elsewhere', { devices: [1], lcore: 0 }, pages(512, 512), [32, 480]],
  ['an lcore without pages', { devices: [1], lcore: 0 }, pages(0, 512), [0, 512]],
  ['a third node', { devices: [2], lcore: 2 }, pages(512, 512, 512), [0, 0, 512]],
  ['not enough anywhere', { devices: [1], lcore: 1 }, pages(100, 100), undefined],
])('%s', (_, where, counts, wanted) => {
  expect(nodeMemory({ mib: 512, ...where }, counts)).toEqual(wanted);
});

it('takes pages of the size that has room for all', () => {
  const huge = { pageSize: 2 ** 30, total: 2, free: 2, reserved: 0, available: 2 };
  const small = pages(10, 10);
  const large = [huge, { ...huge, node: 0, available: 1 }, { ...huge, node: 1, available: 1 }];
  const counts = [small[0], large[0], ...small.slice(1), ...large.slice(1)].filter(
    (one) => one !== undefined,
  );
  expect(nodeMemory({ mib: 512, devices: [1], lcore: 1 }, counts)).toEqual([0, 512]);
});

it.each([
  ['all have some', { devices: [1], lcore: 0 }, pages(512, 2), undefined],
  ['the first lcore has none', { devices: [1], lcore: 0 }, pages(0, 512), 0],
  ['a device has none', { devices: [1, 0], lcore: 1 }, pages(0, 512), 0],
  ['a node that is nobody’s has none', { devices: [1], lcore: 1 }, pages(0, 512), undefined],
  ['a node without memory', { devices: [1], lcore: 0 }, pages(512), 1],
  ['without devices', { devices: [], lcore: 1 }, pages(512, 0), 1],
  ['nodes are not known', { devices: [], lcore: undefined }, pages(512, 0), undefined],
  ['too few anywhere is another matter', { devices: [1], lcore: 1 }, pages(100, 0), undefined],
])('without pages: %s', (_, where, counts, wanted) => {
  expect(nodeWithoutPages({ mib: 512, ...where }, counts)).toEqual(wanted);
});
