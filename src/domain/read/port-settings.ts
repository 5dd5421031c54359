/** Settings of one port, as attributes in `<metadata>` and in the switch's words. */
import { ADDRESS_LEARNING, LINK, PORT_NAME, PORT_SETTINGS } from '../../contract/bounds.js';
import type { AddressLearning, Link, PortRequest } from '../../contract/types.js';
import type { Trouble } from '../../values/errors.js';
import { ADDRESSES_WANT, addressList, guardList, guardTrouble } from '../../values/guards.js';
import { vlanList, vlansOfList } from '../../values/vlan-list.js';
import { GUEST_VLAN_MODES, type GuestVlanMode, vlanTrouble } from '../../values/vlan-mode.js';

/** Settings of one port that libvirt has no place for on a vhost-user NIC; empty if there are none. */
export interface PortSettings {
  /** The relay that it is an end of, which must be there when the guest starts. */
  relay?: string;
  vlan?: number;
  /** The network of the switch whose VLAN that was, or, without one, will be: the host where it starts says it. */
  network?: string;
  /** How the port stands in VLANs; absent: access. */
  vlanMode?: GuestVlanMode;
  /** The VLANs that a trunk carries, as vlanList writes them; absent: all. */
  trunks?: string;
  /** Whether the NIC's MAC is the only source address; see read/pinned.ts for NICs without this. */
  pinned?: boolean;
  /** Whether its guest has a link; absent: auto. */
  link?: Link;
  /** No frames pass between it and other isolated ports. */
  isolated?: boolean;
  /** How many addresses may be learned there, from 1 on. */
  addressLimit?: number;
  /** How many frames a second may be flooded from there. */
  floodLimit?: number;
  /** Limits of what reaches the guest: KiB a second on average, while a burst lasts, and KiB of a burst. */
  inbound?: number;
  inboundPeak?: number;
  inboundBurst?: number;
  /** Likewise of what the guest sends. */
  outbound?: number;
  outboundPeak?: number;
  outboundBurst?: number;
  /** What its guest's frames are checked for, and the addresses for that; as values/guards.ts writes them. */
  guards?: string;
  ipAddresses?: string;
  addressLearning?: AddressLearning;
  /** The DHCP servers whose answers reach the guest; absent: any. */
  dhcpServers?: string;
}

/** Settings that are numbers from 1 on, and the switch's words for them. */
const NUMBERS = [
  ['vlan', 'vlan'],
  ['addressLimit', 'address_limit'],
  ['floodLimit', 'flood_limit'],
  ['inbound', 'inbound'],
  ['inboundPeak', 'inbound_peak'],
  ['inboundBurst', 'inbound_burst'],
  ['outbound', 'outbound'],
  ['outboundPeak', 'outbound_peak'],
  ['outboundBurst', 'outbound_burst'],
] as const;

/** Attributes that are numbers, with their largest; the least is 1. */
export const NUMBER_ATTRIBUTES = NUMBERS.map(([key, setting]) => {
  return { key, name: kebab(setting), most: PORT_SETTINGS[setting].max };
});

function kebab(setting: string): string {
  return setting.replaceAll('_', '-');
}

/** Settings from attributes, and what is wrong with them. */
export interface ReadSettings {
  settings: PortSettings;
  /** Attributes that cannot be, and what they must be; these are left out of the settings. */
  wrong: { name: string; wanted: string }[];
  /** Settings that do not go together. */
  trouble: Pick<Trouble, 'problem' | 'remedy'> | undefined;
}

/** Reads the attributes of one port. `spoofchk` is the former name of pinned, which defined domains still have. */
export function readSettings(attributes: Readonly<Record<string, string>>): ReadSettings {
  const settings: PortSettings = {};
  const wrong: ReadSettings['wrong'] = [];
  for (const { key, name, most } of NUMBER_ATTRIBUTES) {
    const text = attributes[name];
    // 0 means none, the same as no attribute.
    if (text === undefined || text === '0') continue;
    if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= most) {
      settings[key] = Number(text);
    } else wrong.push({ name, wanted: `1 to ${most}` });
  }
  const pinned = attributes.pinned === undefined ? 'spoofchk' : 'pinned';
  for (const [key, name] of [
    ['pinned', pinned],
    ['isolated', 'isolated'],
  ] as const) {
    const text = attributes[name];
    if (text === 'yes' || text === 'no') settings[key] = text === 'yes';
    else if (text !== undefined) wrong.push({ name, wanted: 'yes or no' });
  }
  if (attributes.network !== undefined) settings.network = attributes.network;
  const { relay } = attributes;
  const isName = relay !== undefined && relay.length <= PORT_NAME.max;
  if (isName && PORT_NAME.pattern.test(relay)) settings.relay = relay;
  else if (relay !== undefined)
    wrong.push({ name: 'relay', wanted: `a relay's name: ${PORT_NAME.want}` });
  readLink(attributes, settings, wrong);
  readTrunk(attributes, settings, wrong);
  readGuards(attributes, settings, wrong);
  return {
    settings,
    wrong,
    trouble: wrong.length > 0 ? undefined : (vlanTrouble(settings) ?? guardTrouble(settings)),
  };
}

