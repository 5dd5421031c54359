/** A domain's ports in the switch. */
import { vhostUserInterfaces } from '../domain/index.js';
import { ownPorts } from '../domain/own-ports.js';
import type { DomainInfo, Libvirt } from '../libvirt/index.js';
import type { Port, SwitchClient } from '../switch/index.js';
import { removeFreePorts } from '../switch/remove.js';

/** How long the switch may take to see that a guest is gone. */
const LEAVE_MS = 3000;

/** What became of the ports, by their names: those that somebody is on stay. */
export interface RemovedPorts {
  removed: string[];
  busy: string[];
}

/** Sockets of a domain's vhost-user NICs: of the guest if it runs, and of the definition that it has beside. */
export async function socketsOf(
  libvirt: Pick<Libvirt, 'xml' | 'definition'>,
  { name, persistent }: Pick<DomainInfo, 'name' | 'persistent'>,
): Promise<string[]> {
  const texts = [await libvirt.xml(name)];
  if (persistent) texts.push(await libvirt.definition(name));
  return [...new Set(texts.flatMap(vhostUserInterfaces).map(({ path }) => path))];
}

/** Removes the ports of a guest that is off. One that stays up has somebody else's guest on it, and is left. */
export async function removePorts(
  client: Pick<SwitchClient, 'ports' | 'removePort'>,
  domain: string,
  sockets: readonly string[],
): Promise<RemovedPorts> {
  const own = (present: readonly Port[]) => ownPorts(present, domain, sockets);
  const { removed, busy } = await removeFreePorts(client, own, LEAVE_MS);
  return { removed: removed.map(({ name }) => name), busy: busy.map(({ name }) => name) };
}
