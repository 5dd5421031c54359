import { InvalidInput } from '../../values/errors.js';
import type { NicChoice, NicSelector } from '../policy.js';
import { get } from '../syntax/properties.js';
import { asksVhost, type Nic } from './nics.js';

export interface Chosen {
  nics: Nic[];
  /** Selectors that match no NIC of this guest, in words. */
  notes: string[];
}

/** The NICs to rewrite by the policy. @throws InvalidInput for a named one that cannot be rewritten */
export function chooseNics(nics: readonly Nic[], choice: NicChoice): Chosen {
  const possible = nics.filter((nic) => nic.obstacle === undefined);
  if (choice === 'virtio') return { nics: possible, notes: [] };
  if (choice === 'vhost') return { nics: possible.filter(asksVhost), notes: [] };
  const named = nics.filter((nic) => choice.some((selector) => fits(nic, selector)));
  const impossible = named.find((nic) => nic.obstacle !== undefined && !isVhostUser(nic));
  if (impossible) {
    throw new InvalidInput({
      thing: `NIC ${impossible.netdevId}`,
      problem: `the settings name it, but ${impossible.obstacle}`,
      remedy: 'make it a virtio NIC on a bridge or network, or leave it out of the settings',
    });
  }
  const unused = choice.filter((selector) => !nics.some((nic) => fits(nic, selector)));
  return {
    nics: named.filter((nic) => possible.includes(nic)),
    notes: unused.map((one) => `this guest has no NIC with ${described(one)}`),
  };
}

/** Whether the guest's own definition already has the wanted back end. */
function isVhostUser({ tap }: Nic): boolean {
  return get(tap, 'type') === 'vhost-user';
}

function fits(nic: Nic, selector: NicSelector): boolean {
  const ids = [nic.netdevId, get(nic.card, 'id')];
  return isNamed({ mac: get(nic.card, 'mac'), ids, taps: nic.taps }, selector);
}

/** By what a NIC may be named. */
export interface NicNames {
  mac: string | undefined;
  /** Of the device and of its netdev. */
  ids: readonly (string | undefined)[];
  taps: readonly string[];
}

/** Whether a selector names a NIC. */
export function isNamed({ mac, ids, taps }: NicNames, selector: NicSelector): boolean {
  if ('mac' in selector) return mac?.toLowerCase() === selector.mac.toLowerCase();
  return 'tap' in selector ? taps.includes(selector.tap) : ids.includes(selector.id);
}

function described(selector: NicSelector): string {
  const [[key, value] = []] = Object.entries(selector);
  return `${key === 'mac' ? 'MAC' : key} ${value}`;
}
