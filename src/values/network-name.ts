import { PORT_NAME } from '../contract/bounds.js';

/** What a network's port is called: this, and the network's name. */
const PORT = 'net:';

/** The same for the port of the card that is taken from the bridge; as long. */
const NIC = 'nic:';

const MAX = PORT_NAME.max - PORT.length;

/** A network's name: that of its port must be possible. */
export const NETWORK_NAME = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  max: MAX,
  want: `1 to ${MAX} letters, digits or . _ -, the first a letter or digit`,
} as const;

/** Whether a network of the switch can have this name. */
export function isNetworkName(name: string): boolean {
  return name.length <= NETWORK_NAME.max && NETWORK_NAME.pattern.test(name);
}

/** Name of the port that leads to the network's bridge, or to its network card if it has no bridge. */
export function networkPort(name: string): string {
  return `${PORT}${name}`;
}

/** Name of the port that leads to the card, where the other one is in the bridge that it is taken from. */
export function networkNicPort(name: string): string {
  return `${NIC}${name}`;
}
