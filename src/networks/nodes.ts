/** Device nodes of macvtaps, by which the switch's user takes them. */
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { DEVICE_NODES } from '../contract/bounds.js';
import { macvtapNumbers } from '../system/devices/nets.js';
import { runApart } from '../system/processes/apart.js';
import { errorText, Failed } from '../values/errors.js';

/** Path of an interface's node. */
export function nodeOf(name: string): string {
  return `${DEVICE_NODES}/${name}`;
}

/** Owner of an interface's node; undefined: there is none, or it is of another interface, such as a former one. */
export function nodeOwner(name: string): number | undefined {
  const stat = lstatSync(nodeOf(name), { throwIfNoEntry: false });
  const numbers = macvtapNumbers(name);
  if (!stat?.isCharacterDevice() || !numbers) return undefined;
  const [major, minor] = numbers;
  // As glibc's gnu_dev_makedev has them, below 2^12 and 2^8.
  const isIts = (stat.rdev >> 8) % 0x1000 === Number(major) && minorOf(stat.rdev) === Number(minor);
  return isIts ? stat.uid : undefined;
}

function minorOf(rdev: number): number {
  return (rdev & 0xff) | ((rdev >> 12) & 0xfff00);
}

/**
 * Makes the folder of the nodes: root's, so that nobody else chooses what the switch opens. The switch may reach it
 * only if it is there at its start. @throws Failed
 */
export function makeNodeFolder(): void {
  attempt('make', () => mkdirSync(DEVICE_NODES, { recursive: true, mode: 0o755 }));
  const { uid, mode } = lstatSync(DEVICE_NODES);
  const isOurs = uid === process.geteuid?.() && (mode & 0o170022) === 0o040000;
  // A service's umask, such as 0077, would keep the switch's user out.
  if (isOurs && (mode & 0o777) !== 0o755) attempt('open', () => chmodSync(DEVICE_NODES, 0o755));
  if (isOurs) return;
  const problem = 'is not a folder of root that only root may write';
  throw new Failed({ thing: DEVICE_NODES, problem, remedy: 'remove it' });
}

/** Makes the node of an interface that is there, for a user. @throws Failed */
export async function makeNode(name: string, uid: number): Promise<void> {
  const numbers = macvtapNumbers(name);
  const path = nodeOf(name);
  if (!numbers) {
    const problem = 'the kernel shows no device of it in /sys/class/net';
    throw new Failed({ thing: name, problem, remedy: "see 'ip -d link'" });
  }
  makeNodeFolder();
  removeNode(name);
  // Node.js has no mknod.
  const { exitCode, stderr } = await runApart('mknod', ['-m', '600', path, 'c', ...numbers], {
    env: { LC_ALL: 'C' },
  });
  if (exitCode !== 0) {
    const problem = stderr.trim() || `mknod ended with status ${exitCode}`;
    throw new Failed({ thing: path, problem, remedy: 'run this as root, where devices are made' });
  }
  attempt('give', () => chownSync(path, uid, 0));
}

/** @throws Failed */
export function removeNode(name: string): void {
  attempt('remove', () => rmSync(nodeOf(name), { force: true }));
}

/** The command that makes a node, as a user would type it. */
export function nodeCommand(name: string, uid: number): string {
  const numbers = `$(cat /sys/class/net/${name}/macvtap/*/dev | tr : ' ')`;
  return `mknod -m 600 ${nodeOf(name)} c ${numbers} && chown ${uid}:0 ${nodeOf(name)}`;
}

function attempt<T>(verb: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const problem = `cannot ${verb} it (${errorText(cause)})`;
    throw new Failed({ thing: DEVICE_NODES, problem, remedy: 'run this as root' }, { cause });
  }
}
