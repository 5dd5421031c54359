import { SWITCH_SETTINGS } from '../../../contract/bounds.js';
import type { SwitchInfo, UplinkInfo } from '../../../switch/index.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { type Column, printTables, table } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

const coreColumns: Column<SwitchInfo['lcores'][number]>[] = [
  { key: 'lcore', value: (core) => core.lcore },
  { key: 'cpu', value: (core) => core.cpu },
  { key: 'ports', value: (core) => core.ports },
];

const uplinkKeys = ['name', 'driver', 'mac', 'link', 'mtu', 'classification', 'why'] as const;
const uplinkColumns: Column<UplinkInfo>[] = [
  ...uplinkKeys.map((key): Column<UplinkInfo> => ({ key, value: (uplink) => uplink[key] })),
  { key: 'pools', value: (uplink) => uplink.pools },
  { key: 'promiscuous', value: (uplink) => uplink.promiscuous },
];

const settingKeys = Object.keys(SWITCH_SETTINGS) as (keyof typeof SWITCH_SETTINGS)[];
const settingColumns = settingKeys.map(
  (key): Column<SwitchInfo['settings']> => ({ key, value: (settings) => settings[key] ?? null }),
);

/** `vmlane switch info` */
export const switchInfo = command({
  path: ['switch', 'info'],
  summary: 'Show lcores, uplink and settings',
  positionals: {},
  options: { ...controlSocket, json },
  examples: [
    ['switch info', 'which lcore polls how many ports; VMDq or software, and why'],
    ['switch info --json', 'the same for a program'],
  ],
  async run(values, io) {
    const info = await withSwitch(values['control-socket'], io, (client) => client.info());
    const { vm2vm, mergeable, tx_csum = false, tso = false, max_frame, max_ports } = info;
    printTables(
      io,
      values.json,
      [
        table('lcores', coreColumns, info.lcores),
        ...(info.uplink
          ? [{ ...table('uplink', uplinkColumns, [info.uplink]), single: true }]
          : []),
        { ...table('settings', settingColumns, [info.settings]), single: true },
      ],
      { vm2vm, mergeable, tx_csum, tso, max_frame, max_ports },
    );
    return 0;
  },
});
