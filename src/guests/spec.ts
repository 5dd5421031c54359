/** A guest's spec with what only its host knows: addresses of VFs, and images for cloud-init. */

import { type DomainOptions, generateDomain } from '../domain/index.js';
import { isRemote } from '../libvirt/uri.js';
import { type Guest, type HostLookup, identitiesByName, parseSpec } from '../spec/index.js';
import { seedDisks } from '../spec/seeds.js';
import { sysfsLookup } from '../sriov/lookup.js';
import { nameOf } from '../system/input.js';
import { InvalidInput } from '../values/errors.js';
import type { Tell } from './remove-ports.js';
import { type PlannedSeed, planSeeds } from './seed.js';

/** Where a guest will run. */
export interface Place {
  /** Folder that stands for / when the host is looked at. */
  root?: string;
  /** libvirt's URI; '' is this host. */
  uri?: string;
}

/**
 * Reads a spec's text as a guest; messages call it `file`. VFs named by their PF are looked up on this
 * host; for a guest of another host they are refused. @throws InvalidInput as parseSpec
 */
export function readSpec(text: string, file: string, { root = '/', uri = '' }: Place = {}): Guest {
  return parseSpec(text, nameOf(file), identitiesByName, vfsOfHost(uri, root));
}

/** Looks up VFs by their PF for a guest at this URI. */
export function vfsOfHost(uri: string, root = '/'): HostLookup {
  if (!isRemote(uri)) return sysfsLookup(root);
  const problem = `the VF is known by its PF, and ${uri} is another host`;
  return { vfAddress: () => ({ problem, remedy: 'give its address' }) };
}

/** A guest's domain XML; reports what an old libvirt lacks. @throws InvalidInput as generateDomain */
export function xmlOf(guest: Guest, options: DomainOptions, tell: Tell): string {
  const { xml, warnings } = generateDomain(guest, options);
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
  if (!isRemote(uri)) return planSeeds(guest);
  const problem = "is made on this host, and the guest's is another";
  const remedy = 'define the guest there, or make the image there and name it as a file';
  throw new InvalidInput({ thing: first.path, problem, remedy });
}
