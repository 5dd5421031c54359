/** What can be read of a host before a guest starts. */
import { accessSync, constants, lstatSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Port, PortRequest } from '../contract/types.js';
import type { SwitchClient } from '../switch/client.js';
import { readListening } from '../system/processes/sockets.js';
import type { Trouble } from '../values/errors.js';
import { makesGuestFolders } from '../values/socket-path.js';
import type { StartFacts } from './checks.js';

/** f_type of hugetlbfs. Source: linux/magic.h. */
const HUGETLBFS_MAGIC = 0x958458f6;
const LOOK_MS = 50;

/**
 * Sockets of the host below `root` on which a process listens, and the folders of the wanted ones. With
 * `as: 'self'` QEMU will run as the present user, who must be able to write there. `made`: the switch makes
 * guests' folders before QEMU starts.
 */
export function readStartFacts(
  wanted: readonly PortRequest[],
  { root = '/', as, made = true }: { root?: string; as?: 'self'; made?: boolean } = {},
): Pick<StartFacts, 'listening' | 'folders'> {
  const folders = [...new Set(wanted.map(({ path }) => dirname(path)))];
  const trouble = (path: string) =>
    made && isMade(join(root, path)) ? null : folderTrouble(join(root, path), as);
  return {
    listening: readListening(root),
    folders: new Map(folders.map((path) => [path, trouble(path)])),
  };
}

/** A guest's folder that the switch will make. */
function isMade(path: string): boolean {
  const above = statSync(dirname(path), { throwIfNoEntry: false });
  if (!above?.isDirectory() || !makesGuestFolders(above.mode)) return false;
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}

function folderTrouble(path: string, as: 'self' | undefined): Omit<Trouble, 'thing'> | null {
  const uid = process.getuid?.();
  const remedy =
    as === 'self'
      ? `create a folder that uid ${uid} may write to, or set socketDir to one`
      : "create it: 'vmlane host setup --sockets'";
  const missing = codeOf(() => {
    if (!statSync(path).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  });
  if (missing) return { problem: `no folder for the guests' sockets (${missing})`, remedy };
  const denied =
    as === 'self' ? codeOf(() => accessSync(path, constants.W_OK | constants.X_OK)) : undefined;
  return denied ? { problem: `QEMU could not create its sockets there (${denied})`, remedy } : null;
}

/** What is wrong with a mount of huge pages; null if nothing is. */
export function hugePagesTrouble(path: string): Trouble | null {
  const remedy = 'mount a hugetlbfs there, or set memory to memfd or another folder';
  let type = 0;
  const missing = codeOf(() => {
    type = statfsSync(path).type;
  });
  if (missing) return { thing: path, problem: `no huge page mount (${missing})`, remedy };
  if (type === HUGETLBFS_MAGIC) return null;
  return { thing: path, problem: 'this is not a hugetlbfs', remedy };
}

/** The switch's ports, once the wanted ones are down: it may not have noticed yet that a guest has gone. */
export async function settledPorts(
  client: Pick<SwitchClient, 'ports'>,
  wanted: readonly PortRequest[],
  patienceMs = 1000,
): Promise<Port[]> {
  const paths = new Set(wanted.map(({ path }) => path));
  for (const end = Date.now() + patienceMs; ; await sleep(LOOK_MS)) {
    const ports = await client.ports();
    if (Date.now() >= end || !ports.some(({ path, state }) => paths.has(path) && state === 'up')) {
      return ports;
    }
  }
}

/** The error code of a system call; undefined if it succeeds. */
export function codeOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code;
  }
}
