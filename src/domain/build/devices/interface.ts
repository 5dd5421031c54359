import type { Guest } from '../../../spec/index.js';
import type { Element } from '../../../xml/element.js';
import { nicElement } from '../nic-element.js';
import type { Target } from '../target.js';

export function interfaces(guest: Guest, target: Target): Element[] {
  return guest.interfaces.map((nic) => nicElement(nic, target));
}
