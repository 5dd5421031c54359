import type { Family } from '../../../sriov/cards/families.js';
import type { Pf } from '../../../system/devices/vfs.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { type Column, printTables, table } from '../../output.js';
import { dash, lookOptions, rootOf } from './common.js';

const most = ({ most: limit }: Family) => limit && `${limit.vfs} per ${limit.of}`;
const pairs = ({ queuePairs }: Family) =>
  queuePairs &&
  (queuePairs.usual === queuePairs.most
    ? String(queuePairs.most)
    : `${queuePairs.usual}, at most ${queuePairs.most}`);

const familyColumns: Column<Family>[] = [
  { key: 'family', value: ({ name }) => name },
  {
    key: 'vfs',
    value: (family) => family.most?.vfs ?? null,
    text: (family) => most(family) ?? 'as it says',
  },
  {
    key: 'queue_pairs',
    title: 'QUEUE PAIRS',
    value: ({ queuePairs }) => queuePairs ?? null,
    text: (family) => dash(pairs(family)),
  },
  { key: 'pf_driver', title: 'PF DRIVER', value: ({ drivers }) => drivers.pf },
  { key: 'vf_driver', title: 'VF DRIVER', value: ({ drivers }) => drivers.vf },
  {
    key: 'source',
    value: ({ source }) => source,
    text: ({ source, note }) => (note ? `${source}; ${note}` : source),
  },
];

interface Card {
  pf: Pf;
  family: Family | undefined;
  name: string;
}

const cardColumns: Column<Card>[] = [
  { key: 'pf', value: ({ pf }) => pf.address },
  { key: 'netdev', value: ({ pf }) => pf.nets[0]?.name ?? null, text: ({ name }) => name },
  {
    key: 'family',
    value: ({ family }) => family?.name ?? null,
    text: ({ family }) => family?.name ?? 'not in the guides',
  },
  { key: 'says', title: 'CARD SAYS', value: ({ pf }) => pf.total },
  {
    key: 'guide',
    title: 'GUIDE SAYS',
    value: ({ family }) => family?.most?.vfs ?? null,
    text: ({ family }) => dash(family && most(family)),
  },
  { key: 'vfs', title: 'VFS NOW', value: ({ pf }) => pf.count },
];

/** `vmlane sriov limits` */
export const sriovLimits = command({
  path: ['sriov', 'limits'],
  summary: 'Show how many VFs and queues cards support: documented and reported',
  positionals: {},
  optional: {
    PF: { describe: 'only this one: its network interface or its PCI address', names: 'pf' },
  },
  options: lookOptions,
  examples: [
    ['sriov limits', 'the families that are known, and the cards of this host'],
    ['sriov limits ens1f0', 'one card'],
  ],
  async run({ PF, json, ...values }, io) {
    const { FAMILIES, familyOf } = await import('../../../sriov/cards/families.js');
    const { findPf } = await import('../../../sriov/find.js');
    const { nameOf } = await import('../../../sriov/names.js');
    const { readPfs } = await import('../../../system/devices/vfs.js');
    const root = rootOf(values.root);
    const all = readPfs(root);
    const pfs = PF === undefined ? all : [findPf(all, PF, root)];
    const cards = pfs.map((pf) => ({ pf, family: familyOf(pf), name: nameOf(pf) }));
    const families =
      PF === undefined ? FAMILIES : FAMILIES.filter((one) => one === cards[0]?.family);
    printTables(io, json, [
      table('families', familyColumns, families),
      table('cards', cardColumns, cards),
    ]);
    for (const { pf, family, name } of cards) {
      if (pf.total > (family?.most?.vfs ?? Number.POSITIVE_INFINITY)) {
        say(io, `${name}: it offers more than the guide knows`);
      }
    }
    return 0;
  },
});
