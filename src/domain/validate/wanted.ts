import { pathTrouble, SOCKET_PATH_MAX } from '../../values/socket-path.js';
import type { Wanted } from './facts.js';
import { filesOf } from './files.js';
import type { Subject } from './subject.js';
import { assignedOf } from './vfs.js';

/** What must be looked up on the host for a domain. */
export function wantedOf({ domain, vhostUser }: Subject): Wanted {
  const sockets = vhostUser
    .map(({ path }) => path)
    .filter((path) => !pathTrouble(path, SOCKET_PATH_MAX));
  const files = filesOf(domain).map(({ path }) => path);
  const pci = assignedOf(domain).flatMap(({ address }) => address ?? []);
  return { paths: [...new Set([...sockets, ...files])], pci: [...new Set(pci)] };
}
