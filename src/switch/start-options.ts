/**
 * What makes a switch: options of `vmlane switch start`, and under the same names keys of its settings file. This
 * table is the only list of them.
 */
import { PORT_NAME, SWITCH_SETTINGS } from '../contract/bounds.js';
import { type Kebab, kebab } from '../contract/names.js';
import type { SettingsChange } from '../contract/types.js';
import { LCORE_CPU_MAX } from '../values/cpu-set.js';
import { InvalidInput } from '../values/errors.js';
import { type LaunchOptions, launchSettings } from './launch.js';
import { DEVICES_IN_USUAL, usualMemory } from './memory.js';
import { type StaticRelay, staticRelays } from './static-relays.js';

/** A port that is a device: its name, and the device as the EAL takes it. */
export interface NamedDevice {
  name: string;
  device: string;
}

/** Kinds of value, as planLaunch takes them. `paths` are absolute in the file. */
export interface Kinds {
  cpus: readonly number[];
  number: number;
  flag: boolean;
  text: string;
  path: string;
  texts: readonly string[];
  paths: readonly string[];
  devices: readonly NamedDevice[];
  relays: readonly StaticRelay[];
}

/** One option. */
export interface StartOption {
  readonly kind: keyof Kinds;
  readonly describe: string;
  /** Of numbers. */
  readonly min?: number;
  readonly max?: number;
}

type Settings = typeof SWITCH_SETTINGS;

/** The protocol's settings, `idle_sleep` as `idle-sleep`. */
const settings = Object.fromEntries(
  Object.entries(SWITCH_SETTINGS).map(([key, { min, max, describe }]) => {
    return [kebab(key), { kind: 'number', min, max, describe }];
  }),
) as { [K in keyof Settings as Kebab<K>]: StartOption & { kind: 'number' } };

/** By name, in the order of help. */
export const START_OPTIONS = {
  cpus: {
    kind: 'cpus',
    min: 0,
    max: LCORE_CPU_MAX,
    describe: 'Processors that forward, as in 2,3 or 2-5 [default: the last one allowed]',
  },
  memory: {
    kind: 'number',
    min: 64,
    max: 1_048_576,
    describe: `Memory of the switch in MiB [default: ${usualMemory(0)}; with devices ${usualMemory(1)}, with more than ${DEVICES_IN_USUAL} more]`,
  },
  uplink: {
    kind: 'text',
    describe: 'Device with a tag per guest: a PCI address, or such as net_tap0',
  },
  device: {
    kind: 'devices',
    describe: 'Port that is a device, as NAME=0000:3b:00.0; may be repeated',
  },
  relay: {
    kind: 'relays',
    describe:
      "Static relay, there after each start, as NAME=0000:01:10.0; may be repeated; its guest's socket by the settings file",
  },
  buffers: {
    kind: 'number',
    min: 1,
    max: 16_777_216,
    describe: 'Frames that a device may hold, at least',
  },
  promiscuous: {
    kind: 'flag',
    describe: 'From the uplink, what is for everybody or nobody known reaches guests',
  },
  vm2vm: {
    kind: 'number',
    min: 0,
    max: 2,
    describe: 'Guest to guest: 0 by the uplink, 1 here, 2 in the NIC [default: 1]',
  },
  'vlan-strip': {
    kind: 'number',
    min: 0,
    max: 1,
    describe: "0: guests see the uplink's tags [default: 1]",
  },
  mergeable: { kind: 'flag', describe: 'Offer mergeable receive buffers, large frames and MTU' },
  'tx-csum': { kind: 'flag', describe: 'Offer guests checksum offload' },
  tso: { kind: 'flag', describe: 'Offer guests TCP segmentation offload, too; implies --tx-csum' },
  'features-off': {
    kind: 'text',
    describe:
      "Virtio features not offered to guests, as packed,in_order: what another host's switch lacks",
  },
  'no-huge': { kind: 'flag', describe: 'Ordinary pages, even when enough huge pages are free' },
  'page-size': {
    kind: 'text',
    describe:
      'Huge pages of this size only, such as 2MiB; guests keep those of others [default: largest first]',
  },
  'look-group': {
    kind: 'texts',
    describe: 'Let this group look; may be repeated, as may the next two',
  },
  'change-group': { kind: 'texts', describe: 'Let this group add, change and remove ports, too' },
  'admin-group': { kind: 'texts', describe: 'Let this group do everything that root may' },
  'socket-file': {
    kind: 'paths',
    describe: 'vhost-user socket to open a port on; may be repeated',
  },
  client: { kind: 'flag', describe: 'QEMU listens on the socket files; the switch dials' },
  ...settings,
  'state-file': {
    kind: 'path',
    describe: 'Keeps ports over a restart [default: in a folder beside the socket, named after it]',
  },
  'log-file': {
    kind: 'path',
    describe:
      'File of the log, opened anew on SIGHUP [default: in the background, beside the socket]',
  },
  'log-format': {
    kind: 'text',
    describe: "text, json, or auto: the journal's fields under systemd, else text [default: auto]",
  },
  'vf-token-file': {
    kind: 'path',
    describe:
      "File with the VF token of PFs on vfio-pci [default: vf-token in the switch's folder, made when one is needed]",
  },
  user: {
    kind: 'text',
    describe:
      'Account that the switch becomes; root: it stays root [default: vmlane where the host has it]',
  },
  group: { kind: 'text', describe: "Group that the switch becomes [default: its user's]" },
  folder: {
    kind: 'paths',
    describe:
      'folder below which sockets may be made later, beside those of the options here; may be repeated',
  },
} as const satisfies Record<string, StartOption>;

