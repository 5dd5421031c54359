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

/** Characters of a part of a path that is made from a name. A path that becomes too long is refused: SOCKET_PATH. */
const PART_MAX = 48;

/** What libvirt calls the AppArmor profile of the guest with a UUID. Source: AA_PREFIX, security_apparmor.c. */
const PROFILE = 'libvirt-';

/**
 * The socket of a guest's NIC, `FOLDER/GUEST/NIC.sock`; the switch makes `FOLDER/GUEST`. `nic`: its number, or the
 * id of its netdev. Two guests never share a folder, two NICs never a socket.
 */
export function guestSocket(folder: string, guest: string, nic: number | string): string {
  return socketIn(folder, pathPart(guest), nic);
}

/** How QEMU and domains name a guest. */
export interface GuestIds {
  name: string;
  /** As given; a guest that libvirt runs has one. */
  uuid?: string | undefined;
}

/**
 * The socket of a NIC that qemu-wrap moves, `FOLDER/libvirt-UUID/NIC.sock`. libvirt knows no socket of such a NIC, so
 * it is our own rule for AppArmor that lets the guest dial it, one rule for all guests. There the folder can only be
 * called after the profile (templates/apparmor): that is all in which the guests' profiles differ. Without a valid
 * UUID, and so without libvirt's profile, the guest's name is the folder.
 */
export function wrappedSocket(folder: string, guest: GuestIds, nic: string): string {
  const uuid = canonicalUuid(guest.uuid);
  return uuid === undefined
    ? guestSocket(folder, guest.name, nic)
    : socketIn(folder, PROFILE + uuid, nic);
}

function socketIn(folder: string, guest: string, nic: number | string): string {
  const above = folder.replace(/(?<=.)\/+$/, '').replace(/^\/$/, '');
  return `${above}/${guest}/${pathPart(String(nic))}.sock`;
}

/** As libvirt writes it, which reads it with and without hyphens, in any case. */
function canonicalUuid(uuid = ''): string | undefined {
  const digits = uuid.toLowerCase().replaceAll('-', '');
  const parts = /^([\da-f]{8})([\da-f]{4})([\da-f]{4})([\da-f]{4})([\da-f]{12})$/.exec(digits);
  return parts?.slice(1).join('-');
}

/** A name as one part of a path: itself where that is plain, else close to it, with a digest that keeps two apart. */
function pathPart(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^[^A-Za-z0-9]+/, '');
  // A guest may be called as another one's profile.
  const taken = plain.startsWith(PROFILE) && canonicalUuid(plain.slice(PROFILE.length));
  if (plain === name && plain !== '' && plain.length <= PART_MAX && !taken) return plain;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  // No plain name has a colon.
  return `${plain.slice(0, PART_MAX - digest.length - 1)}:${digest}`;
}
