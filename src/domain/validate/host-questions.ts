import { pathTrouble, SOCKET_PATH_MAX } from '../../values/socket-path.js';
import { hostDevicesOf } from '../read/host-devices.js';
import { memoryFilesOf } from '../read/memory-parts.js';
import type { HostQuestions } from './facts.js';
import { filesOf } from './files.js';
import type { Subject } from './subject.js';

/** What must be looked up on the host for a domain. */
export function questionsOf({ domain, vhostUser }: Subject): HostQuestions {
  const sockets = vhostUser
    .map(({ path }) => path)
    .filter((path) => !pathTrouble(path, SOCKET_PATH_MAX));
  const files = filesOf(domain).map(({ path }) => path);
  const pci = hostDevicesOf(domain).flatMap(({ address }) => address ?? []);
  const memoryFiles = memoryFilesOf(domain).map(({ path }) => path);
  return {
    paths: [...new Set([...sockets, ...files])],
    memoryFiles: [...new Set(memoryFiles)],
    pci: [...new Set(pci)],
  };
}
