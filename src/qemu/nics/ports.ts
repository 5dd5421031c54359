import { createHash } from 'node:crypto';
import { PORT_NAME, SOCKET_PATH } from '../../contract/bounds.js';
import type { PortRequest } from '../../contract/types.js';
import { InvalidInput } from '../../values/errors.js';
import { type GuestIds, wrappedSocket } from '../../values/guest-socket.js';
import type { VhostUser } from '../policy.js';

/**
 * The port of one NIC, `<guest>.<netdev id>`. A name that had to be changed to fit the protocol's
 * rule gets `:` and a hash of the original. Plain names have no `:`, and no dot after the guest's
 * part, so NICs of different guests never share a name.
 */
export function wrappedPortName(guest: string, netdev: string): string {
  const wanted = `${guest}.${netdev}`;
  const plain = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(guest) && /^[A-Za-z0-9_-]+$/.test(netdev);
  if (plain && wanted.length <= PORT_NAME.max) return wanted;
  const mark = `:${shortHash(`${guest}\0${netdev}`)}`;
  const tidy = wanted.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^[^A-Za-z0-9]/, 'x');
  return tidy.slice(0, PORT_NAME.max - mark.length) + mark;
}

/**
 * Name, socket and listener of a rewritten NIC's port: for the rewriting, and for the request to the switch.
 * @throws InvalidInput when the socket's path is longer than a Unix socket address
 */
export function wrappedPort(
  { socketDir, listener }: Pick<VhostUser, 'socketDir' | 'listener'>,
  guest: GuestIds,
  netdev: string,
): PortRequest {
  const path = wrappedSocket(socketDir, guest, netdev);
  const bytes = Buffer.byteLength(path);
  if (bytes > SOCKET_PATH.max) {
    throw new InvalidInput({
      thing: path,
      problem: `a socket path may have ${SOCKET_PATH.max} bytes, this one has ${bytes}`,
      remedy: `set VMLANE_SOCKET_DIR to a shorter folder, or give the NIC a shorter id (here ${netdev})`,
    });
  }
  return { name: wrappedPortName(guest.name, netdev), path, listener };
}

/** Twelve hexadecimal digits. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
