import { readdir, readFile, readlink } from 'node:fs/promises';

interface Process {
  pid: number;
  parent: number;
  state: string;
  exe: string;
  command: string;
}

/**
 * Stray processes in this PID namespace: neither this process and its ancestors, nor Node processes
 * below it. In a private world there must be none after a lab is closed.
 */
export async function strays(): Promise<string[]> {
  const all = new Map<number, Process>();
  for (const name of await readdir('/proc')) {
    const found = /^\d+$/.test(name) ? await look(Number(name)) : undefined;
    if (found) all.set(found.pid, found);
  }
  const above = new Set(ancestors(all, process.pid));
  return [...all.values()]
    .filter(({ state }) => state !== 'Z') // dead, and about to be reaped
    .filter(({ pid }) => !above.has(pid))
    .filter(
      ({ pid, exe }) => exe !== process.execPath || !ancestors(all, pid).includes(process.pid),
    )
    .map(({ pid, command }) => `${pid} ${command}`);
}

function ancestors(all: Map<number, Process>, pid: number): number[] {
  const found = all.get(pid);
  return found === undefined ? [] : [pid, ...ancestors(all, found.parent)];
}

/** Undefined for a process that has ended meanwhile. */
async function look(pid: number): Promise<Process | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name is in parentheses and may contain anything, so parse from the last one on.
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    const exe = state === 'Z' ? '' : await readlink(`/proc/${pid}/exe`);
    return { pid, parent: Number(parent), state, exe, command };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
