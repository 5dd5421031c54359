import { createHash } from 'node:crypto';

/** Makes a guest's identity if its spec gives none. */
export interface Identities {
  /** UUID of a guest, lower case with hyphens. */
  uuid(guestName: string): string;
  /** MAC of a guest's interface (0 and up), lower case, unicast. */
  mac(guestName: string, index: number): string;
}

// Namespace of vmlane's UUIDs, drawn at random once; a change would give every guest a new identity.
const NAMESPACE = Buffer.from('7f1c2e0a5b9d4c6e8a3f94d2b6e1c057', 'hex');

/** Identities made from the name alone: defining a spec twice defines the same guest. */
export const identitiesByName: Identities = {
  // RFC 9562 version 5.
  uuid(guestName) {
    const bytes = createHash('sha1').update(NAMESPACE).update(guestName).digest().subarray(0, 16);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  },
  // 52:54:00 is QEMU's and libvirt's prefix. A name holds no slash, so no two (name, index) read the same.
  mac(guestName, index) {
    const digest = createHash('sha256').update(`${guestName}/${index}`).digest('hex');
    return `52:54:00:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`;
  },
};
