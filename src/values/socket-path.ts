import { posix } from 'node:path';
import { DEFAULT_CONTROL_SOCKET, SOCKET_PATH } from '../contract/bounds.js';
import { quote } from './problems.js';
import { shellWords } from './shell.js';

/** Folder of the switch's control socket, log and state. Only root writes there: what is in it is believed. */
export const RUN_FOLDER = posix.dirname(DEFAULT_CONTROL_SOCKET);
export const RUN_FOLDER_MODE = 0o755;
/** Folder of the guests' folders of sockets, by default: `GUEST_FOLDER/web1/0.sock`. */
export const GUEST_FOLDER = `${RUN_FOLDER}/guests`;
/** QEMU's group passes; makesGuestFolders. */
export const GUEST_FOLDER_MODE = 0o2750;

/**
 * Whether the switch makes a folder for each guest in a folder of this mode, with the folder's group: one with the
 * set-group-ID bit. See native/vhost/guest_folder.h.
 */
export function makesGuestFolders(mode: number): boolean {
  return (mode & 0o2000) !== 0;
}

/**
 * A folder where QEMUs listen and no switch makes folders: each makes its sockets there, and none removes another's.
 * Without the set-group-ID bit: makesGuestFolders.
 */
export const QEMU_FOLDER_MODE = 0o1770;

/** The command that makes a folder of sockets for QEMU's group, such as on Debian. */
export function folderCommand(folder: string, mode: number, group = 'libvirt-qemu'): string {
  return shellWords(['install', '-d', '-m', mode.toString(8), '-g', group, folder]);
}

/** Limit on the bytes of a Unix socket's path: sun_path is 108 with its final NUL (unix(7)). */
export const SOCKET_PATH_MAX = SOCKET_PATH.max;
/** PATH_MAX without its final NUL. */
export const FILE_PATH_MAX = 4095;

/** The problem with a path, or undefined. It must be absolute, normalised, and of at most `maxBytes` bytes. */
export function pathTrouble(
  path: string,
  maxBytes: number,
): { problem: string; remedy: string } | undefined {
  if (unprintable(path)) {
    return { problem: 'holds a control character', remedy: 'remove it' };
  }
  if (!path.startsWith('/')) {
    return { problem: describeRelative(path), remedy: 'give a path that begins with /' };
  }
  const normal = posix.normalize(path).replace(/(?<=.)\/$/, '');
  if (normal === '/') return { problem: 'names the root folder', remedy: 'name a file' };
  if (normal !== path) {
    return { problem: `${quote(path)} is not normalised`, remedy: `write ${quote(normal)}` };
  }
  if (path.trim() !== path) {
    return { problem: `${quote(path)} ends with a blank`, remedy: `write ${quote(path.trim())}` };
  }
  const bytes = Buffer.byteLength(path);
  if (bytes > maxBytes) {
    return {
      problem: `is ${bytes} bytes long`,
      remedy: `give a path of at most ${maxBytes} bytes`,
    };
  }
  return undefined;
}

/** True for a text with characters that XML 1.0 forbids or that forge lines: controls, lone surrogates, separators. */
export function unprintable(text: string): boolean {
  return /[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/u.test(text);
}

function describeRelative(path: string): string {
  return path === '' ? 'is empty' : `${quote(path)} is not absolute`;
}
