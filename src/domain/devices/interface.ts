import type { Guest } from '../../spec/index.js';
import { nicElement } from '../nic.js';
import type { Element } from '../xml.js';

export function interfaces(guest: Guest): Element[] {
  return guest.interfaces.map(nicElement);
}