function readLink(
  { link }: Readonly<Record<string, string>>,
  settings: PortSettings,
  wrong: ReadSettings['wrong'],
): void {
  const known = LINK.values.find((one) => one === link);
  if (known !== undefined) settings.link = known;
  else if (link !== undefined)
    wrong.push({ name: 'link', wanted: `one of ${LINK.values.join(', ')}` });
}

function readTrunk(
  attributes: Readonly<Record<string, string>>,
  settings: PortSettings,
  wrong: ReadSettings['wrong'],
): void {
  const { 'vlan-mode': mode, trunks } = attributes;
  const known = GUEST_VLAN_MODES.find((one) => one === mode);
  if (known !== undefined) settings.vlanMode = known;
  else if (mode !== undefined)
    wrong.push({ name: 'vlan-mode', wanted: `one of ${GUEST_VLAN_MODES.join(', ')}` });
  if (trunks === undefined) return;
  const vlans = vlansOfList(trunks);
  const list = vlans && vlanList(vlans);
  if (list !== undefined) settings.trunks = list;
  if (!vlans) wrong.push({ name: 'trunks', wanted: 'VLANs as 10,20-29' });
}

/** Lists, each with how it is read and what it must be. */
const LISTS = [
  ['guards', 'guards', guardList, 'guards of the switch, as ipv4,arp'],
  ['ipAddresses', 'ip_addresses', addressList, ADDRESSES_WANT],
  ['dhcpServers', 'dhcp_servers', addressList, ADDRESSES_WANT],
] as const;

function readGuards(
  attributes: Readonly<Record<string, string>>,
  settings: PortSettings,
  wrong: ReadSettings['wrong'],
): void {
  for (const [key, setting, listed, wanted] of LISTS) {
    const text = attributes[kebab(setting)];
    if (text === undefined) continue;
    const list = listed(text.split(','));
    if (list !== undefined) settings[key] = list;
    else wrong.push({ name: kebab(setting), wanted });
  }
  const way = attributes['address-learning'];
  const known = ADDRESS_LEARNING.values.find((one) => one === way);
  if (known !== undefined) settings.addressLearning = known;
  else if (way !== undefined)
    wrong.push({
      name: 'address-learning',
      wanted: `one of ${ADDRESS_LEARNING.values.join(', ')}`,
    });
}

/** Settings as attributes of `<vmlane:port>`; undefined ones are not written. */
export function settingAttributes(
  settings: PortSettings,
): Record<string, string | number | undefined> {
  const { relay, vlan, network, vlanMode, trunks } = settings;
  const { link, pinned, isolated, addressLearning } = settings;
  const lists = LISTS.map(([key, setting]) => [kebab(setting), settings[key]]);
  const numbers = NUMBER_ATTRIBUTES.map(({ key, name }) => [name, settings[key]]);
  return {
    relay,
    vlan,
    network,
    'vlan-mode': vlanMode,
    trunks,
    link,
    pinned: yesNo(pinned),
    isolated: yesNo(isolated),
    ...(Object.fromEntries(numbers) as Record<string, number | undefined>),
    ...(Object.fromEntries(lists) as Record<string, string | undefined>),
    'address-learning': addressLearning,
  };
}

function yesNo(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? 'yes' : 'no';
}

/** Settings in the switch's words. Whether addresses are pinned is not among them: that takes the MAC, too. */
export function settingValues(settings: PortSettings): Partial<PortRequest> {
  const { relay, vlanMode, trunks, link, isolated, addressLearning } = settings;
  const lists = LISTS.map(([key, setting]) => [setting, settings[key]]);
  const numbers = NUMBERS.map(([key, setting]) => [setting, settings[key]]);
  return {
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
    ...Object.fromEntries(lists.filter(([, value]) => value !== undefined)),
    ...(addressLearning !== undefined && { address_learning: addressLearning }),
    ...(relay !== undefined && { relay }),
    ...(vlanMode !== undefined && { vlan_mode: vlanMode }),
    ...(trunks !== undefined && { trunks }),
    ...(link !== undefined && { link }),
    ...(isolated !== undefined && { isolated: isolated ? 1 : 0 }),
  };
}
