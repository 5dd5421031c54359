import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Demand } from '../../../src/host/plan/demand.js';
import { fitDemands, switchDemand } from '../../../src/host/plan/fit.js';
import type { NodeMemory } from '../../../src/system/memory/nodes.js';

const GIB = 2 ** 30;
const MIB2 = 2 ** 21;
const memory = (node: number | undefined, gib: number, pages: NodeMemory['pages']): NodeMemory => {
  return { node, total: 64 * GIB, free: gib * GIB, pages };
};
const pages = (pageSize: number, total: number, available = total) => ({
  pageSize,
  total,
  available,
});
const takes = (gib: number, nodes: number[] = [], pageSize = GIB): Demand => {
  return { who: `guest of ${gib}`, bytes: gib * GIB, nodes, pageSize };
};
const host = memory(undefined, 60, []);
const one = (...counts: NodeMemory['pages']) => [memory(0, 60, counts)];
const two = (first: NodeMemory['pages'], second: NodeMemory['pages']) => [
  memory(0, 20, first),
  memory(1, 30, second),
];

describe('where pages come from', () => {
  test('one node: enough, and what is wanted counts from what there is', () => {
    expect(fitDemands([takes(4)], host, one(pages(GIB, 6, 4)))).toEqual({
      pages: [{ pageSize: GIB, node: 0, needed: 4, free: 4, total: 6, missing: 0 }],
      ordinary: { needed: 0, forPages: 0, free: 60 * GIB },
      blocked: [],
      problems: [],
      setup: [],
    });
    const short = fitDemands([takes(5)], host, one(pages(GIB, 6, 4)));
    expect(short.setup).toEqual(['1GiB:7']);
    expect(short.problems).toEqual([
      'huge pages of 1 GiB on node 0: 5 are needed, 4 are free; 1 are missing',
    ]);
  });

  test('a part of a page is a page', () => {
    const demand = { ...takes(1), bytes: GIB + 1 };
    expect(fitDemands([demand], host, one()).setup).toEqual(['1GiB:2']);
  });

  test('two nodes: the bound one first, the other where there is room; all nodes are named', () => {
    const nodes = two([pages(GIB, 4)], [pages(GIB, 4)]);
    expect(fitDemands([takes(4), takes(4, [0])], host, nodes).problems).toEqual([]);
    const short = fitDemands([takes(6, [1])], host, nodes);
    expect(short.setup).toEqual(['1GiB:4@0', '1GiB:6@1']);
    expect(short.ordinary.forPages).toBe(2 * GIB);
  });

  test('one guest’s pages may come from both, and missing ones from the roomier', () => {
    const nodes = two([pages(GIB, 2)], [pages(GIB, 1)]);
    expect(fitDemands([takes(3)], host, nodes).problems).toEqual([]);
    expect(fitDemands([takes(5)], host, nodes).setup).toEqual(['1GiB:2@0', '1GiB:3@1']);
  });

  test('a node that is not there', () => {
    expect(fitDemands([takes(1, [7])], host, one(pages(GIB, 4))).problems).toEqual([
      'guest of 1: this host has no node 7',
    ]);
  });

  test('pages of another size do not count', () => {
    expect(fitDemands([takes(1, [], MIB2)], host, one(pages(GIB, 4))).setup).toEqual(['2MiB:512']);
  });

  test('ordinary memory, and that of missing pages, must be there', () => {
    const plain = { who: 'g', bytes: 50 * GIB, nodes: [] };
    expect(fitDemands([plain], host, one()).problems).toEqual([]);
    expect(fitDemands([plain, takes(20)], host, one()).problems).toContain(
      'memory: 71680 MiB are needed, 61440 MiB are available',
    );
  });

  test('pages that are reserved are on no node that is known, and on none that is free', () => {
    const reserving = { ...host, pages: [pages(GIB, 8, 3)] };
    const nodes = two([pages(GIB, 4, 3)], [pages(GIB, 4, 3)]);
    const fit = fitDemands([takes(2, [0]), takes(2, [1])], reserving, nodes);
    expect(fit.problems).toEqual([
      'huge pages of 1 GiB on node 0: 2 are needed, 1 are free; 1 are missing',
    ]);
    expect(fit.setup).toEqual(['1GiB:5@0', '1GiB:4@1']);
  });

  test('a host of which nothing is known', () => {
    const unknown = { node: undefined, total: 0, free: 0, pages: [] };
    expect(fitDemands([takes(2)], unknown, [])).toMatchObject({
      setup: ['1GiB:2'],
      problems: ['huge pages of 1 GiB: 2 are needed, 0 are free; 2 are missing'],
    });
  });
});

test('the switch takes the smallest pages of the guests, else ordinary memory', () => {
  const who = 'the switch';
  const bytes = 128 * 2 ** 20;
  expect(switchDemand(128, [takes(1), takes(1, [], MIB2)])).toEqual([
    { who, bytes, nodes: [], pageSize: MIB2 },
  ]);
  expect(switchDemand(128, [])).toEqual([{ who, bytes, nodes: [] }]);
  expect(switchDemand(0, [takes(1)])).toEqual([]);
});

test('with the pages that it names, everything fits', () => {
  const demand = fc.record({
    who: fc.constant('g'),
    bytes: fc.integer({ min: 1, max: 6 * GIB }),
    nodes: fc.constantFrom([], [0], [1], [0, 1]),
    pageSize: fc.constantFrom(GIB, MIB2),
  });
  const count = fc
    .nat(6)
    .chain((total) => fc.nat(total).map((available) => ({ total, available })));
  const node = fc.tuple(count, count).map(([large, small]) => [
    { pageSize: GIB, ...large },
    { pageSize: MIB2, ...small },
  ]);
  fc.assert(
    fc.property(
      fc.array(demand, { maxLength: 6 }),
      node,
      node,
      fc.nat(4),
      (demands, a, b, kept) => {
        const nodes = two(a, b);
        const whole = (added: (pageSize: number) => number) => ({
          ...host,
          free: 999 * GIB,
          pages: [GIB, MIB2].map((pageSize) => {
            const same = [...a, ...b].filter((one_) => one_.pageSize === pageSize);
            const free = same.reduce((sum, one_) => sum + one_.available, 0);
            return { pageSize, total: 0, available: Math.max(0, free - kept) + added(pageSize) };
          }),
        });
        const { setup, problems } = fitDemands(
          demands,
          whole(() => 0),
          nodes,
        );
        expect(setup.length > 0).toBe(problems.length > 0);
        const done = nodes.map((one_) => ({
          ...one_,
          pages: one_.pages.map((had) => {
            const unit = had.pageSize === GIB ? '1GiB' : '2MiB';
            const word = setup.find(
              (text) => text.startsWith(unit) && text.endsWith(`@${one_.node}`),
            );
            const total = Number(word?.slice(5).split('@')[0] ?? had.total);
            return { ...had, total, available: had.available + total - had.total };
          }),
        }));
        const countIn = (all: readonly NodeMemory[], size: number) =>
          all
            .flatMap((one_) => one_.pages.filter(({ pageSize }) => pageSize === size))
            .reduce((sum, { total }) => sum + total, 0);
        const after = whole((size) => countIn(done, size) - countIn(nodes, size));
        expect(fitDemands(demands, after, done)).toMatchObject({
          problems: [],
          setup: [],
        });
      },
    ),
  );
});
