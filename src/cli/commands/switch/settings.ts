/** Settings of ports and of the switch as options: names, ranges and help are the protocol's. */
import {
  ADDRESS_LEARNING,
  LINK,
  PARAMETERS,
  PORT_SETTINGS,
  SWITCH_SETTINGS,
  VLAN_MODE,
} from '../../../contract/bounds.js';
import { type Kebab, kebab } from '../../../contract/names.js';
import type { PortChange, SettingsChange } from '../../../contract/types.js';
import { choice, integer, text } from '../../options.js';

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly describe: string;
}

/** The numeric settings, by their options' names. */
type NumberOptions<T> = {
  [K in keyof T as T[K] extends Bounds ? Kebab<K & string> : never]: ReturnType<typeof integer>;
};

/** An option for each numeric setting; `idle_sleep` is `--idle-sleep`. */
export function numberOptions<const T extends Record<string, object>>(
  settings: T,
): NumberOptions<T> {
  const numbers = Object.entries(settings).filter(
    (entry): entry is [string, Bounds] => 'min' in entry[1],
  );
  return Object.fromEntries(
    numbers.map(([key, { min, max, describe }]) => {
      const name = kebab(key);
      return [name, integer(name, min, max, describe)];
    }),
  ) as NumberOptions<T>;
}

/** Settings of a port, when it is added and later. */
export const portOptions = {
  ...numberOptions(PORT_SETTINGS),
  'vlan-mode': choice(
    'vlan-mode',
    VLAN_MODE.values,
    `${PORT_SETTINGS.vlan_mode.describe} [default: ${PORT_SETTINGS.vlan_mode.default}]`,
  ),
  trunks: text('trunks', PORT_SETTINGS.trunks.describe),
  guards: text('guards', PORT_SETTINGS.guards.describe),
  'ip-addresses': text('ip-addresses', PORT_SETTINGS.ip_addresses.describe),
  'address-learning': choice(
    'address-learning',
    ADDRESS_LEARNING.values,
    `${PORT_SETTINGS.address_learning.describe} [default: ${PORT_SETTINGS.address_learning.default}]`,
  ),
  'dhcp-servers': text('dhcp-servers', PORT_SETTINGS.dhcp_servers.describe),
  link: choice(
    'link',
    LINK.values,
    `${PORT_SETTINGS.link.describe} [default: ${PORT_SETTINGS.link.default}]`,
  ),
  mac: text('mac', PORT_SETTINGS.mac.describe),
  relay: text('relay', PORT_SETTINGS.relay.describe, 'relay'),
  'peer-label': text('peer-label', PORT_SETTINGS.peer_label.describe),
};

/** The lcore that polls a port, or one of its queue pairs. */
export const lcoreOption = numberOptions(PARAMETERS['port.set']);

/** The processor that polls a port. */
export const pinOption = {
  pin: text('pin', 'The processor that polls it (see switch info), none: the switch chooses'),
} as const;

export const switchOptions = numberOptions(SWITCH_SETTINGS);

/** The given options under the protocol's names. */
export function named(values: Readonly<Record<string, unknown>>, names: readonly string[]) {
  const there = names.filter((name) => values[name] !== undefined);
  return Object.fromEntries(there.map((name) => [name.replaceAll('-', '_'), values[name]]));
}

/** The given settings of a port, as the protocol writes them. */
export function portSettings(
  values: Readonly<Record<string, unknown>>,
): Omit<PortChange, 'name' | 'lcore' | 'queue'> {
  const settings: Omit<PortChange, 'name' | 'lcore' | 'queue'> = named(
    values,
    Object.keys(portOptions),
  );
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      value === (key === 'trunks' ? 'all' : 'none') && mayBeNone(key) ? null : value,
    ]),
  );
}

/** Whether a port need not have this setting: null in the protocol, `none` as an option. */
export function mayBeNone(key: string): boolean {
  const setting: object = (PORT_SETTINGS as Readonly<Record<string, object>>)[key] ?? {};
  return 'default' in setting && setting.default === null;
}

/** The given settings of the switch. */
export function switchSettings(values: Readonly<Record<string, unknown>>): SettingsChange {
  return named(values, Object.keys(switchOptions));
}
