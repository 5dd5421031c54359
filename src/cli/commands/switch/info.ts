import { SWITCH_SETTINGS } from '../../../contract/bounds.js';
import type { BondMember } from '../../../contract/types.js';
import type { DeviceInfo, SwitchInfo } from '../../../switch/index.js';
import { Failed } from '../../../values/errors.js';
import { command } from '../../command.js';
import type { Io } from '../../io.js';
import { flag, json } from '../../options.js';
import { type Column, printJson, printTables, table } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

/** Its NUMA node. */
const nodeColumn: Column<{ node?: number }> = {
  key: 'node',
  value: ({ node }) => node ?? null,
  text: ({ node }) => String(node ?? '-'),
};

const coreColumns: Column<SwitchInfo['lcores'][number]>[] = [
  { key: 'lcore', value: (core) => core.lcore },
  { key: 'cpu', value: (core) => core.cpu },
  nodeColumn,
  { key: 'ports', value: (core) => core.ports },
  {
    key: 'queues',
    value: ({ queues }) => queues ?? null,
    text: ({ queues }) => String(queues ?? '-'),
  },
];

const deviceKeys = ['name', 'driver', 'mac', 'link', 'mtu', 'classification', 'why'] as const;
const deviceColumns: Column<DeviceInfo>[] = [
  { key: 'of', title: 'PORT', value: (device) => device.of ?? 'uplink' },
  ...deviceKeys.map((key): Column<DeviceInfo> => ({ key, value: (device) => device[key] })),
  nodeColumn,
  { key: 'pools', value: (device) => device.pools },
  { key: 'promiscuous', value: (device) => device.promiscuous },
];

const settingKeys = Object.keys(SWITCH_SETTINGS) as (keyof typeof SWITCH_SETTINGS)[];
const settingColumns = settingKeys.map(
  (key): Column<SwitchInfo['settings']> => ({ key, value: (settings) => settings[key] ?? null }),
);

const bondColumns: Column<DeviceInfo>[] = [
  { key: 'bond_mode', value: (device) => device.bond_mode ?? null },
  { key: 'members', value: ({ members = [] }) => members.map((member) => ({ ...member })) },
];

const memberColumns: Column<BondMember & { port: string | null }>[] = [
  { key: 'port', value: ({ port }) => port },
  { key: 'member', value: ({ name }) => name },
  { key: 'link', value: ({ link }) => link },
  { key: 'active', value: ({ active }) => active, text: ({ active }) => (active ? 'yes' : '-') },
  { key: 'LACP', value: ({ actor }) => actor?.join(',') ?? null, text: flagsOf('actor') },
  { key: 'partner', value: ({ partner }) => partner?.join(',') ?? null, text: flagsOf('partner') },
];

function flagsOf(end: 'actor' | 'partner') {
  return (member: BondMember) => member[end]?.join(',') || '-';
}

/** `vmlane switch info` */
export const switchInfo = command({
  path: ['switch', 'info'],
  summary: 'Show lcores, devices and settings',
  positionals: {},
  options: {
    features: flag('Show the virtio features that guests are offered instead'),
    ...controlSocket,
    json,
  },
  examples: [
    ['switch info', 'which lcore polls how many ports and queue pairs; VMDq or software, and why'],
    ['switch info --features', 'what a guest must do with that is to migrate here'],
    ['switch info --json', 'the same for a program'],
  ],
  async run(values, io) {
    const info = await withSwitch(values['control-socket'], io, (client) => client.info());
    if (values.features) return showFeatures(info, values.json, io);
    // A switch of the former version has one at most.
    const devices = info.devices ?? (info.uplink ? [info.uplink] : []);
    const members = devices.flatMap(({ of: port = null, members: its = [] }) =>
      its.map((member) => ({ ...member, port })),
    );
    const { vm2vm, mergeable, tx_csum = false, tso = false, max_frame, max_ports } = info;
    const general = { vm2vm, mergeable, tx_csum, tso, max_frame, max_ports };
    const columns = Object.entries(general).map(
      ([key, value]): Column<typeof general> => ({ key, value: () => value }),
    );
    printTables(
      io,
      values.json,
      [
        table('lcores', coreColumns, info.lcores),
        ...(devices.length > 0
          ? [
              table(
                'devices',
                values.json ? [...deviceColumns, ...bondColumns] : deviceColumns,
                devices,
              ),
            ]
          : []),
        ...(!values.json && members.length > 0
          ? [table('members of bonds', memberColumns, members)]
          : []),
        // Their former place, in JSON for one version.
        ...(values.json && info.uplink
          ? [{ ...table('uplink', deviceColumns, [info.uplink]), single: true }]
          : []),
        ...(values.json ? [] : [table('switch', columns, [general])]),
        { ...table('settings', settingColumns, [info.settings]), single: true },
      ],
      general,
    );
    return 0;
  },
});

async function showFeatures(
  { features }: SwitchInfo,
  asJson: boolean | undefined,
  io: Io,
): Promise<number> {
  const { featureNames } = await import('../../../values/virtio-features.js');
  if (features === undefined) {
    const problem = 'it is too old to tell what it offers';
    throw new Failed({ thing: 'switch', problem, remedy: 'upgrade it' });
  }
  const names = featureNames(features);
  if (asJson) printJson(io, { features, names });
  else for (const name of names) io.out(`${name}\n`);
  return 0;
}
