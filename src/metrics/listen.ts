/** Where metrics are served: `ADDRESS:PORT` or `unix:PATH`. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { InvalidInput } from '../values/errors.js';
import { pathTrouble, SOCKET_PATH_MAX } from '../values/socket-path.js';

/** A place to listen at. */
export type Place =
  | { kind: 'tcp'; address: string; port: number; isLoopback: boolean }
  | { kind: 'unix'; path: string };

/** This host only. The port is above 9100 to 9999, where those of Prometheus' exporters are all taken. */
export const DEFAULT_LISTEN = '127.0.0.1:19797';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** What the options are called where they are given. */
const NAMES = { listen: '--listen', token: '--token-file' };

/** Reads where to listen. @throws InvalidInput naming the option */
export function placeOf(given: string, names = NAMES): Place {
  const refuse = (problem: string) =>
    new InvalidInput({
      thing: `${names.listen} ${given}`,
      problem,
      remedy: `write ADDRESS:PORT or unix:PATH, such as ${DEFAULT_LISTEN}, [::1]:19797 or unix:/run/vmlane-metrics.sock`,
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
  const isLoopback = LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return { kind: 'tcp', address, port, isLoopback };
}

/** Others than this host's users need a token. @throws InvalidInput */
export function mustBeGuarded(place: Place, hasToken: boolean, names = NAMES): void {
  if (hasToken || place.kind === 'unix' || place.isLoopback) return;
  throw new InvalidInput({
    thing: `${names.listen} ${place.address}:${place.port}`,
    problem: 'anybody who reaches this address could read what your guests do',
    remedy: `add ${names.token} FILE, or listen at a loopback address such as ${DEFAULT_LISTEN}`,
  });
}
