/** Devices of the host requested by libvirt's domains. */

import { openDomain } from '../../domain/index.js';
import type { DomainInfo, Libvirt } from '../../libvirt/index.js';

/** A domain that requests a device. */
export interface DomainUse {
  name: string;
  running: boolean;
}

/** By the devices' addresses. */
export type DomainUses = ReadonlyMap<string, readonly DomainUse[]>;

/** The part of libvirt's connection that we use. */
interface Domains extends Pick<Libvirt, 'xml'> {
  list(): Promise<readonly Pick<DomainInfo, 'name' | 'state'>[]>;
}

/** Devices requested by all domains. Rejects with Failed if libvirt does not answer. */
export async function readDomainUses(libvirt: Domains): Promise<DomainUses> {
  const uses = new Map<string, DomainUse[]>();
  for (const { name, state } of await libvirt.list()) {
    const running = state !== 'shut off' && state !== 'crashed';
    for (const { address } of openDomain(await libvirt.xml(name)).hostDevices) {
      if (address === undefined) continue;
      uses.set(address, [...(uses.get(address) ?? []), { name, running }]);
    }
  }
  return uses;
}
