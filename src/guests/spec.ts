/**
 * A guest's spec with what only its host knows: addresses of VFs, and images for cloud-init. Most specs need neither,
 * nor a template: these are loaded only then.
 */

import { plainDomain } from '../domain/generate.js';
import type { DomainOptions } from '../domain/index.js';
import { isRemote } from '../libvirt/uri.js';
import { type Guest, type HostLookup, identitiesByName, parseSpec } from '../spec/index.js';
import { seedDisks } from '../spec/seeds.js';
import { sysfsLookup } from '../sriov/lookup.js';
import { nameOf } from '../system/input.js';
import { InvalidInput } from '../values/errors.js';
import { NO_MAC } from '../values/vf-mac.js';
import type { Tell } from './remove-ports.js';
import type { PlannedSeed } from './seed.js';

/** Where a guest will run. */
export interface Place {
  /** Folder that stands for / when the host is looked at. */
  root?: string;
  /** libvirt's URI; '' is this host. */
  uri?: string;
}

/**
 * Reads a spec's text as a guest; messages call it `file`. VFs named by their PF, and the MACs of relays' VFs, are
 * looked up on this host; for a guest of another host they are refused. Rejects with InvalidInput as parseSpec
 */
export async function readSpec(
  text: string,
  file: string,
  { root = '/', uri = '' }: Place = {},
): Promise<Guest> {
  const host = vfsOfHost(uri, root);
  if (isRemote(uri)) return parseSpec(text, nameOf(file), identitiesByName, host);
  let asks = false;
  const relayMac = () => {
    asks = true;
    return undefined;
  };
  const guest = parseSpec(text, nameOf(file), identitiesByName, { ...host, relayMac });
  if (!asks) return guest;
  // The switch and `ip` answer later than a spec is read, so it is read again with what they said.
  const macs = await relayMacs(root);
  const known = { ...host, relayMac: (relay: string) => macs.get(relay) };
  return parseSpec(text, nameOf(file), identitiesByName, known);
}

/** The VFs' MACs by their relays' names, of those that have one: of a bond that of its first member. */
async function relayMacs(root: string): Promise<ReadonlyMap<string, string>> {
  const { switchFacts } = await import('./switch-facts.js');
  const { relays = [] } = await switchFacts(root);
  return new Map(
    relays.flatMap(({ name, vfs: [vf] }) => (vf && vf.mac !== NO_MAC ? [[name, vf.mac]] : [])),
  );
}

/** Looks up VFs by their PF for a guest at this URI. The MACs of relays are readSpec's business. */
export function vfsOfHost(uri: string, root = '/'): HostLookup {
  if (!isRemote(uri)) return sysfsLookup(root);
  const problem = `the VF is known by its PF, and ${uri} is another host`;
  const mac = `is that of the relay's VF, and ${uri} is another host`;
  return {
    vfAddress: () => ({ problem, remedy: 'give its address' }),
    relayMac: () => ({ problem: mac, remedy: 'give it' }),
  };
}

/** A guest's domain XML; reports what an old libvirt lacks. Rejects with InvalidInput as generateDomain. */
export async function xmlOf(guest: Guest, options: DomainOptions, tell: Tell): Promise<string> {
  const { xml, warnings } =
    options.template === undefined
      ? plainDomain(guest, options.libvirt)
      : (await import('../domain/index.js')).generateDomain(guest, options);
  for (const warning of warnings) tell(`${guest.name}: ${warning}`);
  return xml;
}

/**
 * Plans a guest's images for cloud-init. Rejects with InvalidInput as planSeeds, and for guests on
 * another host.
 */
export async function seedsOf(guest: Guest, uri: string): Promise<PlannedSeed[]> {
  const [first] = seedDisks(guest);
  if (first === undefined) return [];
  if (!isRemote(uri)) return (await import('./seed.js')).planSeeds(guest);
  const problem = "is made on this host, and the guest's is another";
  const remedy = 'define the guest there, or make the image there and name it as a file';
  throw new InvalidInput({ thing: first.path, problem, remedy });
}
