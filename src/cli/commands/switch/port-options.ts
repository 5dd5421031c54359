/** Settings of a port as options, and as the switch takes them. */
import type { PortChange } from '../../../switch/index.js';
import { integer, text } from '../../options.js';

export const portOptions = {
  vlan: integer('vlan', 0, 4094, 'VLAN of the port; 0: none'),
  mac: text('mac', 'The only source address that is let in; none: any'),
  'address-limit': integer('address-limit', 1, 65_536, 'Addresses that may be learned here'),
  'flood-limit': integer('flood-limit', 0, 100_000_000, 'Flooded frames a second; 0: any'),
} as const;

type Given = { [name in keyof typeof portOptions]?: string | number | undefined };

/** What was given, under the protocol's names. */
export function portSettings(given: Given): Omit<PortChange, 'name' | 'lcore'> {
  const { mac } = given;
  return {
    ...named(given, ['vlan', 'address-limit', 'flood-limit']),
    ...(mac !== undefined && { mac: mac === 'none' ? null : String(mac) }),
  };
}

/** Those of the options that were given: `flood-limit` as `flood_limit`. */
export function named<K extends string>(
  given: { readonly [name in K]?: unknown },
  names: readonly K[],
): Record<string, unknown> {
  const there = names.filter((name) => given[name] !== undefined);
  return Object.fromEntries(there.map((name) => [name.replaceAll('-', '_'), given[name]]));
}
