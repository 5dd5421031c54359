/** libvirt's network filters that a port of the switch can keep, as its guards. */
import { ADDRESS_LEARNING } from '../../contract/bounds.js';
import { ADDRESSES_WANT, addressList, type Guard, guardList, isIpv4 } from '../../values/guards.js';
import { attribute, childrenOf, type Tree } from '../../xml/element.js';
import type { PortSettings } from './port-settings.js';
import type { Refuse } from './refuse.js';

/** What a filter comes to. */
interface Known {
  guards?: readonly Guard[];
  /** The guest sends from its MAC only. */
  pinned?: true;
  /** The variables that it cannot do without; IPv4 addresses libvirt learns. */
  needs?: 'IP' | 'IPV6' | 'DHCPSERVER';
}

/**
 * By name, of those that libvirt brings (src/nwfilter/xml of 9.0). That of clean-traffic lets a guest be a DHCP
 * server, too; here it does not. allow-dhcp forbids nothing.
 */
const KNOWN: Readonly<Record<string, Known>> = {
  'clean-traffic': { guards: ['ipv4', 'arp', 'servers', 'others'], pinned: true, needs: 'IP' },
  'no-mac-spoofing': { pinned: true },
  'no-ip-spoofing': { guards: ['ipv4'], needs: 'IP' },
  'no-ipv6-spoofing': { guards: ['ipv6'], needs: 'IPV6' },
  'no-arp-spoofing': { guards: ['arp'], needs: 'IP' },
  'allow-dhcp': {},
  'allow-dhcp-server': { needs: 'DHCPSERVER' },
};

/** The filters that are kept, for messages. */
export const KEPT_FILTERS = Object.keys(KNOWN).join(', ');

/** The settings of a NIC's filter. @throws what `refuse` makes, for a filter that no port can keep */
export function filterOf<T extends Tree<T>>(nic: T, refuse: Refuse): PortSettings {
  const [filter, another] = childrenOf(nic, 'filterref');
  if (!filter) return {};
  const name = attribute(filter, 'filter') ?? '';
  const without = 'take <filterref> out if the guest may go without';
  if (another) throw refuse('has several network filters', 'leave one <filterref>');
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  if (!known)
    throw refuse(
      `has the network filter ${shown(name)}, and the switch keeps only ${KEPT_FILTERS}`,
      without,
    );
  const variables = variablesOf(filter, name, refuse);
  checkMac(nic, variables.get('MAC') ?? [], refuse);
  checkKinds(variables, refuse);
  const addresses = addressesOf(known, variables, name, refuse);
  // Who learns from servers is none: it would give itself any address.
  const more: Guard[] = addresses.addressLearning === 'dhcp' ? ['servers'] : [];
  const guards = guardList([...(known.guards ?? []), ...more]);
  return {
    ...(guards !== undefined && { guards }),
    ...(known.pinned && { pinned: true }),
    ...addresses,
    ...listOf('dhcpServers', variables.get('DHCPSERVER'), refuse),
  };
}

const VARIABLES = ['IP', 'IPV6', 'MAC', 'DHCPSERVER', 'CTRL_IP_LEARNING'];

/** A variable that is given several times has several values. */
function variablesOf<T extends Tree<T>>(
  filter: T,
  name: string,
  refuse: Refuse,
): Map<string, string[]> {
  const variables = new Map<string, string[]>();
  for (const parameter of childrenOf(filter, 'parameter')) {
    const variable = attribute(parameter, 'name') ?? '';
    if (!VARIABLES.includes(variable))
      throw refuse(
        `its network filter ${name} has the parameter ${shown(variable)}, which the switch does not know`,
        `take that out, known are ${VARIABLES.join(', ')}`,
      );
    const value = attribute(parameter, 'value') ?? '';
    variables.set(variable, [...(variables.get(variable) ?? []), value]);
  }
  return variables;
}

function checkMac<T extends Tree<T>>(nic: T, macs: string[], refuse: Refuse): void {
  const own = attribute(childrenOf(nic, 'mac')[0], 'address')?.toLowerCase();
  const other = macs.find((mac) => mac.toLowerCase() !== own);
  if (other === undefined) return;
  throw refuse(`its network filter's MAC is ${shown(other)}`, 'give its own, or take MAC out');
}

/**
 * A variable has addresses of the kind that libvirt's filters compare it with: others would be allowed here, and
 * nothing there.
 */
function checkKinds(variables: ReadonlyMap<string, string[]>, refuse: Refuse): void {
  for (const [name, kind] of [
    ['IP', 'IPv4'],
    ['IPV6', 'IPv6'],
    ['DHCPSERVER', 'IPv4'],
  ] as const) {
    const values = variables.get(name) ?? [];
    const other = values.find((value) => isIpv4(value) !== (kind === 'IPv4'));
    if (other === undefined || addressList([other]) === undefined) continue;
    throw refuse(`its network filter's ${name} is ${shown(other)}`, `give addresses of ${kind}`);
  }
}

/** IPv4 addresses that are not given are learnt, in libvirt's way `any` unless another is named. */
function addressesOf(
  { needs }: Known,
  variables: ReadonlyMap<string, string[]>,
  name: string,
  refuse: Refuse,
): PortSettings {
  const given = [...(variables.get('IP') ?? []), ...(variables.get('IPV6') ?? [])];
  const addresses = listOf('ipAddresses', given.length > 0 ? given : undefined, refuse);
  if (needs === undefined || variables.has(needs)) return addresses;
  const [way = 'any', twice] = variables.get('CTRL_IP_LEARNING') ?? [];
  const known = ADDRESS_LEARNING.values.find((one) => one === way);
  if (known === undefined || twice !== undefined)
    throw refuse(`its CTRL_IP_LEARNING is ${shown(twice ?? way)}`, 'give any, dhcp or none, once');
  if (needs !== 'IP' || known === 'none')
    throw refuse(`its network filter ${name} has no parameter ${needs}`, 'give it one');
  return { ...addresses, addressLearning: known };
}

function listOf(
  key: 'ipAddresses' | 'dhcpServers',
  texts: string[] | undefined,
  refuse: Refuse,
): PortSettings {
  if (texts === undefined) return {};
  const list = addressList(texts);
  if (list === undefined)
    throw refuse(`its network filter has ${shown(texts.join(','))}`, `give ${ADDRESSES_WANT}`);
  return { [key]: list };
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
