/** Whether the libvirtd that runs knows of the hook. */
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, namesIn, readText } from '../../system/text.js';
import { HOOK_PATH } from './file.js';

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
export function findDaemon(root = '/', now = Date.now()): Daemon | undefined {
  return findDaemons(root, now)[0];
}

/** All that run in this PID namespace; those of containers have guests and hooks of their own. */
export function findDaemons(root = '/', now = Date.now()): Daemon[] {
  const proc = join(root, 'proc');
  const namespace = (pid: string) => attempt(() => readlinkSync(join(proc, pid, 'ns/pid')));
  const text = (...path: string[]) => readText(join(proc, ...path)) ?? '';
  const uptime = Number(text('uptime').split(' ')[0]);
  const pids = namesIn(proc).filter((name) => /^\d+$/.test(name));
  const found = pids.flatMap((pid): Daemon[] => {
    const name = text(pid, 'comm').trim();
    if (!NAMES.includes(name) || namespace(pid) !== namespace('self')) return [];
    // The name stands in parentheses and may hold anything; the start is the 22nd field.
    const stat = text(pid, 'stat');
    const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) / TICKS;
    const since = now - (uptime - started) * 1000;
    return Number.isFinite(since) ? [{ name, pid: Number(pid), since }] : [];
  });
  return NAMES.flatMap((name) => found.filter((one) => one.name === name));
}

/**
 * When the executable hooks for QEMU came, ours and others. libvirtd looks whether there is any when it
 * starts and when it is reloaded; if so, it lists the folder at each call. Source: virhook.c, tried with 9.0.
 */
export function hookTimes(root = '/'): number[] {
  const folder = join(root, HOOK_PATH, '..');
  const paths = [join(folder, '../qemu'), ...namesIn(folder).map((name) => join(folder, name))];
  return paths.flatMap((path) => {
    const found = attempt(() => statSync(path));
    return found?.isFile() && (found.mode & 0o111) !== 0 ? [found.mtimeMs] : [];
  });
}

/** True when the daemon had a hook at its start, so that it calls ours, too. A later reload does not show. */
export function knowsHooks(daemon: Daemon, times: readonly number[]): boolean {
  return times.some((time) => time < daemon.since);
}
