import { readdir, readFile } from 'node:fs/promises';
import type { Sample } from './growth.js';

export async function look(pid: number): Promise<Omit<Sample, 'minute'>> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    pid,
    rssKiB: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]),
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]),
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
  };
}
