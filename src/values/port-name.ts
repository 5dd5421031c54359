import { createHash } from 'node:crypto';
import { PORT_NAME } from '../contract/bounds.js';

/** Name of the port of a guest's NIC: `guest.0` if the protocol allows it, else a similar name. */
export function portName(guest: string, index: number): string {
  const plain = guest.replace(/[^A-Za-z0-9._:-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const suffix = `.${index}`;
  if (plain === guest && plain !== '' && plain.length + suffix.length <= PORT_NAME.max)
    return plain + suffix;
  // The digest distinguishes names that differ only in the changed or cut part.
  const digest = createHash('sha256').update(guest).digest('hex').slice(0, 8);
  return `${`${plain.slice(0, PORT_NAME.max - 9 - suffix.length)}-${digest}`.replace(/^-/, 'g-')}${suffix}`;
}
