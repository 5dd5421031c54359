import { SWITCH_SETTINGS } from '../../../contract/bounds.js';
import type { DeviceInfo, SwitchInfo } from '../../../switch/index.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { type Column, printTables, table } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

const coreColumns: Column<SwitchInfo['lcores'][number]>[] = [
  { key: 'lcore', value: (core) => core.lcore },
  { key: 'cpu', value: (core) => core.cpu },
  { key: 'ports', value: (core) => core.ports },
];

const deviceKeys = ['name', 'driver', 'mac', 'link', 'mtu', 'classification', 'why'] as const;
const deviceColumns: Column<DeviceInfo>[] = [
  { key: 'of', title: 'PORT', value: (device) => device.of ?? 'uplink' },
  ...deviceKeys.map((key): Column<DeviceInfo> => ({ key, value: (device) => device[key] })),
  { key: 'pools', value: (device) => device.pools },
  { key: 'promiscuous', value: (device) => device.promiscuous },
];

const settingKeys = Object.keys(SWITCH_SETTINGS) as (keyof typeof SWITCH_SETTINGS)[];
const settingColumns = settingKeys.map(
  (key): Column<SwitchInfo['settings']> => ({ key, value: (settings) => settings[key] ?? null }),
);

/** `vmlane switch info` */
export const switchInfo = command({
  path: ['switch', 'info'],
  summary: 'Show lcores, devices and settings',
  positionals: {},
  options: { ...controlSocket, json },
  examples: [
    ['switch info', 'which lcore polls how many ports; VMDq or software, and why'],
    ['switch info --json', 'the same for a program'],
  ],
  async run(values, io) {
    const info = await withSwitch(values['control-socket'], io, (client) => client.info());
    // A switch of the former version has one at most.
    const devices = info.devices ?? (info.uplink ? [info.uplink] : []);
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
        ...(devices.length > 0 ? [table('devices', deviceColumns, devices)] : []),
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
