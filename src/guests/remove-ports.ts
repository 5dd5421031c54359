/** A domain's ports in the switch. */
import { openDomain } from '../domain/index.js';
import { ownPorts } from '../domain/own-ports.js';
import type { DomainInfo, Libvirt } from '../libvirt/index.js';
import { isNotRunning, type Port, type SwitchClient } from '../switch/index.js';
import { removeFreePorts } from '../switch/remove.js';
import type { VmlaneError } from '../values/errors.js';

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
  const nics = texts.flatMap((text) => openDomain(text).vhostUserInterfaces);
  return [...new Set(nics.map(({ path }) => path))];
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

/** Says which ports of a domain are gone, and which not. */
export function tellRemoved(
  say: (text: string) => void,
  domain: string,
  { removed, busy }: RemovedPorts,
): void {
  for (const name of removed) say(`${domain}: port ${name} is removed`);
  for (const name of busy) {
    say(`${domain}: port ${name} stays: it is up, so another guest has its socket`);
  }
}

/**
 * Says that a domain's ports stay where the switch cannot be asked. A switch that does not run has none, and
 * one on another host is out of reach: neither is a failure. Throws what else is wrong with the switch.
 */
export function tellOutOfReach(
  say: (text: string) => void,
  domain: string,
  { why, error }: { why: string; error?: VmlaneError },
): void {
  if (error && !isNotRunning(error)) throw error;
  say(`${domain}: its ports stay: ${why}`);
}
