import type { Version } from '../../qemu/index.js';
import { lookAt, type Root } from '../look/index.js';

/**
 * Version of a package on Debian and its derivatives; undefined: not installed. QEMU is not run for its
 * version: an emulator named in a file from outside could be any program.
 */
export function debianVersion(name: string, root: Root = '/'): Version | undefined {
  const status = lookAt(root).text('/var/lib/dpkg/status') ?? '';
  const entry = status.split('\n\n').find((one) => one.startsWith(`Package: ${name}\n`));
  const [, major, minor] = /^Version: (?:\d+:)?(\d+)\.(\d+)/m.exec(entry ?? '') ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}
