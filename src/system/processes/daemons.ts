/** libvirt's daemons: those that run, and those that systemd starts. */
import { lookAt, type Root } from '../look/index.js';
import { isOfOurs, nameOf, processIds } from './table.js';

/** The daemon that runs QEMU's guests. */
export interface Daemon {
  name: string;
  pid: number;
  /** When it started, in milliseconds as Date.now() has them. */
  since: number;
}

/** Clock ticks a second of /proc/PID/stat. Source: proc(5), USER_HZ on amd64. */
const TICKS = 100;
/** The modular daemon is asked first: where both run, it has the guests. Names as the kernel cuts them. */
const NAMES = ['virtqemud', 'libvirtd'];

/** The daemon that has the guests of this PID namespace. `root` stands for `/`. */
export function findDaemon(root: Root = '/', now = Date.now()): Daemon | undefined {
  return findDaemons(root, now)[0];
}

/** All that run in this PID namespace; those of containers have guests and hooks of their own. */
export function findDaemons(root: Root = '/', now = Date.now()): Daemon[] {
  const look = lookAt(root);
  const uptime = Number((look.text('/proc/uptime') ?? '').split(' ')[0]);
  const found = processIds(look).flatMap((pid): Daemon[] => {
    const name = nameOf(look, pid);
    if (!NAMES.includes(name) || !isOfOurs(look, pid)) return [];
    // The name stands in parentheses and may hold anything; the start is the 22nd field.
    const stat = look.text(`/proc/${pid}/stat`) ?? '';
    const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) / TICKS;
    const since = now - (uptime - started) * 1000;
    return Number.isFinite(since) ? [{ name, pid: Number(pid), since }] : [];
  });
  return NAMES.flatMap((name) => found.filter((one) => one.name === name));
}

const UNITS = ['sockets.target.wants', 'multi-user.target.wants'];

/** Units of libvirt that systemd starts. */
export function daemonUnits(root: Root = '/'): string[] {
  const look = lookAt(root);
  const units = UNITS.flatMap((folder) => look.names(`/etc/systemd/system/${folder}`));
  return [...new Set(units)].filter((name) =>
    /^(libvirtd|virtqemud)\.(socket|service)$/.test(name),
  );
}

/** Sockets of libvirt's daemons that are there: `libvirt-sock`. */
export function daemonSockets(root: Root = '/'): string[] {
  return lookAt(root)
    .names('/run/libvirt')
    .filter((name) => name.endsWith('-sock'));
}
