/** What libvirt gives a NIC on a tap, and its port on the switch must give, too: VLANs, isolation, limits, filters. */
import { PORT_SETTINGS, VLAN } from '../../contract/bounds.js';
import { vlanList } from '../../values/vlan-list.js';
import { attribute, childrenOf, type Tree } from '../../xml/element.js';
import { filterOf } from './filters.js';
import type { PortSettings } from './port-settings.js';
import type { Refuse } from './refuse.js';
import { whole } from './values.js';

/** Elements whose content is kept by the port; libvirt refuses or ignores them on a vhost-user NIC (9.0). */
export const PROMISES = ['vlan', 'port', 'bandwidth', 'filterref'];

/** The settings of a NIC's port. @throws what `refuse` makes, for what no port can give, and what libvirt refuses */
export function promised<T extends Tree<T>>(nic: T, refuse: Refuse): PortSettings {
  const isIsolated = childrenOf(nic, 'port').some((one) => attribute(one, 'isolated') === 'yes');
  return {
    ...vlansOf(nic, refuse),
    ...(isIsolated && { isolated: true }),
    ...limitsOf(nic, refuse),
    ...filterOf(nic, refuse),
  };
}

/** The VLANs of a NIC, as its XML has them. */
export function tagsOf<T extends Tree<T>>(nic: T): string[] {
  const tags = childrenOf(childrenOf(nic, 'vlan')[0], 'tag');
  return tags.map((tag) => attribute(tag, 'id') ?? '');
}

/** Several tags are a trunk, one may be. Source: virNetDevVlanParse, virNetDevOpenvswitchConstructVlans. */
export function vlansOf<T extends Tree<T>>(nic: T, refuse: Refuse): PortSettings {
  const [vlan] = childrenOf(nic, 'vlan');
  if (!vlan) return {};
  const texts = tagsOf(nic);
  const bad = texts.length === 0 ? '' : texts.find((id) => !whole(id, 1, VLAN.max));
  if (bad !== undefined) throw refuse(`its VLAN is ${shown(bad)}`, `give 1 to ${VLAN.max}`);
  const ids = texts.map(Number);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw refuse(`its trunk has VLAN ${twice} twice`, 'name each once');
  const [native, ...more] = childrenOf(vlan, 'tag').filter((tag) => attribute(tag, 'nativeMode'));
  if (more.length > 0) throw refuse('its trunk has several native VLANs', 'leave one nativeMode');
  if (ids.length < 2 && attribute(vlan, 'trunk')?.toLowerCase() !== 'yes') {
    if (!native) return { vlan: ids[0] as number };
    const remedy = "write trunk='yes', or take nativeMode out";
    throw refuse('its VLAN has a nativeMode, and is no trunk', remedy);
  }
  const list = vlanList(ids);
  const trunks = list === undefined ? {} : { trunks: list };
  if (!native) return { vlanMode: 'trunk', ...trunks };
  const mode = attribute(native, 'nativeMode') ?? '';
  if (mode !== 'tagged' && mode !== 'untagged')
    throw refuse(`its nativeMode is ${shown(mode)}`, 'give tagged or untagged');
  return { vlan: Number(attribute(native, 'id')), vlanMode: `native-${mode}`, ...trunks };
}

/** The limits of `<bandwidth>`. */
export function limitsOf<T extends Tree<T>>(nic: T, refuse: Refuse): PortSettings {
  return { ...limitOf(nic, 'inbound', refuse), ...limitOf(nic, 'outbound', refuse) };
}

/** 0 is no limit. Source: virNetDevBandwidthParseRate. */
function limitOf<T extends Tree<T>>(
  nic: T,
  direction: 'inbound' | 'outbound',
  refuse: Refuse,
): PortSettings {
  const [rate] = childrenOf(childrenOf(nic, 'bandwidth')[0], direction);
  const { max } = PORT_SETTINGS[direction];
  const given = (name: string) => {
    const text = attribute(rate, name);
    const number = whole(text, 0, max);
    if (text === undefined || number !== undefined) return number;
    throw refuse(`its ${direction} ${name} is ${shown(text)}`, `give 0 to ${max}, in KiB`);
  };
  const [average, peak, burst] = ['average', 'peak', 'burst'].map(given);
  if (!average && (peak || burst))
    throw refuse(`its ${direction} limit has no average`, 'give it one, or take the limit out');
  return {
    ...(average && { [direction]: average }),
    ...(peak && { [`${direction}Peak`]: peak }),
    ...(burst && { [`${direction}Burst`]: burst }),
  };
}

/** What a NIC's limits have that no port can give, by name: `floor`. */
export function unkept<T extends Tree<T>>(nic: T): string[] {
  const rates = childrenOf(nic, 'bandwidth').flatMap(({ children }) => children);
  const names = rates.flatMap(({ attributes }) => Object.keys(attributes));
  return [...new Set(names)].filter((name) => !['average', 'peak', 'burst'].includes(name));
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
