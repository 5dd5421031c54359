import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PagePool } from '../../src/qemu/index.js';
import { demandOf, type PageDemand, shortage } from '../../src/qemu/memory/pages.js';
import { type Properties, parseProperties } from '../../src/qemu/syntax/properties.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const HOST = {
  defaultPageSize: 2 * MIB,
  mounts: [
    { folder: '/dev/hugepages', pageSize: 2 * MIB },
    { folder: '/dev/hugepages/1G/', pageSize: GIB },
  ],
};

describe('demandOf', () => {
  test.each([
    ['memory-backend-ram,id=a', undefined],
    ['memory-backend-memfd,id=a', undefined],
    ['memory-backend-memfd,id=a,hugetlb=off,hugetlbsize=2M', undefined],
    ['memory-backend-memfd,id=a,hugetlb=on', [2 * MIB, []]],
    ['memory-backend-memfd,id=a,hugetlb=on,hugetlbsize=1G', [GIB, []]],
    ['memory-backend-memfd,id=a,hugetlb=on,hugetlbsize=1073741824', [GIB, []]],
    ['memory-backend-file,id=a,mem-path=/dev/hugepages', [2 * MIB, []]],
    ['memory-backend-file,id=a,mem-path=/dev/hugepages/x/y', [2 * MIB, []]],
    ['memory-backend-file,id=a,mem-path=/dev/hugepages/1G', [GIB, []]],
    ['memory-backend-file,id=a,mem-path=/dev/hugepages/1G/x', [GIB, []]],
    ['memory-backend-file,id=a,mem-path=/dev/hugepages2', undefined],
    ['memory-backend-file,id=a,mem-path=/var/ram', undefined],
    ['memory-backend-memfd,id=a,hugetlb=on,host-nodes=1,policy=bind', [2 * MIB, [1]]],
    ['memory-backend-memfd,id=a,hugetlb=on,host-nodes=0-2,policy=bind', [2 * MIB, [0, 1, 2]]],
    ['memory-backend-memfd,id=a,hugetlb=on,host-nodes=1,policy=preferred', [2 * MIB, []]],
    [
      '{"qom-type":"memory-backend-memfd","id":"a","hugetlb":true,"host-nodes":[0, 3],"policy":"bind"}',
      [2 * MIB, [0, 3]],
    ],
  ])('%s', (text, expected) => {
    const object = parseProperties('object', text) as Properties;
    const demand = demandOf(object, 5 * MIB, HOST);
    expect(demand && [demand.pageSize, demand.nodes]).toEqual(expected);
  });

  test('on a host of which nothing is known there is none', () => {
    const object = parseProperties('object', 'memory-backend-memfd,hugetlb=on') as Properties;
    expect(demandOf(object, MIB, {})).toBeUndefined();
  });
});

describe('shortage', () => {
  const need = (id: string, pages: number, ...nodes: number[]): PageDemand => {
    return { id, bytes: pages * 2 * MIB, pageSize: 2 * MIB, nodes };
  };
  const pools = (whole: number, ...nodes: number[]): PagePool[] => [
    { pageSize: 2 * MIB, free: whole },
    ...nodes.map((free, node) => ({ pageSize: 2 * MIB, node, free })),
  ];

  test.each([
    ['enough', [need('a', 4)], pools(4, 2, 2), undefined],
    ['one page too few', [need('a', 5)], pools(4, 2, 2), '4 are free, 5 are needed'],
    ['two objects', [need('a', 3), need('b', 2)], pools(4), '3 for a (6 MiB) + 2 for b (4 MiB)'],
    ['on the node', [need('a', 3, 1)], pools(9, 7, 2), '2 are free, 3 are needed'],
    ['on two nodes', [need('a', 9, 0, 1)], pools(9, 7, 2), undefined],
    ['a part of it', [need('a', 8, 0, 1), need('b', 2, 1)], pools(9, 7, 2), '9 are free, 10 are'],
    ['unbound beside bound', [need('a', 7), need('b', 3, 0)], pools(9, 7, 2), '9 are free, 10 are'],
    ['of a size that is not there', [{ ...need('a', 1), pageSize: GIB }], pools(9), '0 are free'],
    ['of a node that is not there', [need('a', 1, 4)], pools(9, 9), '0 are free, 1 are needed'],
    ['of a host without any', [need('a', 1)], [], '0 are free, 1 are needed'],
  ])('%s', (_, demands, host, problem) => {
    const found = shortage(demands, host)?.problem;
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });

  test('a page that is begun is a page', () => {
    const demand = { id: 'a', bytes: 2 * MIB + 1, pageSize: 2 * MIB, nodes: [] };
    expect(shortage([demand], pools(1))?.problem).toContain('2 are needed');
  });

  test('more pages never make a shortage', () => {
    const demand = fc.tuple(fc.nat(9), fc.subarray([0, 1, 2]));
    const free = fc.tuple(fc.nat(20), fc.nat(9), fc.nat(9), fc.nat(9));
    fc.assert(
      fc.property(fc.array(demand), free, fc.nat(3), (given, [whole, ...nodes], more) => {
        const demands = given.map(([pages, on], at) => need(`o${at}`, pages, ...on));
        if (shortage(demands, pools(whole, ...nodes)) !== undefined) return;
        const richer = pools(whole + more, ...nodes.map((one) => one + more));
        expect(shortage(demands, richer)).toBeUndefined();
      }),
    );
  });
});
