/** Whether QEMU can rely on a socket on which the switch is to listen. */
import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { PortRequest } from '../contract/types.js';
import type { Trouble } from '../values/errors.js';
import type { StartFacts } from './checks.js';
import { codeOf } from './start-facts.js';

const STICKY = 0o1000;

/**
 * By path: why a QEMU that runs as who we are cannot rely on a socket on which the switch is to listen. It
 * hands the guest's memory to whoever listens there, so nobody with our rights may be able to replace it.
 */
export function readLaid(
  wanted: readonly PortRequest[],
  listening: ReadonlySet<string>,
): NonNullable<StartFacts['laid']> {
  const sockets = wanted.filter(({ listener }) => listener === 'switch');
  return new Map(sockets.map(({ path }) => [path, laidTrouble(path, listening.has(path))]));
}

const LAY =
  "have libvirt's hook add it: 'vmlane hook install', or let an administrator: 'vmlane switch add'";

function laidTrouble(path: string, isHeard: boolean): Omit<Trouble, 'thing'> | null {
  const uid = process.geteuid?.() ?? 0;
  let found: Stats | undefined;
  const missing = codeOf(() => {
    found = lstatSync(path);
  });
  if (missing) return { problem: `the switch has no port there (${missing})`, remedy: LAY };
  if (!found?.isSocket()) return { problem: 'this is no socket', remedy: LAY };
  const denied = codeOf(() => accessSync(path, constants.W_OK));
  if (denied) return { problem: `uid ${uid} may not dial it (${denied})`, remedy: LAY };
  const folder = dirname(path);
  // Of root's own only root could make another.
  const replaceable =
    uid !== 0 && (found.uid === uid || !isKept(folder, uid) || !isKept(dirname(folder), uid));
  if (replaceable) {
    const problem = `uid ${uid} could replace it, and others of this user, too`;
    return { problem, remedy: `remove it, and ${LAY}` };
  }
  if (isHeard) return null;
  const remedy = "start the switch: 'vmlane switch start'";
  return { problem: 'nobody listens there', remedy };
}

/** Whether this user can neither remove nor replace what is another's in a folder. */
function isKept(folder: string, uid: number): boolean {
  const { uid: owner, mode } = statSync(folder);
  if (owner === uid) return false;
  return codeOf(() => accessSync(folder, constants.W_OK)) !== undefined || !!(mode & STICKY);
}
