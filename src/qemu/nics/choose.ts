import { InvalidInput } from '../../values/errors.js';
import type { NicChoice, NicSelector, VhostUser } from '../policy.js';
import { get } from '../syntax/properties.js';
import { plainMac } from './mac.js';
import { asksVhost, type Nic } from './nics.js';

export interface Chosen {
  nics: Nic[];
  /** Selectors that match no NIC of this guest, and NICs that stay where they are, in words. */
  notes: string[];
}

/** The NICs to rewrite by the policy. @throws InvalidInput for a named one that cannot be rewritten */
export function chooseNics(nics: readonly Nic[], choice: NicChoice): Chosen {
  const possible = nics.filter((nic) => nic.obstacle === undefined);
  if (choice === 'virtio' || choice === 'vhost') {
    const wanted = (nic: Nic) => choice === 'virtio' || asksVhost(nic);
    const stay = nics.filter((nic) => nic.surprising && wanted(nic));
    const notes = stay.map(({ netdevId, obstacle }) => `NIC ${netdevId} stays: ${obstacle}`);
    return { nics: possible.filter(wanted), notes };
  }
  const named = nics.filter((nic) => choice.some((selector) => isNamed(namesOf(nic), selector)));
  const impossible = named.find((nic) => nic.obstacle !== undefined && !isVhostUser(nic));
  if (impossible) {
    throw new InvalidInput({
      thing: `NIC ${impossible.netdevId}`,
      problem: `the settings name it, but ${impossible.obstacle}`,
      remedy: impossible.surprising
        ? 'change that, or leave the NIC out of the settings'
        : 'make it a virtio NIC on a bridge or network, or leave it out of the settings',
    });
  }
  const unused = choice.filter((selector) => !nics.some((nic) => isNamed(namesOf(nic), selector)));
  return {
    nics: named.filter((nic) => possible.includes(nic)),
    notes: unused.map((one) => `this guest has no NIC with ${described(one)}`),
  };
}

/** Whether the guest's own definition already has the wanted back end. */
function isVhostUser({ tap }: Nic): boolean {
  return get(tap, 'type') === 'vhost-user';
}

/** By what a NIC of the arguments may be named. */
export function namesOf({ netdevId, card, taps }: Nic): NicNames {
  return { mac: plainMac(get(card, 'mac') ?? ''), ids: [netdevId, get(card, 'id')], taps };
}

/** By what a NIC may be named. */
export interface NicNames {
  /** In lower case, with colons. */
  mac: string | undefined;
  /** Of the device and of its netdev. */
  ids: readonly (string | undefined)[];
  taps: readonly string[];
}

/** Whether a selector names a NIC. */
export function isNamed({ mac, ids, taps }: NicNames, selector: NicSelector): boolean {
  if ('mac' in selector) return mac === selector.mac.toLowerCase();
  return 'tap' in selector ? taps.includes(selector.tap) : ids.includes(selector.id);
}

/** Whether the policy lets a NIC's guest send from other addresses than its MAC, too. */
export function hasOtherMacs(names: NicNames, { otherMacs }: VhostUser): boolean {
  return otherMacs === 'all' || otherMacs.some((selector) => isNamed(names, selector));
}

function described(selector: NicSelector): string {
  const [[key, value] = []] = Object.entries(selector);
  return `${key === 'mac' ? 'MAC' : key} ${value}`;
}
