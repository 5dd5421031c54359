/** Names of static relays' ports: those that a start of the switch makes, and its state file has not. */
import { PORT_NAME, STATIC_PORTS } from '../contract/bounds.js';

/** Characters of a static relay's name, at most. */
const STATIC_RELAY_NAME_MAX = PORT_NAME.max - `${STATIC_PORTS}.vf`.length;

/** What a static relay's name has to be; undefined: it is. */
export function staticNameWant(name: string): string | undefined {
  if (PORT_NAME.pattern.test(name) && name.length <= STATIC_RELAY_NAME_MAX) return undefined;
  return `give 1 to ${STATIC_RELAY_NAME_MAX} letters, digits or . _ : -, the first a letter or digit`;
}

/** Name of the port at an end: the device's, `vf`, or the guest's, `vm`. */
export function staticPort(relay: string, end: 'vf' | 'vm'): string {
  return `${STATIC_PORTS}${relay}.${end}`;
}

const STATIC_PORT = new RegExp(`^${STATIC_PORTS}(.+)\\.v[fm]$`);

/** The static relay whose port has this name; undefined: none has. As port_is_static of the switch. */
export function staticRelayOf(port: string): string | undefined {
  return STATIC_PORT.exec(port)?.[1];
}
