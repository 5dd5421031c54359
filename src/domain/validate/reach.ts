/** Sockets and files on this host: whether QEMU can make, dial or open them. */

import { dirname, normalize } from 'node:path';
import type { Account, PathPart, PathWalk } from '../../values/access.js';
import { rightsOf } from '../../values/access.js';
import { shellWords } from '../../values/shell.js';
import {
  folderCommand,
  GUEST_FOLDER,
  makesGuestFolders,
  QEMU_FOLDER_MODE,
} from '../../values/socket-path.js';
import type { Placed } from '../../xml/scan.js';
import { filesOf } from './files.js';
import { type Found, note, type Rule, shown, unfit, visible, warning } from './finding.js';
import type { SocketNic, Subject } from './subject.js';

export const REACH: readonly Rule[] = [
  { name: 'socket-folder', check: folder },
  { name: 'socket-peer', check: peer },
  { name: 'file', check: file },
];

const STICKY = 0o1000;

/** QEMU must be able to make a socket in its folder, or reach one through it. */
function* folder({ vhostUser, running, facts }: Subject): Iterable<Found> {
  const { host } = facts;
  for (const { sourceElement: source, path, mode } of vhostUser) {
    const way = host?.paths.get(path);
    if (!host || !way || running) continue;
    const parent = dirname(path);
    const lost = isLost(way, path) ? way.missing : undefined;
    if (lost) {
      yield missing(source, parent, lost, made(parent, mode));
      continue;
    }
    if (!host.account) {
      const problem = "nobody knows QEMU's user: there is neither libvirt-qemu nor qemu";
      yield note(source, `${problem}, so its rights are not checked`, 'set user in qemu.conf');
      return;
    }
    const last = way.parts.find((one) => one.path === path);
    const folders = way.parts.filter((one) => one.kind === 'folder');
    const at = mode === 'server' ? folders.pop() : undefined;
    yield* denied(source, folders, 0o1, 'pass', host.account);
    if (at) yield* denied(source, [at], 0o3, 'make a socket in', host.account);
    // The switch replaces a socket on which nobody listens any more.
    if (mode === 'client' && last?.kind === 'socket' && host.listening.has(path)) {
      yield* denied(source, [last], 0o2, 'connect to', host.account);
    }
    const owners = [0, last?.uid, at?.uid];
    if (!at || !last || !(at.mode & STICKY) || owners.includes(host.account.uid)) continue;
    // Do not advise to remove a socket that is in use.
    if (host.listening.has(path)) continue;
    const problem = `${visible(path)} belongs to uid ${last.uid}, so ${host.account.name} may not replace it`;
    yield unfit(source, problem, `remove it: ${shellWords(['rm', path])}`);
  }
}

/** A client without a listener fails at once; a server would take another's name away. Source: libvirt.md. */
function* peer({ vhostUser, running, facts }: Subject): Iterable<Found> {
  const { host } = facts;
  for (const nic of vhostUser) {
    const { sourceElement: source, path, mode } = nic;
    const way = host?.paths.get(path);
    if (!host || !way || running || isLost(way, path)) continue;
    const heard = host.listening.has(path);
    if (mode === 'server' && heard) {
      const problem = `another process listens on ${visible(path)}`;
      yield unfit(source, problem, 'stop it, or give this NIC a socket of its own');
    } else if (mode === 'client' && !heard && !isHooked(path, host.hook)) yield unheard(nic, way);
  }
}

/** The switch listens once it has the port, which `domain start` or the hook may add. */
function unheard({ sourceElement: source, path }: SocketNic, { missing }: PathWalk): Found {
  const problem = missing
    ? `${visible(path)} is not there yet: nobody listens`
    : `nobody in this network namespace listens on ${visible(path)} yet`;
  const remedy =
    "'vmlane domain start' has the switch listen first; for virsh there is 'vmlane hook install'";
  return warning(source, problem, remedy);
}

function isHooked(path: string, folders: readonly string[] = []): boolean {
  return folders.some((folder) => normalize(path).startsWith(`${folder}/`));
}

/** libvirt gives QEMU's user access to the files, but not to the folders on the way. */
function* file({ domain, facts }: Subject): Iterable<Found> {
  const { host } = facts;
  for (const { at, path, what } of filesOf(domain)) {
    const way = host?.paths.get(path);
    if (!host || !way || facts.made?.includes(path)) continue;
    if (way.missing) {
      yield missing(at, path, way.missing, `check the path of ${what}`);
      continue;
    }
    const folders = way.parts.filter((one) => one.kind === 'folder' && one.path !== path);
    if (host.account) yield* denied(at, folders, 0o1, 'pass', host.account);
  }
}

/** Whether its folder does not exist, or is not a folder; the switch makes one below a folder that makesGuestFolders. */
function isLost({ missing, parts }: PathWalk, path: string): boolean {
  if (!missing) return false;
  const isMade = missing.path === dirname(path) && makesGuestFolders(parts.at(-1)?.mode ?? 0);
  return missing.code === 'ENOTDIR' || (missing.path !== path && !isMade);
}

function missing(
  at: Placed,
  wanted: string,
  lost: NonNullable<PathWalk['missing']>,
  remedy: string,
): Found {
  const { path, code } = lost;
  if (code === 'EACCES') {
    return note(at, `cannot look at ${visible(path)} (${code})`, 'run this as root');
  }
  if (code === 'ENOTDIR') {
    return unfit(at, `${shown(dirname(path))} is no folder`, 'choose another path');
  }
  const nor = path === wanted ? '' : `, nor is ${shown(path)}`;
  return unfit(at, `${shown(wanted)} is not there${nor} (${code})`, remedy);
}

/** The default folder is the switch's own. Elsewhere QEMU makes its socket, and no other user replaces it. */
function made(folder: string, mode: SocketNic['mode']): string {
  if (folder === GUEST_FOLDER || dirname(folder) === GUEST_FOLDER)
    return 'make it: vmlane host setup --sockets';
  if (mode === 'client')
    return `choose a path ${GUEST_FOLDER}/GUEST/NIC.sock, where the switch makes the folder`;
  return `make it: ${folderCommand(folder, QEMU_FOLDER_MODE)}`;
}

/** The first part of the path that QEMU's user may not use in this way. */
function* denied(
  at: Placed,
  parts: readonly PathPart[],
  bits: number,
  doing: string,
  account: Account,
): Iterable<Found> {
  const { uid, name } = account;
  for (const part of parts) {
    const { path, mode, uid: owner } = part;
    if ((rightsOf(account, part) & bits) === bits) continue;
    const octal = `0${mode.toString(8).padStart(3, '0')}`;
    const problem = `QEMU's user ${name} may not ${doing} ${shown(path)} (mode ${octal})`;
    const letters = `${bits & 0o2 ? 'w' : ''}${bits & 0o1 ? 'x' : ''}`;
    const remedy = `let it: ${shellWords(['setfacl', '-m', `u:${name}:${letters}`, path])}`;
    // With an access list, the group's mode bits show only the list's upper bound.
    if (uid !== owner && ((mode >> 3) & bits) === bits) {
      yield warning(at, `${problem}, unless an access list lets it`, remedy);
    } else yield unfit(at, problem, remedy);
    return;
  }
}
