import type { Use } from '../../../sriov/users/uses.js';
import type { VfSettings } from '../../../sriov/vfs/links.js';
import type { Pf, Vf } from '../../../system/devices/vfs.js';
import type { PciFunction } from '../../../values/devices.js';
import { command } from '../../command.js';
import { type Column, printTables, table } from '../../output.js';
import { dash, domainUses, lookOptions, rootOf, userOptions } from './common.js';

interface PfRow {
  pf: Pf;
  family: string | undefined;
}

interface VfRow {
  vf: Vf;
  pf: string;
  settings: VfSettings | undefined;
  uses: readonly Use[];
}

const placed = <Row>(of: (row: Row) => PciFunction): Column<Row>[] => [
  { key: 'driver', value: (row) => of(row).driver ?? null, text: (row) => dash(of(row).driver) },
  { key: 'group', value: (row) => of(row).group ?? null, text: (row) => dash(of(row).group) },
  { key: 'node', value: (row) => of(row).node ?? null, text: (row) => dash(of(row).node) },
];

const names = ({ nets }: PciFunction) => nets.map(({ name }) => name).join(' ');

const pfColumns: Column<PfRow>[] = [
  { key: 'pf', value: ({ pf }) => pf.address },
  { key: 'netdev', value: ({ pf }) => names(pf), text: ({ pf }) => dash(names(pf)) },
  { key: 'family', value: ({ family }) => family ?? null, text: ({ family }) => dash(family) },
  { key: 'vfs', value: ({ pf }) => pf.count },
  { key: 'total', title: 'OF', value: ({ pf }) => pf.total },
  ...placed<PfRow>(({ pf }) => pf),
  {
    key: 'mac',
    value: ({ pf }) => pf.nets[0]?.mac ?? null,
    text: ({ pf }) => dash(pf.nets[0]?.mac),
  },
  {
    key: 'up',
    value: ({ pf }) => pf.nets.some(({ up }) => up),
    text: ({ pf }) => (pf.nets.some(({ up }) => up) ? 'yes' : 'no'),
  },
];

const vfColumns: Column<VfRow>[] = [
  { key: 'pf', value: ({ pf }) => pf },
  { key: 'vf', value: ({ vf }) => vf.index },
  { key: 'address', value: ({ vf }) => vf.address },
  ...placed<VfRow>(({ vf }) => vf),
  { key: 'netdev', value: ({ vf }) => names(vf), text: ({ vf }) => dash(names(vf)) },
  { key: 'mac', value: (row) => macOf(row) ?? null, text: (row) => dash(macOf(row)) },
  {
    key: 'vlan',
    value: ({ settings }) => settings?.vlan ?? null,
    text: ({ settings }) => dash(settings?.vlan || undefined),
  },
  {
    key: 'representor',
    value: ({ vf }) => vf.representor ?? null,
    text: ({ vf }) => dash(vf.representor),
  },
  {
    key: 'users',
    title: 'USED BY',
    value: ({ uses }) => uses.map(({ by, active }) => ({ by, active })),
    text: ({ uses }) => dash(uses.map(({ by }) => by).join('; ')),
  },
];

/** The MAC that the PF reports, else the interface's own. */
function macOf({ vf, settings }: VfRow): string | undefined {
  const set = settings && !/^[0:]+$/.test(settings.mac) ? settings.mac : undefined;
  return set ?? vf.nets[0]?.mac;
}

/** `vmlane sriov list` */
export const sriovList = command({
  path: ['sriov', 'list'],
  summary: 'List PFs and their VFs: drivers, interfaces, settings, and who uses them',
  positionals: {},
  optional: {
    PF: { describe: 'only this one: its network interface or its PCI address', names: 'pf' },
  },
  options: { ...userOptions, ...lookOptions },
  examples: [
    ['sriov list', 'all network cards with SR-IOV'],
    ['sriov list ens1f0 --json', 'one port, for a program'],
  ],
  async run({ PF, connect, json, ...values }, io) {
    const { familyOf } = await import('../../../sriov/cards/families.js');
    const { findPf } = await import('../../../sriov/find.js');
    const { settingsReader, readUses } = await import('../../../sriov/host.js');
    const { nameOf } = await import('../../../sriov/names.js');
    const { readPfs } = await import('../../../system/devices/vfs.js');
    const { usesOf } = await import('../../../sriov/users/uses.js');
    const root = rootOf(values.root);
    const all = readPfs(root);
    const pfs = PF === undefined ? all : [findPf(all, PF, root)];
    const domains = await domainUses(connect, root, io);
    const uses = await readUses(
      pfs.flatMap(({ vfs }) => vfs),
      domains,
      root,
    );
    const rows: VfRow[] = [];
    const settingsOf = settingsReader(root);
    for (const pf of pfs) {
      const settings = pf.vfs.length > 0 ? await settingsOf(pf) : new Map();
      for (const vf of pf.vfs) {
        const own = { vf, pf: nameOf(pf), uses: usesOf(vf, uses) };
        rows.push({ ...own, settings: settings.get(vf.index) });
      }
    }
    printTables(io, json, [
      table(
        'pfs',
        pfColumns,
        pfs.map((pf) => ({ pf, family: familyOf(pf)?.name })),
      ),
      // Only cards in switchdev mode have any.
      table(
        'vfs',
        vfColumns.filter(
          ({ key }) => json || key !== 'representor' || rows.some(({ vf }) => vf.representor),
        ),
        rows,
      ),
    ]);
    return 0;
  },
});
