/** Where a guest's sockets are, and who listens there: by default, for specs, conversion, plugged and wrapped NICs. */
import { createHash } from 'node:crypto';
import type { Listener } from '../contract/types.js';

/**
 * Who listens unless somebody chooses: not QEMU, since any process with QEMU's user may dial its socket
 * first, and is handed the guest's memory. See src/guests/README.md, "Who listens".
 */
export const USUAL_LISTENER: Listener = 'switch';

/** Seconds between QEMU's attempts to dial a switch that has gone. */
export const RECONNECT_SECONDS = 1;

/** Characters of a guest's folder; with a folder like /run/vmlane/guests a socket's path stays below 107. */
const FOLDER_MAX = 48;

/**
 * The socket of a guest's NIC, `FOLDER/GUEST/NIC.sock`; the switch makes `FOLDER/GUEST`. `nic`: its number, or the
 * id of its netdev. Two guests never share a folder, two NICs never a socket.
 */
export function guestSocket(folder: string, guest: string, nic: number | string): string {
  const above = folder.replace(/(?<=.)\/+$/, '').replace(/^\/$/, '');
  return `${above}/${pathPart(guest)}/${pathPart(String(nic))}.sock`;
}

/** A name as one part of a path: itself where that is plain, else close to it, with a digest that keeps two apart. */
function pathPart(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^[^A-Za-z0-9]+/, '');
  if (plain === name && plain !== '' && plain.length <= FOLDER_MAX) return plain;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  // No plain name has a colon.
  return `${plain.slice(0, FOLDER_MAX - digest.length - 1)}:${digest}`;
}
