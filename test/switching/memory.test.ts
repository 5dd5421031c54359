/** What is put into a switch and taken out again leaves nothing behind. */
import { expect, it } from 'vitest';
import { parseMappings } from '../../bench/resident.js';
import { leaveNothing, PORTS } from './rounds.js';

const ROUNDS = 20;

it(`${ROUNDS * PORTS} ports, their guests, addresses and captures leave nothing behind`, () =>
  leaveNothing(ROUNDS));

it('mappings are read as the kernel writes them', () => {
  const text = [
    '5619b9d0f000-5619b9edd000 rw-p 00000000 00:00 0                          [heap]',
    'Rss:                1732 kB',
    'Private_Dirty:      1728 kB',
    'VmFlags: rd wr mr mw me ac',
    '7ff7e0000000-7ff7e0021000 rw-s 00000000 00:01 2048                       /memfd:front (deleted)',
    'Private_Hugetlb:    2048 kB',
    '7ff7e0021000-7ff7e4000000 ---p 00000000 00:00 0 ',
  ].join('\n');
  expect(parseMappings(text)).toEqual([
    { name: '[heap]', figures: { Rss: 1732, Private_Dirty: 1728 } },
    { name: '/memfd:front (deleted)', figures: { Private_Hugetlb: 2048 } },
    { name: '', figures: {} },
  ]);
});
