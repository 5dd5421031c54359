import { execFileSync } from 'node:child_process';
import { atLeast, type Version } from '../../src/qemu/index.js';

const [major = 0, minor = 0] = execFileSync('virsh', ['--version'], { encoding: 'utf8' })
  .split('.')
  .map(Number);

/** Whether the libvirt that tests use is this version or a later one. */
export function isHere(since: Version): boolean {
  return atLeast([major, minor], since);
}
