/** Devices of the host that domains of libvirt ask for. */

import type { DomainInfo, Libvirt } from '../../libvirt/index.js';
import { pciAddressOf } from '../../values/pci.js';
import { children, readDomain } from '../../xml/read.js';

/** A domain that asks for a device. */
export interface DomainUse {
  name: string;
  running: boolean;
}

/** By the devices' addresses. */
export type DomainUses = ReadonlyMap<string, readonly DomainUse[]>;

/** What is asked of libvirt. */
interface Domains extends Pick<Libvirt, 'xml'> {
  list(): Promise<readonly Pick<DomainInfo, 'name' | 'state'>[]>;
}

/** What all domains ask for. Rejects with Failed when libvirt does not answer. */
export async function readDomainUses(libvirt: Domains): Promise<DomainUses> {
  const uses = new Map<string, DomainUse[]>();
  for (const { name, state } of await libvirt.list()) {
    const running = state !== 'shut off' && state !== 'crashed';
    for (const address of assigned(await libvirt.xml(name))) {
      uses.set(address, [...(uses.get(address) ?? []), { name, running }]);
    }
  }
  return uses;
}

/** PCI addresses of a domain's assigned devices, VFs and others; of a pool's VFs while it runs. @throws InvalidInput */
export function assigned(xml: string): string[] {
  const devices = children(readDomain(xml), 'devices');
  const nics = devices
    .flatMap((one) => children(one, 'interface'))
    .filter(({ attributes }) => attributes.type === 'hostdev');
  const others = devices
    .flatMap((one) => children(one, 'hostdev'))
    .filter(({ attributes }) => attributes.type === 'pci');
  return [...nics, ...others].flatMap((device) =>
    children(device, 'source')
      .flatMap((source) => children(source, 'address'))
      .flatMap(({ attributes }) => pciAddressOf((name) => attributes[name]) ?? []),
  );
}
