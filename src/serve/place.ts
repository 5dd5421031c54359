/** Where something is served: `ADDRESS:PORT` or `unix:PATH`. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { InvalidInput } from '../values/errors.js';
import { pathTrouble, SOCKET_PATH_MAX } from '../values/socket-path.js';

/** A place to listen at. */
export type Place =
  | { kind: 'tcp'; address: string; port: number; isLoopback: boolean }
  | { kind: 'unix'; path: string };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only this host's programs reach the address. */
function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether a request calls the server as this host's own programs do. A page of another host may give its own name
 * this address (DNS rebinding), and would be taken for ours; it cannot give itself an address as its name.
 */
function isCalledLocally(host = ''): boolean {
  const [, inBrackets, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(host) ?? [];
  if (inBrackets !== undefined) return isIP(inBrackets) === 6 && isLoopback(inBrackets);
  return plain.toLowerCase() === 'localhost' || (isIP(plain) === 4 && isLoopback(plain));
}

/** Why who has no token is not answered: undefined: it is. At a Unix socket, too, which `ssh -L` makes a port. */
export function nameTrouble(host: string | undefined): string | undefined {
  if (isCalledLocally(host)) return undefined;
  return 'ask by a loopback address, or localhost: another name may be that of another page';
}

/** What is said to who gives a place that cannot be. */
export interface Wanted {
  /** What the options are called. */
  listen: string;
  token: string;
  /** A place at loopback that would do. */
  usual: string;
  /** What is seen there, as the end of "anybody who reaches this address could". */
  seen: string;
}

/** Reads where to listen. @throws InvalidInput naming the option */
export function placeOf(given: string, { listen, usual }: Wanted): Place {
  const refuse = (problem: string) =>
    new InvalidInput({
      thing: `${listen} ${given}`,
      problem,
      remedy: `write ADDRESS:PORT or unix:PATH, such as ${usual}, [::1]:${usual.split(':')[1]} or unix:/run/vmlane.sock`,
    });
  if (given.startsWith('unix:')) {
    const path = given.slice('unix:'.length);
    const trouble = pathTrouble(path, SOCKET_PATH_MAX);
    if (trouble) throw refuse(`the path of the socket ${trouble.problem}`);
    return { kind: 'unix', path };
  }
  const [, inBrackets, plain, digits = ''] =
    /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(given) ?? [];
  const address = inBrackets ?? plain;
  if (address === undefined) throw refuse('is not an address and a port');
  // A name may become any address, also one of another host's choice.
  if (!isIP(address) || isIPv6(address) !== (inBrackets !== undefined))
    throw refuse(`"${address}" is not an IP address`);
  const port = Number(digits);
  if (port > 65535) throw refuse(`there is no port ${digits}`);
  return { kind: 'tcp', address, port, isLoopback: isLoopback(address) };
}

/** Others than this host's users need a token. @throws InvalidInput */
export function mustBeGuarded(place: Place, hasToken: boolean, wanted: Wanted): void {
  if (hasToken || place.kind === 'unix' || place.isLoopback) return;
  throw new InvalidInput({
    thing: `${wanted.listen} ${place.address}:${place.port}`,
    problem: `anybody who reaches this address could ${wanted.seen}`,
    remedy: `add ${wanted.token} FILE, or listen at a loopback address such as ${wanted.usual}`,
  });
}