/** A name of the table. */
export type StartName = keyof typeof START_OPTIONS;
/** Their values; those left out are the switch's defaults. */
export type SwitchSettings = {
  [N in StartName]?: Kinds[(typeof START_OPTIONS)[N]['kind']] | undefined;
};

/** Names of the table. */
export const START_NAMES = Object.keys(START_OPTIONS) as StartName[];

/** The settings as planLaunch takes them. */
export function launchOptions(given: SwitchSettings, controlSocket?: string): LaunchOptions {
  const live = Object.keys(SWITCH_SETTINGS) as (keyof Settings)[];
  const change: SettingsChange = Object.fromEntries(
    live.flatMap((key) => (given[kebab(key)] === undefined ? [] : [[key, given[kebab(key)]]])),
  );
  return {
    controlSocket,
    cpus: given.cpus,
    memoryMiB: given.memory,
    hugePages: given['no-huge'] ? false : undefined,
    pageSize: given['page-size'],
    socketFiles: copied(given['socket-file']),
    lookGroups: given['look-group'],
    changeGroups: given['change-group'],
    adminGroups: given['admin-group'],
    client: given.client,
    ...launchSettings(change),
    stateFile: given['state-file'],
    logFile: given['log-file'],
    logFormat: given['log-format'],
    vfTokenFile: given['vf-token-file'],
    user: given.user,
    folders: copied(given.folder),
    uplink: given.uplink,
    devices: given.device,
    relays: given.relay,
    buffers: given.buffers,
    promiscuous: given.promiscuous,
    mergeable: given.mergeable,
    vm2vm: given.vm2vm,
    vlanStrip: given['vlan-strip'] === undefined ? undefined : given['vlan-strip'] === 1,
    group: given.group,
    txCsum: given['tx-csum'],
    tso: given.tso,
    featuresOff: given['features-off'],
  };
}

function copied(list: readonly string[] | undefined): string[] | undefined {
  return list && [...list];
}

/** Static relays in a word each, as an option has them: `3=0000:01:10.0`. @throws InvalidInput */
export function namedRelays(words: readonly string[]): readonly StaticRelay[] {
  const named = words.map((word) => namedDevice(word, '--relay', '3=0000:01:10.0'));
  const twice = named.find(({ name }, at) => named.findIndex((one) => one.name === name) !== at);
  if (twice) {
    const problem = `relay ${twice.name} is given twice`;
    throw new InvalidInput({ thing: '--relay', problem, remedy: 'give it once' });
  }
  const found = staticRelays(Object.fromEntries(named.map(({ name, device }) => [name, device])));
  if ('value' in found) return found.value;
  throw new InvalidInput({ thing: '--relay', ...found });
}

/** A device in one word, as an option has it: `up0=0000:3b:00.0`. @throws InvalidInput */
export function namedDevice(
  text: string,
  option = '--device',
  example = 'up0=0000:3b:00.0',
): NamedDevice {
  const [, name, device] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && PORT_NAME.pattern.test(name) && device !== undefined)
    return { name, device };
  throw new InvalidInput({
    thing: `${option} ${text}`,
    problem:
      option === '--relay'
        ? "is not a relay's name and a device"
        : "is not a port's name and a device",
    remedy: `write NAME=DEVICE, as ${example}`,
  });
}
