/** Settings of a port that somebody makes by hand: whose guest's start would undo them. */
import { openDomain } from '../domain/index.js';
import type { Libvirt } from '../libvirt/index.js';
import { isNoSuchDomain } from '../libvirt/index.js';
import type { Port } from '../switch/index.js';
import { ownPorts } from './ports.js';

/** The guest that a port is of; `wrapped`: qemu-wrap asks for the port, else the guest's definition names it. */
export interface PortOwner {
  guest: string;
  wrapped: boolean;
}

/** Whose a port is, by libvirt's domains; undefined: nobody's. Rejects as libvirt does. */
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
