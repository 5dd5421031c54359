import { join } from 'node:path';
import { walk } from '../../system/accounts/walk.js';
import { readListening } from '../../system/processes/sockets.js';
import { type Account, type PathPart, type PathWalk, rightsOf } from '../../values/access.js';
import { shellWords } from '../../values/shell.js';
import {
  folderCommand,
  GUEST_FOLDER,
  GUEST_FOLDER_MODE,
  makesGuestFolders,
} from '../../values/socket-path.js';
import { ALL, type Check, type FactsOf, type View } from './check.js';
import { type Found, failure, ok, warning } from './finding.js';
import { account, distribution, purpose } from './shared.js';

export interface SocketFacts {
  socketDir: string;
  way: PathWalk;
  /** Folders on the way that have an access list; absent if unknown. */
  listed?: readonly string[];
  /** Sockets in it on which no process listens. */
  stale: readonly string[];
}

async function readSockets(view: View): Promise<SocketFacts> {
  const { socketDir, host } = view;
  const heard = readListening(host);
  const stale = host.names(socketDir).filter((name) => {
    const path = join(socketDir, name);
    return host.stat(path, 'kept')?.kind === 'socket' && !heard.has(path);
  });
  const way = walk(socketDir, host.root);
  const listed = await readListed(way, view);
  return { socketDir, way, ...(listed && { listed }), stale };
}

/** ls marks an access list with `+` behind the mode. */
async function readListed({ parts }: PathWalk, { ask, root }: View) {
  const folders = parts.filter(({ kind }) => kind === 'folder');
  const paths = folders.map(({ path }) => ({ path, place: join(root, path) }));
  const answer = await ask('ls', ['-ldn', '--', ...paths.map(({ place }) => place)]);
  if (!('text' in answer)) return undefined;
  const lines = answer.text.split('\n').filter((line) => /^\S{10}\+/.test(line));
  const listed = paths.filter(({ place }) => lines.some((line) => line.endsWith(` ${place}`)));
  return listed.map(({ path }) => path);
}

const READS = { sockets: readSockets, account, purpose, distribution };

export const sockets: Check<typeof READS> = { name: 'sockets', levels: ALL, reads: READS, judge };

/** QEMU, which has its own user, must be able to dial guests' sockets below the folder, or to make its own in it. */
function* judge({
  sockets,
  account,
  purpose,
  distribution,
}: FactsOf<typeof READS>): Iterable<Found> {
  const { socketDir, way, stale } = sockets;
  const remedy = remedyFor(socketDir, distribution.groups[0]);
  if (way.missing) {
    const { path, code } = way.missing;
    if (code === 'EACCES') yield warning(`cannot look at ${path}`, code, 'run this as root');
    else
      yield warning(`no folder ${socketDir} for the sockets of guests`, `${path}: ${code}`, remedy);
    return;
  }
  const last = way.parts.at(-1);
  if (last?.kind !== 'folder') {
    yield failure(
      `${socketDir} is no folder`,
      `it is a ${last?.kind}`,
      'name another --socket-dir',
    );
    return;
  }
  if (!account) {
    const what = `${socketDir} is there; whether QEMU may use it is not known`;
    yield warning(what, described(last), "make QEMU's user, or name it in qemu.conf");
    return;
  }
  const found = closed(sockets, account, purpose === 'vhost-user');
  if (found) yield found;
  else {
    const may = makesGuestFolders(last.mode) ? "reach guests' sockets" : 'make sockets';
    yield ok(`QEMU's user ${account.name} may ${may} in ${socketDir}`, described(last));
  }
  if (stale.length > 0) {
    yield warning(
      'sockets on which nobody listens: left behind by guests or by a switch',
      stale.map((name) => `${socketDir}/${name}`).join(', '),
      'remove those of guests that do not run; QEMU replaces its own, if it may',
    );
  }
}

/** The first part of the path that QEMU's user may not use. */
function closed({ way, listed }: SocketFacts, account: Account, needed: boolean) {
  const folders = way.parts.filter(({ kind }) => kind === 'folder');
  for (const part of folders) {
    const last = part === folders.at(-1);
    const bits = last && !makesGuestFolders(part.mode) ? 3 : 1;
    if ((rightsOf(account, part) & bits) === bits) continue;
    const what = `QEMU's user ${account.name} may not ${bits === 3 ? 'make sockets in' : 'pass'} ${part.path}`;
    const rule = `u:${account.name}:${bits === 3 ? 'wx' : 'x'}`;
    const remedy = `let it: ${shellWords(['setfacl', '-m', rule, part.path])}`;
    // With an access list, the group's mode bits show only the list's upper bound.
    const upTo = part.uid !== account.uid && ((part.mode >> 3) & bits) === bits;
    const may = upTo && (listed?.includes(part.path) ?? true);
    if (!needed || may) {
      return warning(
        may ? `${what}, unless its access list lets it` : what,
        described(part),
        remedy,
      );
    }
    return failure(what, described(part), remedy);
  }
  return undefined;
}

function described({ path, uid, gid, mode }: PathPart): string {
  return `${path}: uid ${uid}, gid ${gid}, mode 0${mode.toString(8)}`;
}

/** The default folder is the switch's own. In any other one it makes a folder for each guest, too. */
function remedyFor(socketDir: string, group: string): string {
  const made = folderCommand(socketDir, GUEST_FOLDER_MODE, group);
  return socketDir === GUEST_FOLDER ? "'vmlane host setup --sockets' makes it" : `make it: ${made}`;
}
