import { expect, test } from 'vitest';
import { type KernelWish, mergeWords, withoutRivals } from '../../../src/host/setup/kernel-line.js';

const GIB = 2 ** 30;
const MIB2 = 2 ** 21;
const iommu: KernelWish['flags'] = [
  ['intel_iommu', 'on'],
  ['iommu', 'pt'],
];
const pages = (count: number, pageSize = GIB) => [{ pageSize, count }];
const nodes = [
  {
    pageSize: GIB,
    count: new Map([
      [0, 4],
      [1, 2],
    ]),
  },
];

test.each<[string, Partial<KernelWish>, string]>([
  ['', { flags: iommu }, 'intel_iommu=on iommu=pt'],
  ['quiet splash', { flags: iommu }, 'quiet splash intel_iommu=on iommu=pt'],
  ['iommu=pt quiet intel_iommu=on', { flags: iommu }, 'iommu=pt quiet intel_iommu=on'],
  ['intel_iommu=off quiet', { flags: iommu }, 'intel_iommu=on quiet iommu=pt'],
  ['intel_iommu=on,sm_on iommu=soft', { flags: iommu }, 'intel_iommu=on,sm_on iommu=pt'],
  ['intel_iommu=sm_on', { flags: iommu }, 'intel_iommu=on,sm_on iommu=pt'],
  ['iommu=nopt a iommu=pt', { flags: iommu }, 'iommu=pt a intel_iommu=on'],
  ['a', { pages: pages(8) }, 'a hugepagesz=1G hugepages=8'],
  ['a hugepagesz=1G hugepages=2 b', { pages: pages(8) }, 'a hugepagesz=1G hugepages=8 b'],
  [
    'default_hugepagesz=1G hugepagesz=1G hugepages=5',
    { pages: pages(5) },
    'default_hugepagesz=1G hugepagesz=1G hugepages=5',
  ],
  [
    'default_hugepagesz=1G hugepages=5 q',
    { pages: pages(8) },
    'default_hugepagesz=1G hugepagesz=1G hugepages=8 q',
  ],
  [
    'hugepagesz=2M hugepages=1375 default_hugepagesz=1G hugepagesz=1G hugepages=8 q',
    { pages: pages(4) },
    'hugepagesz=2M hugepages=1375 hugepagesz=1G hugepages=4 default_hugepagesz=1G q',
  ],
  ['hugepages=64 q', { pages: pages(4) }, 'hugepagesz=2M hugepages=64 hugepagesz=1G hugepages=4 q'],
  ['q', { pages: nodes }, 'q hugepagesz=1G hugepages=0:4,1:2'],
  ['hugepagesz=1G hugepages=0:4,1:2', { pages: nodes }, 'hugepagesz=1G hugepages=0:4,1:2'],
  ['hugepagesz=1G hugepages=1:9,3:2', { pages: nodes }, 'hugepagesz=1G hugepages=1:2,3:2,0:4'],
  ['hugepagesz=1G hugepages=9', { pages: nodes }, 'hugepagesz=1G hugepages=0:4,1:2'],
  // The kernel ignores the second.
  [
    'hugepagesz=1G hugepages=2 hugepagesz=1G hugepages=8',
    { pages: pages(8) },
    'hugepagesz=1G hugepages=8',
  ],
  ['q', { defaultSize: 2 ** 30 }, 'q default_hugepagesz=1G'],
  [
    'a hugepages=64 q',
    { defaultSize: 2 ** 30 },
    'a default_hugepagesz=1G hugepagesz=2M hugepages=64 q',
  ],
  [
    'default_hugepagesz=2M hugepages=64 default_hugepagesz=1G',
    { defaultSize: 2 ** 21 },
    'default_hugepagesz=2M hugepagesz=1G hugepages=64',
  ],
  [
    'default_hugepagesz=1G hugepages=5 q',
    { defaultSize: 2 ** 21 },
    'default_hugepagesz=2M hugepagesz=1G hugepages=5 q',
  ],
  [
    'q default_hugepagesz=1G hugepages=5',
    { defaultSize: 2 ** 30 },
    'q default_hugepagesz=1G hugepages=5',
  ],
  [
    'q',
    { pages: pages(8), defaultSize: 2 ** 30 },
    'q default_hugepagesz=1G hugepagesz=1G hugepages=8',
  ],
  ['dyndbg=\\"a b\\"', { flags: iommu }, 'dyndbg=\\"a b\\" intel_iommu=on iommu=pt'],
])('%j with %j', (line, wish, expected) => {
  const whole = { flags: [], pages: [], ...wish };
  const once = mergeWords(line.match(/\S+/g) ?? [], whole, MIB2);
  expect(once.join(' ')).toBe(expected);
  expect(mergeWords(once, whole, MIB2)).toEqual(once);
});

test('words that would contradict are taken out, others stay', () => {
  const wish = { flags: iommu, pages: pages(8) };
  const words = 'quiet intel_iommu=off hugepagesz=1G hugepages=2 hugepagesz=2M hugepages=9 b'.split(
    ' ',
  );
  expect(withoutRivals(words, wish, MIB2)).toEqual(['quiet', 'hugepagesz=2M', 'hugepages=9', 'b']);
  expect(withoutRivals(['quiet', 'hugepages=9'], wish, MIB2)).toEqual(['quiet', 'hugepages=9']);
  const other = { flags: [], pages: [], defaultSize: 2 ** 30 };
  expect(withoutRivals(['default_hugepagesz=2M', 'quiet', 'hugepages=9'], other, MIB2)).toEqual([
    'quiet',
    'hugepagesz=2M',
    'hugepages=9',
  ]);
});
