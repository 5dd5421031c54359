/** Whether a control socket is the switch's, and not one that another user has put there. */
import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SwitchError } from './errors.js';

/** What is known of a socket or a folder. */
export interface Owned {
  uid: number;
  mode: number;
}

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Believes only what root or this user has put there: whoever answers is told of guests' ports, and
 * what it says is acted on, as root by libvirt's hook. Node cannot ask the kernel who listens
 * (SO_PEERCRED); a socket has the user who bound it, though, and in a folder in which others cannot
 * replace it, it stays theirs. Where the path is a link, both ends count. What is missing, or cannot
 * be looked at, is left for the dial to report.
 * @throws SwitchError
 */
export async function mustBeTrusted(socketPath: string): Promise<void> {
  const real = await unlessAbsent(realpath(socketPath));
  for (const path of new Set([socketPath, real ?? socketPath])) {
    const folder = dirname(path);
    const socket = await unlessAbsent(lstat(path));
    const above = await unlessAbsent(stat(folder));
    const problem = untrusted(process.geteuid?.() ?? 0, folder, socket, above);
    if (problem === undefined) continue;
    throw new SwitchError('untrusted', { thing: socketPath, problem, remedy: REMEDY });
  }
}

const REMEDY =
  "stop that program and run 'vmlane switch start' as root, or name another --control-socket";

/** Why they are not to be believed; undefined: they are. `as`: the user who asks. */
export function untrusted(
  as: number,
  folder: string,
  socket: Owned | undefined,
  above: Owned | undefined,
): string | undefined {
  const foreign = ({ uid }: Owned) => uid !== 0 && uid !== as;
  if (socket && foreign(socket)) {
    return `it belongs to uid ${socket.uid}, neither to root nor to you`;
  }
  if (!above) return undefined;
  if (foreign(above)) {
    return `its folder ${folder} belongs to uid ${above.uid}, who can put any other there`;
  }
  // In a sticky folder, such as /tmp, nobody replaces what is another's.
  if (above.mode & OTHERS_WRITE && !(above.mode & STICKY)) {
    return `others may write to its folder ${folder}, and put any other there`;
  }
  return undefined;
}

async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG'].includes(code ?? '')) return;
    throw error;
  }
}
