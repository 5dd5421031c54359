/** Which of the switch's ports are a domain's. Pure. */

import type { Port } from '../contract/types.js';
import { portName } from '../values/port-name.js';

/** Those on one of the domain's sockets under a name of ours; one that somebody named otherwise is not ours. */
export function ownPorts(
  present: readonly Port[],
  domain: string,
  sockets: readonly string[],
): Port[] {
  return present.filter(({ name, path }) => sockets.includes(path) && isOwnName(name, domain));
}

/** Whether a port is named as the domain's are, with any number: a plugged NIC's is not its place in the XML. */
export function isOwnName(port: string, domain: string): boolean {
  const number = /\.(0|[1-9]\d{0,5})$/.exec(port)?.[1];
  return number !== undefined && portName(domain, Number(number)) === port;
}
