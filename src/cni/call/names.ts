/** What an attachment's port and interfaces are called: all that is kept of it, so the names say whose it is. */
import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { INTERFACE_NAME, SOCKET_PATH } from '../../contract/bounds.js';
import type { Port } from '../../contract/types.js';
import { madeMac } from '../../values/made-mac.js';
import { type Attachment, attachmentOf } from './environment.js';
import { CniError, CODE } from './error.js';

/** The names of one attachment. */
export interface Names {
  /** Of the switch's port: `cni:NETWORK:CONTAINER:IFNAME:DIGEST`, of which NETWORK is a digest. */
  port: string;
  /** The host's end of the pair. */
  near: string;
  /** The macvtap on it, which the switch has. */
  tap: string;
  /** Its MAC, unless somebody chooses: the same each time. */
  mac: string;
}

const digest = (...words: string[]) => createHash('sha256').update(words.join('\0')).digest('hex');

/** How names of a network's ports begin. */
export function portsOf(network: string): string {
  return `cni:${digest(network).slice(0, 8)}:`;
}

/** The names of a container's interface in a network of CNI's. */
export function namesOf(network: string, { container, ifname }: Attachment): Names {
  const all = digest(network, container, ifname);
  return {
    port: `${portsOf(network)}${container.slice(0, 12)}:${ifname}:${all.slice(0, 12)}`,
    ...interfacesOf(all),
    mac: madeMac(all.slice(12)),
  };
}

/** The names of the interfaces of a port that namesOf has named. */
export function interfacesOfPort(port: string): Pick<Names, 'near' | 'tap'> {
  return interfacesOf(port.slice(port.lastIndexOf(':') + 1));
}

/** Whether namesOf could have named a network's port so; others may have called theirs likewise. */
export function isPortOf(network: string, port: string): boolean {
  const [container, ifname = '', all = '', ...more] = port
    .slice(portsOf(network).length)
    .split(':');
  if (!port.startsWith(portsOf(network)) || more.length > 0) return false;
  return Boolean(container) && INTERFACE_NAME.pattern.test(ifname) && /^[0-9a-f]{12}$/.test(all);
}

/**
 * The folder of a port's socket, if socketFolderOf has named it for this very port: the path is what the switch says,
 * and root removes the folder.
 */
export function ownFolder(above: string, network: string, port: Pick<Port, 'name' | 'path'>) {
  const folder = dirname(port.path);
  const [container, ifname] = basename(folder).split('@');
  try {
    const attachment = attachmentOf({ container, ifname });
    const isOwn =
      port.path === socketIn(socketFolderOf(above, attachment)) &&
      port.name === namesOf(network, attachment).port;
    return isOwn ? folder : undefined;
  } catch {
    return undefined;
  }
}

function interfacesOf(all: string): Pick<Names, 'near' | 'tap'> {
  const own = all.slice(0, INTERFACE_NAME.max - 3);
  return { near: `cnh${own}`, tap: `cnt${own}` };
}

/**
 * The folder of an attachment's socket, which a runtime mounts: known before it is there. No guest's is called so, as
 * none has an @.
 */
export function socketFolderOf(above: string, { container, ifname }: Attachment): string {
  return `${above}/${container}@${ifname}`;
}

/** The socket in there. */
export function socketIn(folder: string): string {
  return `${folder}/net.sock`;
}

/** @throws CniError for a path that no socket can have */
export function checkSocket(path: string): void {
  if (Buffer.byteLength(path) <= SOCKET_PATH.max) return;
  const problem = `makes a socket's path longer than ${SOCKET_PATH.max} bytes`;
  const remedy = 'give a shorter one, or a shorter socketFolder';
  throw new CniError(CODE.environment, { thing: 'CNI_CONTAINERID', problem, remedy });
}
