/** Names of static relays' ports: those that a start of the switch makes, and its state file has not. */
import { PORT_NAME } from '../contract/bounds.js';

const PREFIX = 'static:';

/** Characters of a static relay's name, at most. */
export const STATIC_RELAY_NAME_MAX = PORT_NAME.max - `${PREFIX}.vf`.length;

/** Name of the port at an end: the device's, `vf`, or the guest's, `vm`. */
export function staticPort(relay: string, end: 'vf' | 'vm'): string {
  return `${PREFIX}${relay}.${end}`;
}

/** The static relay whose port has this name; undefined: none has. As port_is_static of the switch. */
export function staticRelayOf(port: string): string | undefined {
  return /^static:(.+)\.v[fm]$/.exec(port)?.[1];
}
