/** Folders for a moment, for programs that take files only. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `use` with a new folder that only we can read, and removes it with all that is in it: in the end, also when
 * that fails, and when a signal ends the process. Rejects as mkdtemp() where none can be made.
 */
export async function withOwnFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const { folder, remove } = await ownFolder();
  try {
    return await use(folder);
  } finally {
    await remove();
  }
}

/** The same for a time that has no end in one place: until `remove`, or a signal that ends the process. */
export async function ownFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
  const leave = leavesAtSignal(folder);
  const remove = async () => {
    leave();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, remove };
}

/** Where a command hears the signal itself, it goes on to its end, and `finally` does this. */
function leavesAtSignal(folder: string): () => void {
  const heard = (signal: NodeJS.Signals) => {
    rmSync(folder, { recursive: true, force: true });
    stop();
    process.kill(process.pid, signal);
  };
  const own = SIGNALS.filter((signal) => process.listenerCount(signal) === 0);
  const stop = () => {
    for (const signal of own) process.off(signal, heard);
  };
  for (const signal of own) process.on(signal, heard);
  return stop;
}
