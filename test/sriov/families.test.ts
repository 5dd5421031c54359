/** Each family's tree: what is listed, its limits, its numbering; and both against the guides' own words. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planVfs, portsOf } from '../../src/sriov/cards/plan.js';
import { rssPlan } from '../../src/sriov/cards/rss.js';
import { readPfs } from '../../src/system/devices/vfs.js';
import { vmlane } from '../cli/test-io.js';
import { FAMILIES, type FamilyName, inTree } from './tree.js';

const PORT: Record<FamilyName, string> = {
  '82576': 'ens1f0',
  i350: 'eno0',
  '82599': 'ens2f0',
  x710: 'ens3f0',
  fm10000: 'fm10k0',
  nfp: 'enp2s0np0',
};

const commands = (family: FamilyName) => ({
  list: ['list'],
  limits: ['limits', PORT[family]],
  plan: ['plan', PORT[family]],
});

test.each(
  FAMILIES.flatMap((family) =>
    Object.entries(commands(family)).map((one) => [family, ...one] as const),
  ),
)('%s: %s is as it was reviewed', (family, name, words) =>
  inTree(family, async (root) => {
    const { status, out, err } = await vmlane(['sriov', ...words, '--root', root]);
    expect(status).toBe(0);
    const file = join(import.meta.dirname, `../data/sriov/${family}.${name}.txt`);
    await expect(out + err).toMatchFileSnapshot(file);
    const asJson = await vmlane(['sriov', ...words, '--root', root, '--json']);
    expect(Object.keys(JSON.parse(asJson.out))[0]).toMatch(/^(pfs|families|vfs)$/);
  }),
);

/** The guide's words: "Virtual Functions 0 and 2 belong to Physical Function 0", and so on. */
test.each([
  ['82576', [0, 1, 0, 1]],
  ['82599', [0, 1, 0, 1]],
  ['fm10000', [0, 1, 0, 1]],
  ['i350', [0, 1, 2, 3, 0, 1, 2, 3]],
  ['nfp', [0, 0]],
] as const)(
  '%s: VFs belong to the PFs that the guide says, and the links agree',
  (family, owners) =>
    inTree(family, async (root) => {
      const pfs = readPfs(root);
      const vfs = planVfs(
        pfs,
        pfs.map(({ count }) => count),
      );
      expect(vfs.map(({ pf }) => pfs.findIndex(({ address }) => address === pf))).toEqual(owners);
      expect(vfs.map(({ guide }) => guide)).toEqual(vfs.map(({ pf }) => pf));
      expect(vfs.map(({ verdict }) => verdict)).toEqual(owners.map(() => 'as planned'));
      expect(vfs.map(({ link }) => link)).toEqual(vfs.map(({ address }) => address));
    }),
);

test("an X710's VFs follow each other, unlike in the guide, and that is told", () =>
  inTree('x710', async (root) => {
    const pfs = readPfs(root);
    const vfs = planVfs(pfs, [2, 2]);
    expect(vfs.map(({ pf }) => pf)).toEqual([0, 0, 1, 1].map((port) => pfs[port]?.address));
    expect(vfs.map(({ guide }) => guide)).toEqual([0, 1, 0, 1].map((port) => pfs[port]?.address));
    expect(vfs.map(({ verdict }) => verdict)).toEqual([
      'as planned',
      'another port than in the guide',
      'another port than in the guide',
      'as planned',
    ]);
    const { err } = await vmlane(['sriov', 'plan', 'ens3f0', '--root', root]);
    expect(err).toContain("this card's VFs are not numbered as in the guide");
  }));

