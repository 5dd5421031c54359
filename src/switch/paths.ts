import { existsSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_CONTROL_SOCKET } from '../contract/bounds.js';
import { Failed, InvalidInput } from '../values/errors.js';
import { SOCKET_PATH_MAX } from '../values/socket-path.js';
import { filesBeside } from './beside.js';

export { filesBeside, type SwitchFiles } from './beside.js';

/** The folder of this package, which has templates/; the same from src/ and from dist/. */
export function packageRoot(from = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    // Not by package.json: dist/bin has one, too.
    if (existsSync(join(folder, 'templates'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no templates/ above ${from}`);
  }
}

/**
 * Where Debian's package puts what is in a checkout (packaging/README.md). There programs of ours are in other
 * places, and Node may be the package's own.
 */
export const INSTALLED = '/usr/lib/vmlane';

/** A program that is built from native/: in a checkout where meson puts it. */
export function nativeProgram(
  name: 'vhost-switch' | 'ovs/ovs-vsctl',
  root = packageRoot(),
): string {
  if (root !== INSTALLED) return join(root, 'build/native', name);
  return name === 'vhost-switch' ? '/usr/bin/vhost-switch' : join(root, name);
}

/** The Node of the package: its own where the system's is too old, else a link to that; undefined: a checkout has none. */
export function ownNode(root = packageRoot()): string | undefined {
  const path = join(root, 'node');
  return existsSync(path) ? path : undefined;
}

/** How a file of the package that is missing or damaged comes back. */
export function rebuilt(root = packageRoot()): string {
  return root === INSTALLED
    ? 'apt reinstall vmlane vhost-switch'
    : `run 'npm run setup' in ${root}`;
}

/** The absolute socket path; throws InvalidInput if the kernel would refuse it. */
export function absoluteSocketPath(given: string): string {
  const path = resolve(given);
  if (given === '' || Buffer.byteLength(path) > SOCKET_PATH_MAX) {
    throw new InvalidInput({
      thing: given || 'socket path',
      problem: given ? `longer than ${SOCKET_PATH_MAX} bytes` : 'empty',
      remedy: 'give a shorter path, such as one below /run',
    });
  }
  return path;
}

/**
 * The file in which a switch on this socket kept its ports when it had no folder, unless it has a newer
 * one: after the socket, or for all switches of a folder.
 */
export function earlierState(controlSocket: string): string | undefined {
  if (existsSync(filesBeside(controlSocket).state)) return undefined;
  const name = basename(controlSocket, '.sock');
  const earlier = [`${name}.ports.json`, 'ports.json'];
  return earlier.map((one) => join(dirname(controlSocket), one)).find((path) => existsSync(path));
}

/** Path of the control socket: the given one, else VMLANE_SWITCH (as in qemu-wrap), else the default. */
export function controlSocketPath(given: string | undefined, env: NodeJS.ProcessEnv): string {
  return absoluteSocketPath(given ?? (env.VMLANE_SWITCH || DEFAULT_CONTROL_SOCKET));
}

/**
 * Finds the vhost-switch program: the path given, VMLANE_SWITCH_BINARY, this package's, PATH. Throws InvalidInput if a given path is not executable, Failed if the program is
 * not found.
 */
export async function findBinary(
  given: string | undefined,
  env: NodeJS.ProcessEnv,
  root = packageRoot(),
): Promise<string> {
  const named = given ?? env.VMLANE_SWITCH_BINARY;
  if (named) {
    if (await isProgram(named)) return resolve(named);
    throw new InvalidInput({
      thing: named,
      problem: 'not a program that can be run',
      remedy: 'name the vhost-switch program, or leave it out to find it',
    });
  }
  const inPath = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = inPath.map((folder) => join(folder, 'vhost-switch'));
  for (const candidate of [nativeProgram('vhost-switch', root), ...candidates]) {
    if (await isProgram(candidate)) return candidate;
  }
  throw new Failed({
    thing: 'vhost-switch',
    problem: 'the program is not built and not in PATH',
    remedy: `${rebuilt(root)}, or set VMLANE_SWITCH_BINARY`,
  });
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false; // absent, not ours to run, or behind a closed folder: not this one
  }
}
