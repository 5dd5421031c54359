/** Where NICs are moved to: a socket each, a VF, or a relay onto the VF that they were. */

import { InvalidInput } from '../../values/errors.js';
import { guestSocket } from '../../values/guest-socket.js';
import { GUEST_FOLDER, pathTrouble, SOCKET_PATH_MAX } from '../../values/socket-path.js';
import { staticNameWant } from '../../values/static-relay.js';
import { pathOf } from '../read/nics.js';
import type { ConvertibleNic } from './choose.js';
import type { KeptNic } from './record.js';
import { type Vf, vfOf } from './vf.js';

/** Where all of them go; one of `vfs` and `relays` at most, else ports of the switch. */
export interface Targets {
  socketDir?: string;
  vfs?: readonly string[] | { pool: string };
  relays?: readonly string[];
}

/** Where one NIC goes. */
export type Move =
  | { path: string; relay?: string; vf?: undefined }
  | { path?: undefined; relay?: undefined; vf: Vf };

/** The moves of the chosen NICs, in their order. @throws InvalidInput */
export function movesOf(
  chosen: readonly ConvertibleNic[],
  all: readonly ConvertibleNic[],
  name: string,
  targets: Targets,
): Move[] {
  const { vfs, relays, socketDir = GUEST_FOLDER } = targets;
  if (relays) return relaysFor(chosen, all, relays, socketDir);
  if (vfs) return vfsFor(chosen, all, vfs);
  const taken = new Set(all.map(pathOf));
  return chosen.map(({ index }) => ({ path: freePath(socketDir, name, index, taken) }));
}

/** Whether a NIC is where it would go. */
export function isThere(
  nic: ConvertibleNic,
  { vfs, relays, socketDir = GUEST_FOLDER }: Targets,
): boolean {
  if (relays) return relays.some((relay) => pathOf(nic) === guestSocket(socketDir, relay, 0));
  if (vfs === undefined) return nic.type === 'vhostuser';
  const { address, pool } = vfOf(nic.element);
  if ('pool' in vfs) return pool === vfs.pool;
  return address !== undefined && vfs.includes(address);
}

/** What identifies a moved NIC in the record. */
export function keyOf(
  { path, vf }: Move,
  mac: string | undefined,
): Omit<KeptNic, 'settings' | 'was'> {
  if (path !== undefined) return { key: 'path', value: path };
  if ('pool' in vf) return { key: 'mac', value: mac ?? '', pool: vf.pool };
  return { key: 'vf', value: vf.address };
}

function vfsFor(
  chosen: readonly ConvertibleNic[],
  all: readonly ConvertibleNic[],
  vfs: readonly string[] | { pool: string },
): Move[] {
  if ('pool' in vfs) return chosen.map(() => ({ vf: vfs }));
  const used = all.map((nic) => vfOf(nic.element).address);
  const free = vfs.filter((address) => !used.includes(address));
  mustFit('VFs', chosen, vfs, free);
  return free.map((address) => ({ vf: { address } }));
}

/** A relay's guest has the first socket of its folder, as 'vmlane relay add' gives it. */
function relaysFor(
  chosen: readonly ConvertibleNic[],
  all: readonly ConvertibleNic[],
  relays: readonly string[],
  socketDir: string,
): Move[] {
  for (const relay of relays) {
    const remedy = staticNameWant(relay);
    if (remedy) throw new InvalidInput({ thing: `relay ${relay}`, problem: 'is no name', remedy });
  }
  const used = all.map(pathOf);
  const move = (relay: string) => ({ path: socketAt(socketDir, relay, 0), relay });
  const free = relays.filter((relay) => !used.includes(move(relay).path));
  mustFit('relays', chosen, relays, free);
  return free.map(move);
}

function mustFit(
  what: 'VFs' | 'relays',
  chosen: readonly ConvertibleNic[],
  given: readonly string[],
  free: readonly string[],
): void {
  if (free.length === chosen.length && new Set(given).size === given.length) return;
  const problem = `NICs to move: ${chosen.length}, free ${what} given: ${new Set(free).size}`;
  const remedy = 'give one for each, or choose NICs';
  throw new InvalidInput({ thing: what, problem, remedy });
}

/** A path for a port's socket that no NIC of the domain has yet. */
function freePath(socketDir: string, name: string, index: number, taken: Set<string>): string {
  let n = index;
  while (taken.has(guestSocket(socketDir, name, n))) n++;
  const path = socketAt(socketDir, name, n);
  taken.add(path);
  return path;
}

/** @throws InvalidInput for a path that no socket can have */
function socketAt(socketDir: string, name: string, n: number): string {
  const path = guestSocket(socketDir, name, n);
  const trouble = pathTrouble(path, SOCKET_PATH_MAX);
  if (trouble) throw new InvalidInput({ thing: `socket ${path}`, ...trouble });
  return path;
}
