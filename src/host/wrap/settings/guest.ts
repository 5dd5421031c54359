import { givenName, guestUuid } from '../../../qemu/nics/nics.js';
import { parseArguments } from '../../../qemu/syntax/arguments.js';

/** How a settings file can identify a guest. */
export interface GuestIdentity {
  name?: string | undefined;
  /** In lower case. */
  uuid?: string | undefined;
}

/** Name and UUID from QEMU's arguments (without argv[0]). @throws InvalidInput */
export function guestOf(argv: readonly string[]): GuestIdentity {
  const list = parseArguments(argv);
  return { name: givenName(list), uuid: guestUuid(list)?.toLowerCase() };
}

/** How well a key of `guests` matches: 2 by UUID, 1 by name, 0 not at all. */
export function fits(key: string, guest: GuestIdentity): 0 | 1 | 2 {
  if (guest.uuid !== undefined && key.toLowerCase() === guest.uuid) return 2;
  return key === guest.name ? 1 : 0;
}
