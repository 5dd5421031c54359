/** Settings of the switch's ports in `<metadata>`: from a spec or by hand (`ports`), and from a conversion. */

import { PORT_SETTINGS } from '../../contract/bounds.js';
import { childrenOf, type Element } from '../../xml/element.js';
import { named, OURS } from './metadata.js';

/** Settings of one port that libvirt has no place for on a vhost-user NIC; empty if there are none. */
export interface PortSettings {
  vlan?: number;
  /** The network of the switch whose VLAN that was, or, without one, will be: the host where it starts says it. */
  network?: string;
  /** Whether the NIC's MAC is the only source address; see read/pinned.ts for NICs without this. */
  pinned?: boolean;
  /** How many addresses may be learned there, from 1 on. */
  addressLimit?: number;
  /** How many frames a second may be flooded from there. */
  floodLimit?: number;
}

/** What `<metadata>` says about a domain's ports. */
export interface KeptSettings {
  /** By the sockets' paths. */
  settings: ReadonlyMap<string, PortSettings>;
  /** Invalid settings, one line each. */
  troubles: readonly string[];
}

/** Where settings are: namespace, outer element, inner ones. A later place wins, key by key. */
const PLACES = [
  [OURS.convert[1], 'convert', 'interface'],
  [OURS.ports[1], 'ports', 'port'],
] as const;

const NUMBERS = [
  ['vlan', 'vlan', PORT_SETTINGS.vlan.max],
  ['address-limit', 'addressLimit', PORT_SETTINGS.address_limit.max],
  ['flood-limit', 'floodLimit', PORT_SETTINGS.flood_limit.max],
] as const;

export function keptSettings(domain: Element): KeptSettings {
  const settings = new Map<string, PortSettings>();
  const troubles: string[] = [];
  for (const metadata of childrenOf(domain, 'metadata')) {
    for (const [namespace, outer, inner] of PLACES) {
      for (const record of named(metadata, outer, namespace, [metadata, domain])) {
        for (const port of named(record, inner, namespace, [record, metadata, domain])) {
          const { path } = port.attributes;
          if (path === undefined) continue;
          settings.set(path, merged(settings.get(path), read(port, path, troubles)));
        }
      }
    }
  }
  return { settings, troubles };
}

/** Where a later place says one of VLAN and network, an earlier one's other does not count. */
function merged(before: PortSettings = {}, own: PortSettings): PortSettings {
  const { vlan: _, network: __, ...others } = before;
  const isOwn = own.vlan !== undefined || own.network !== undefined;
  return { ...(isOwn ? others : before), ...own };
}

function read({ name, attributes }: Element, path: string, troubles: string[]): PortSettings {
  const settings: PortSettings = {};
  const tell = (key: string, wanted: string) =>
    troubles.push(`<${name}> of ${path}: ${key} is "${attributes[key]}", not ${wanted}`);
  for (const [key, setting, most] of NUMBERS) {
    const text = attributes[key];
    // 0 means none, the same as no attribute.
    if (text === undefined || text === '0') continue;
    if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= most) {
      settings[setting] = Number(text);
    } else tell(key, `1 to ${most}`);
  }
  if (attributes.network !== undefined) settings.network = attributes.network;
  // `spoofchk` is the former name, which defined domains still have.
  const key = attributes.pinned === undefined ? 'spoofchk' : 'pinned';
  const pinned = attributes[key];
  if (pinned === 'yes' || pinned === 'no') settings.pinned = pinned === 'yes';
  else if (pinned !== undefined) tell(key, 'yes or no');
  return settings;
}

/** Settings as attributes of `<vmlane:port>`; undefined ones are not written. */
export function settingAttributes({
  vlan,
  network,
  pinned,
  addressLimit,
  floodLimit,
}: PortSettings) {
  return {
    vlan,
    network,
    pinned: pinned === undefined ? undefined : pinned ? 'yes' : 'no',
    'address-limit': addressLimit,
    'flood-limit': floodLimit,
  };
}
