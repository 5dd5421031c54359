/** Guards of a port, and the addresses that they know, as the switch writes them. */
import { GUARD } from '../contract/bounds.js';

/** A check of what a guest sends. */
export type Guard = (typeof GUARD.values)[number];

/** The most addresses of a list, as the switch has it (native/datapath/address_list.h). */
const ADDRESSES = 16;

/** What a list of addresses must be. */
export const ADDRESSES_WANT = `1 to ${ADDRESSES} unicast addresses of IPv4 and IPv6`;

/** The guards in the switch's order; undefined for what are none. */
export function guardList(guards: readonly string[]): string | undefined {
  const known = GUARD.values.filter((one) => guards.includes(one));
  return guards.length > 0 && guards.every((one) => known.some((guard) => guard === one))
    ? known.join(',')
    : undefined;
}

/** The addresses in the switch's order and spelling; undefined for a list that it refuses. */
export function addressList(addresses: readonly string[]): string | undefined {
  const all = addresses.map((address) => {
    return isIpv4(address) ? ipv4(address) : ipv6(address);
  });
  const known = [...new Set(all)].filter((one) => one !== undefined);
  if (all.includes(undefined) || known.length < 1 || known.length > ADDRESSES) return undefined;
  const sorted = known.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return sorted.join(',');
}

const IPV4 = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/;

/** Whether it is one, as the switch writes them. */
export function isIpv4(address: string): boolean {
  return IPV4.test(address) && address.split('.').every((one) => Number(one) < 256);
}

function ipv4(address: string): string | undefined {
  const first = Number(address.split('.')[0]);
  return first !== 0 && first !== 127 && first < 224 ? address : undefined;
}

/** As RFC 5952 has it. */
function ipv6(address: string): string | undefined {
  const url = `http://[${address}]`;
  if (!/^[0-9A-Fa-f:.]+$/.test(address) || !URL.canParse(url)) return undefined;
  const text = new URL(url).hostname.slice(1, -1);
  const isOne = text !== '::' && text !== '::1' && !/^(ff..:|::ffff:)/.test(text);
  return isOne ? text : undefined;
}

/** IPv4 before IPv6, each by its bytes. */
function keyOf(address: string): string {
  if (isIpv4(address))
    return `4${address
      .split('.')
      .map((one) => one.padStart(3, '0'))
      .join()}`;
  const [before = '', after] = address.split('::');
  const groups = (text = '') => text.split(':').filter((one) => one !== '');
  const missing = 8 - groups(before).length - groups(after).length;
  const between = Array.from({ length: after === undefined ? 0 : missing }, () => '0');
  const all = [...groups(before), ...between, ...groups(after)];
  return `6${all.map((one) => one.padStart(4, '0')).join()}`;
}

/** Settings that go together. */
export interface GuardSettings {
  guards?: string | undefined;
  addressLearning?: string | undefined;
}

/** What is wrong with guards that do not go together, and at which of them. Source: the switch's guard_json_check. */
export function guardTrouble({ guards = '', addressLearning = 'none' }: GuardSettings) {
  const isAsked = guards.split(',').some((one) => one === 'ipv4' || one === 'arp');
  if (addressLearning === 'none' || isAsked) return undefined;
  return {
    at: 'addressLearning' as const,
    problem: 'no guard asks for addresses of IPv4, so none is learnt',
    remedy: 'leave it out, or add the guard ipv4 or arp',
  };
}