test("the guides' addresses: 02:10.0 and .2 at 02:00.0, .1 and .3 at 02:00.1; nfp's 02:08.0 and .1", async () => {
  await inTree('82599', async (root) => {
    const links = readPfs(root).map(({ vfs }) => vfs.map(({ address }) => address));
    expect(links).toEqual([
      ['0000:02:10.0', '0000:02:10.2'],
      ['0000:02:10.1', '0000:02:10.3'],
    ]);
  });
  await inTree('nfp', async (root) => {
    const [pf] = readPfs(root);
    expect([pf?.total, ...(pf?.vfs.map(({ address }) => address) ?? [])]).toEqual([
      ...[56, '0000:02:08.0', '0000:02:08.1'],
    ]);
  });
});

test.each([
  ['82576', 8, 'controller', 2, 2],
  ['i350', 8, 'port', 1, 1],
  ['82599', 63, 'port', 1, 4],
  ['x710', 128, 'device', 4, 16],
  ['fm10000', 64, 'PCIe host interface', 16, 16],
] as const)('%s: %i VFs per %s, as the guide says', (family, most, of, usual, pairs) =>
  inTree(family, async (root) => {
    const words = ['sriov', 'limits', PORT[family], '--json', '--root', root];
    const { families } = JSON.parse((await vmlane(words)).out);
    expect(families).toEqual([
      expect.objectContaining({ vfs: most, queue_pairs: { usual, most: pairs } }),
    ]);
    expect((await vmlane(words.filter((word) => word !== '--json'))).out).toContain(
      `${most} per ${of}`,
    );
  }),
);

/** The guide switches at 33 VFs, DPDK's driver at 32 and at 16. */
test.each([
  [1, 32, [4, 2], 16, 8, [4, 2]],
  [15, 32, [4, 2], 16, 8, [4, 2]],
  [16, 32, [4, 2], 32, 4, [4, 2]],
  [31, 32, [4, 2], 32, 4, [4, 2]],
  [32, 32, [4, 2], 64, 2, [2]],
  [33, 64, [2], 64, 2, [2]],
  [63, 64, [2], 64, 2, [2]],
])('RSS with %i VFs', (vfs, pools, queues, driverPools, driverQueues, both) => {
  const guide = { pools, queues };
  const driver = { pools: driverPools, queues: driverQueues };
  expect(rssPlan(vfs)).toEqual({ guide, driver, queues: both });
});

test('RX queues that do not fit the VFs are refused', () =>
  inTree('82599', async (root) => {
    const plan = (vfs: string, queues: string) =>
      vmlane(['sriov', 'plan', 'ens2f0', vfs, '--queues', queues, '--root', root]);
    expect(await plan('31', '4')).toMatchObject({ status: 0 });
    expect(await plan('33', '2')).toMatchObject({ status: 0 });
    const { status, err } = await plan('33', '4');
    expect([status, err]).toEqual([
      2,
      'vmlane: --queues 4: with 33 VFs each can have 2 RX queues; give --queues 2, or fewer VFs\n',
    ]);
  }));

test('ports of another card, and of another slot, are not numbered along', () =>
  inTree('82599', async (root) => {
    const pfs = readPfs(root);
    const other = { ...pfs[0], address: '0000:03:00.0' } as (typeof pfs)[number];
    expect(pfs[0] && portsOf(pfs[0], [...pfs, other]).map(({ address }) => address)).toEqual([
      ...['0000:02:00.0', '0000:02:00.1'],
    ]);
  }));

test("without offset and stride, as before Linux 4.13, the order is the guide's and no address is made up", () =>
  inTree('82599', async (root) => {
    const pfs = readPfs(root).map(({ offset: _, stride: __, ...pf }) => ({ ...pf, vfs: [] }));
    const vfs = planVfs(pfs, [2, 2]);
    expect(vfs.map(({ pf, index }) => `${pf} ${index}`)).toEqual([
      ...['0000:02:00.0 0', '0000:02:00.1 0', '0000:02:00.0 1', '0000:02:00.1 1'],
    ]);
    expect(vfs.flatMap(({ address, verdict }) => address ?? verdict ?? [])).toEqual([]);
  }));
