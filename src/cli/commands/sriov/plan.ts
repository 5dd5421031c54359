import type { PlannedVf } from '../../../sriov/cards/plan.js';
import { RSS_MODES, type RssPlan } from '../../../sriov/cards/rss.js';
import type { Pf } from '../../../system/devices/vfs.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { integer } from '../../options.js';
import { type Column, printTables, table } from '../../output.js';
import { dash, lookOptions, rootOf, wholeNumber } from './common.js';

interface Row extends PlannedVf {
  port: string;
  guidePort: string;
}

const columns: Column<Row>[] = [
  { key: 'number', value: ({ number }) => number },
  { key: 'pf', value: ({ port }) => port },
  { key: 'vf', value: ({ index }) => index },
  { key: 'address', value: ({ address }) => address ?? null, text: (row) => dash(row.address) },
  { key: 'guide', title: 'PF BY THE GUIDE', value: ({ guidePort }) => guidePort },
  {
    key: 'link',
    title: 'VIRTFN',
    value: ({ link }) => link ?? null,
    text: (row) => dash(row.link),
  },
  { key: 'verdict', value: ({ verdict }) => verdict ?? null, text: (row) => dash(row.verdict) },
];

interface Rss extends RssPlan {
  pf: string;
  vfs: number;
}

const words = (queues: readonly number[]) => queues.join(' or ') || 'none';

const rssColumns: Column<Rss>[] = [
  { key: 'pf', value: ({ pf }) => pf },
  { key: 'vfs', value: ({ vfs }) => vfs },
  {
    key: 'queues',
    title: 'RX QUEUES',
    value: ({ queues }) => [...queues],
    text: ({ queues }) => words(queues),
  },
  {
    key: 'guide',
    title: 'BY THE GUIDE',
    value: ({ guide }) => ({ pools: guide.pools, queues: [...guide.queues] }),
    text: ({ guide }) => `${guide.pools} pools, ${words(guide.queues)}`,
  },
  {
    key: 'driver',
    title: "BY DPDK'S DRIVER",
    value: ({ driver }) => ({ ...driver }),
    text: ({ driver }) => `${driver.pools} pools of ${driver.queues}`,
  },
];

/** `vmlane sriov plan` */
export const sriovPlan = command({
  path: ['sriov', 'plan'],
  summary: "Show which port each VF would be on, and an 82599's queues; changes nothing",
  positionals: {
    PF: { describe: "one of the card's ports: network interface or PCI address", names: 'pf' },
  },
  optional: { VFS: { describe: 'VFs on each port [default: as many as there are]' } },
  options: {
    queues: integer('queues', 1, 16, 'RX queues that each VF is to have, on an 82599'),
    ...lookOptions,
  },
  examples: [
    ['sriov plan ens1f0 4', 'four VFs on each port of that card'],
    ['sriov plan ens1f0', 'those that there are, against the kernel'],
    ['sriov plan ens1f0 32 --queues 2', 'whether each VF can have two RX queues'],
  ],
  async run({ PF, VFS, queues, json, ...values }, io) {
    const { familyOf } = await import('../../../sriov/cards/families.js');
    const { findPf } = await import('../../../sriov/find.js');
    const { nameOf } = await import('../../../sriov/names.js');
    const { planVfs, portsOf } = await import('../../../sriov/cards/plan.js');
    const { readPfs } = await import('../../../system/devices/vfs.js');
    const { rssPlan } = await import('../../../sriov/cards/rss.js');
    const { checkCount } = await import('../../../sriov/vfs/count.js');
    const root = rootOf(values.root);
    const all = readPfs(root);
    const pf = findPf(all, PF, root);
    const ports = portsOf(pf, all);
    const wanted = VFS === undefined ? undefined : wholeNumber('VFS', VFS, 65_535);
    for (const port of ports) if (wanted !== undefined) checkCount(port, wanted);
    const counts = ports.map(({ count }) => wanted ?? count);
    const family = familyOf(pf);
    const named = (address: string) => nameOf(ports.find((one) => one.address === address) ?? pf);
    const rows = planVfs(ports, counts).map((vf) => ({
      ...vf,
      port: named(vf.pf),
      guidePort: named(vf.guide),
    }));
    const withRss = family?.name === '82599' ? ports.filter((_, port) => counts[port] !== 0) : [];
    const rss = withRss.map((port) => {
      const vfs = counts[ports.indexOf(port)] ?? 0;
      return { pf: nameOf(port), vfs, ...rssPlan(vfs) };
    });
    checkQueues(queues, rss, family?.name);
    const tables = [table('vfs', columns, rows)];
    if (rss.length > 0) tables.push(table('rss', rssColumns, rss));
    printTables(io, json, tables);
    tell(io, { pf, rows, rss: rss.length > 0, old: family?.old, counts });
    return 0;
  },
});

function checkQueues(queues: number | undefined, rss: readonly Rss[], family: string | undefined) {
  if (queues === undefined) return;
  const thing = `--queues ${queues}`;
  if (family !== '82599') {
    const remedy = "leave it out; 'vmlane sriov limits' shows a VF's queues";
    throw new InvalidInput({ thing, problem: 'is for RSS on an 82599', remedy });
  }
  const bad = rss.find((one) => !one.queues.includes(queues));
  if (!bad) return;
  const problem = `with ${bad.vfs} VFs each can have ${words(bad.queues)} RX queues`;
  const remedy = queues <= 4 ? 'give --queues 2, or fewer VFs' : 'give --queues 4 or 2';
  throw new InvalidInput({ thing, problem, remedy });
}

interface Summary {
  pf: Pf;
  rows: readonly Row[];
  rss: boolean;
  old: string | undefined;
  counts: readonly number[];
}

function tell(io: Io, { rows, rss, old, counts }: Summary): void {
  if (rows.length === 0) say(io, 'there are no VFs; give a number to plan some');
  if (rows.some(({ verdict }) => verdict === 'another address')) {
    say(io, "VFs are not where offset and stride put them; the kernel's links are right");
  }
  if (rows.some((row) => row.port !== row.guidePort)) {
    say(io, "this card's VFs are not numbered as in the guide; go by PF and number");
  }
  if (rss) {
    say(
      io,
      `RSS in VFs: RX mode ${RSS_MODES.join(' or ')} on the PF; hash, key and RETA are shared`,
    );
  }
  if (old && rows.length > 0) {
    say(io, `kernels without sriov_numvfs: modprobe ${old.replace(/=.*/, `=${counts.join(',')}`)}`);
  }
}
