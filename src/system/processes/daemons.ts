/** libvirt's daemons: running ones, and those started by systemd. */
import { lookAt, type Root } from '../look/index.js';
import { isOfOurs, nameOf, processIds } from './table.js';

/** The daemon that runs QEMU's guests. */
export interface Daemon {
  name: string;
  pid: number;
  /** Start time, in milliseconds like Date.now(). */
  since: number;
}

/** Clock ticks a second of /proc/PID/stat. Source: proc(5), USER_HZ on amd64. */
const TICKS = 100;
/** The modular daemon comes first: if both run, it has the guests. Names as cut by the kernel. */
const NAMES = ['virtqemud', 'libvirtd'];

/** The daemon with the guests of this PID namespace. `root` stands for `/`. */
export function findDaemon(root: Root = '/', now = Date.now()): Daemon | undefined {
  return findDaemons(root, now)[0];
}

/** All daemons in this PID namespace; those in containers have their own guests and hooks. */
export function findDaemons(root: Root = '/', now = Date.now()): Daemon[] {
  const look = lookAt(root);
  const uptime = Number((look.text('/proc/uptime') ?? '').split(' ')[0]);
  const found = processIds(look).flatMap((pid): Daemon[] => {
    const name = nameOf(look, pid);
    if (!NAMES.includes(name) || !isOfOurs(look, pid)) return [];
    // The name is in parentheses and may contain anything; the start time is the 22nd field.
    const stat = look.text(`/proc/${pid}/stat`) ?? '';
    const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) / TICKS;
    const since = now - (uptime - started) * 1000;
    return Number.isFinite(since) ? [{ name, pid: Number(pid), since }] : [];
  });
  return NAMES.flatMap((name) => found.filter((one) => one.name === name));
}

const UNITS = ['sockets.target.wants', 'multi-user.target.wants'];

/** libvirt's units enabled in systemd. */
export function daemonUnits(root: Root = '/'): string[] {
  const look = lookAt(root);
  const units = UNITS.flatMap((folder) => look.names(`/etc/systemd/system/${folder}`));
  return [...new Set(units)].filter((name) =>
    /^(libvirtd|virtqemud)\.(socket|service)$/.test(name),
  );
}

/** Existing sockets of libvirt's daemons: `libvirt-sock`. */
export function daemonSockets(root: Root = '/'): string[] {
  return lookAt(root)
    .names('/run/libvirt')
    .filter((name) => name.endsWith('-sock'));
}
