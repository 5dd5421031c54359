import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CPU_MAX, cpuSet, cpuSetText } from '../../src/values/cpu-set.js';

// Text; numbers. What libvirt 9.0 made of each as a cpuset of its QEMU driver, but for the empty ones,
// which it takes for the vCPUs of a cell alone.
test.each([
  ['0-3,^2,8', [0, 1, 3, 8]],
  ['7', [7]],
  [' 1 , 0 ', [0, 1]],
  ['0 -1', [0, 1]],
  ['0- 1', [0, 1]],
  ['0,\t1', [0, 1]],
  ['0-1, ^1', [0]],
  ['0,0', [0]],
  ['0-1,1', [0, 1]],
  ['^1,0-1', [0, 1]],
  ['0,^1', [0]],
  ['00', [0]],
  ['000000001', [1]],
  ['0,', [0]],
  ['16383', [CPU_MAX]],
  ['^0', []],
  ['0,^0', []],
  ['16384', undefined],
  ['0-16384', undefined],
  ['0,^16384', undefined],
  ['0-3,^1-2', undefined],
  ['0-1,^ 1', undefined],
  ['^^1', undefined],
  ['3-1', undefined],
  ['', undefined],
  [' ', undefined],
  [',', undefined],
  [',0', undefined],
  ['0,,1', undefined],
  ['0,,', undefined],
  ['0,1 2', undefined],
  ['-1', undefined],
  ['+1', undefined],
  ['0x1', undefined],
  ['1e1', undefined],
  ['99999999', undefined],
])('the numbers of %j', (text, numbers) => expect(cpuSet(text)).toEqual(numbers));

test('the largest set', () => expect(cpuSet('0-16383')).toHaveLength(CPU_MAX + 1));

test('the kernel ends its lists with a line end', () => expect(cpuSet('0-1\n')).toEqual([0, 1]));

test('a set comes back from its text', () => {
  expect(cpuSetText([8, 1, 3, 0])).toBe('0-1,3,8');
  const sets = fc.uniqueArray(fc.nat(CPU_MAX), { minLength: 1 });
  fc.assert(
    fc.property(sets, (set) => {
      expect(cpuSet(cpuSetText(set))).toEqual([...set].sort((a, b) => a - b));
    }),
  );
});
