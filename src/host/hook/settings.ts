import { isAbsolute, normalize } from 'node:path';
import { DEFAULT_CONTROL_SOCKET } from '../../contract/bounds.js';
import { absoluteSocketPath } from '../../switch/paths.js';
import { InvalidInput } from '../../values/errors.js';
import { GUEST_FOLDER } from '../../values/socket-path.js';

/** Which switch the hook asks, and for which sockets. */
export interface HookSettings {
  /** Control socket, absolute. */
  switch: string;
  /** Absolute folders; a NIC with a socket elsewhere belongs to another switch. */
  socketDirs: readonly string[];
}

/** Settings from options of the command line. @throws InvalidInput naming the option */
export function hookSettings(
  given: { switch?: string | undefined; socketDirs?: readonly string[] | undefined } = {},
): HookSettings {
  const socket = checkPath('--control-socket', given.switch ?? DEFAULT_CONTROL_SOCKET);
  const socketDirs = given.socketDirs?.length ? given.socketDirs : [GUEST_FOLDER];
  const tidied = socketDirs.map((socketDir) => {
    return checkPath('--socket-dir', socketDir).replace(/(?<=.)\/+$/, '');
  });
  return { switch: absoluteSocketPath(socket), socketDirs: [...new Set(tidied)] };
}

/** Settings that the hook's file passes to Node. @throws InvalidInput if somebody has edited them wrongly */
export function parseSettings(json: string): HookSettings {
  try {
    const { switch: socket, socketDirs } = JSON.parse(json) as Record<string, unknown>;
    if (typeof socket === 'string' && Array.isArray(socketDirs) && socketDirs.length > 0) {
      return hookSettings({ switch: socket, socketDirs: socketDirs.map(String) });
    }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new InvalidInput({
    thing: 'settings of the hook',
    problem: 'they cannot be read',
    remedy: "run 'vmlane hook install' again",
  });
}

/** Paths must be absolute: libvirt runs the hook in another folder. */
function checkPath(option: string, path: string): string {
  const thing = path === '' ? option : `${option} ${path}`;
  const remedy = `give a path such as ${GUEST_FOLDER}`;
  if (!isAbsolute(path)) {
    throw new InvalidInput({ thing, problem: 'not an absolute path', remedy });
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being refused
  if (/[\u0000-\u001f\u007f]/.test(path)) {
    throw new InvalidInput({ thing, problem: 'holds a control character', remedy });
  }
  return normalize(path);
}
