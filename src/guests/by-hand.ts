/** Settings of a port made by hand: finds the guest whose start would undo them. */
import { openDomain } from '../domain/index.js';
import type { Libvirt } from '../libvirt/index.js';
import { isNoSuchDomain } from '../libvirt/index.js';
import type { Port } from '../switch/index.js';
import { ownPorts } from './ports.js';

/** A port's guest; `wrapped`: qemu-wrap asks for the port, otherwise the guest's definition names it. */
export interface PortOwner {
  guest: string;
  wrapped: boolean;
}

/** The guest that owns a port, by libvirt's domains; undefined if none does. Rejects as libvirt does. */
export async function portOwner(
  libvirt: Pick<Libvirt, 'list' | 'xml'>,
  port: Pick<Port, 'name' | 'path'>,
): Promise<PortOwner | undefined> {
  for (const { name } of await libvirt.list()) {
    try {
      const own = ownPorts([openDomain(await libvirt.xml(name))]);
      if (own.has(port)) return { guest: name, wrapped: own.wrapped.has(port.name) };
    } catch (error) {
      if (!isNoSuchDomain(error)) throw error;
    }
  }
  return undefined;
}
