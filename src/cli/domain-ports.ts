/** A domain's ports in the switch. */
import { setTimeout as sleep } from 'node:timers/promises';
import { vhostUserInterfaces } from '../domain/index.js';
import type { DomainInfo, Libvirt } from '../libvirt/index.js';
import { type Port, portName, type SwitchClient } from '../switch/index.js';

/** How long the switch may take to see that a guest is gone. */
const LEAVE_MS = 3000;
const LOOK_MS = 50;

/** What became of the ports: those that somebody is on stay. */
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

/** Ports on these sockets that have a name of ours; one that somebody named otherwise is not ours. */
export function ownPorts(present: readonly Port[], domain: string, sockets: string[]): Port[] {
  return present.filter(({ name, path }) => sockets.includes(path) && isOwnName(name, domain));
}

/** Whether this is what we call the port of a NIC of the domain, plugged or defined. */
export function isOwnName(port: string, domain: string): boolean {
  const index = /\.(\d{1,5})$/.exec(port)?.[1];
  return index !== undefined && portName(domain, Number(index)) === port;
}

/**
 * Removes the ports of a guest that is off. One that stays up has somebody else's guest on it, and
 * is left.
 */
export async function removePorts(
  client: Pick<SwitchClient, 'ports' | 'removePort'>,
  domain: string,
  sockets: string[],
): Promise<RemovedPorts> {
  const removed: string[] = [];
  for (const end = Date.now() + LEAVE_MS; ; await sleep(LOOK_MS)) {
    const own = ownPorts(await client.ports(), domain, sockets);
    for (const { name } of own.filter(({ state }) => state === 'waiting')) {
      if ((await client.removePort(name)).changed) removed.push(name);
    }
    const busy = own.filter(({ state }) => state === 'up').map(({ name }) => name);
    if (busy.length === 0 || Date.now() > end) return { removed, busy };
  }
}
