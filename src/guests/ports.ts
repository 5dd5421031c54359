/** Which of the switch's ports are a domain's, by its XML. Pure. */
import { basename, normalize } from 'node:path';
import type { Port, PortRequest } from '../contract/types.js';
import { type Domain, openDomain } from '../domain/index.js';
import { isOwnName } from '../domain/own-ports.js';
import { portName as wrappedPortName } from '../qemu/nics/ports.js';
import { InvalidInput } from '../values/errors.js';

/**
 * The domain that libvirt gives a hook. Undefined for XML that cannot be read and shows no vhost-user NIC: it
 * must not stop a guest that is nothing to us. @throws InvalidInput for other XML that cannot be read
 */
export function openGuest(xml: string): Domain | undefined {
  try {
    return openDomain(xml);
  } catch (error) {
    const shown = /<interface\s[^>]*\btype\s*=\s*["']vhostuser["']/.test(xml);
    if (error instanceof InvalidInput && !shown) return undefined;
    throw error;
  }
}

/**
 * The ports that a domain needs before QEMU runs: those of its vhost-user NICs whose sockets lie in
 * one of the folders, however deep. @throws InvalidInput as Domain.portRequests
 */
export function wantedPorts(domain: Domain, folders: readonly string[]): PortRequest[] {
  if (domain.vhostUserInterfaces.length === 0) return [];
  return domain.portRequests((path) => isBelow(path, folders));
}

/**
 * Tells which ports go with a domain when it stops: those on the socket of a vhost-user NIC of its, under a
 * name that we give its ports; and those that qemu-wrap asked for at the start, by name and socket,
 * whatever folder its settings name. A port that somebody gave another name stays. Undefined when
 * there can be none. @throws InvalidInput as Domain.vhostUserInterfaces
 */
export function goesWith(
  domain: Domain,
  folders: readonly string[],
): ((port: Pick<Port, 'name' | 'path'>) => boolean) | undefined {
  const sockets = domain.vhostUserInterfaces.map(({ path }) => path);
  const paths = new Set(sockets.filter((path) => isBelow(path, folders)));
  const netdevs = domain.wrappedNetdevs;
  if (paths.size === 0 && netdevs.length === 0) return undefined;
  const guest = domain.name;
  const wrapped = new Set(netdevs.map((netdev) => wrappedPortName(guest, netdev)));
  return ({ name, path }) =>
    (paths.has(path) && isOwnName(name, guest)) ||
    (wrapped.has(name) && basename(path) === `${name}.sock`);
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => tidy(path).startsWith(`${tidy(folder)}/`.replace('//', '/')));
}

/** /var/run is /run, by a link, and in old definitions. Source: FHS 3.0, 5.13. */
function tidy(path: string): string {
  return normalize(path).replace(/^\/var\/run(?=\/|$)/, '/run');
}
