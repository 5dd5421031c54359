import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../src/switch/paths.js';
import { Child } from './child.js';
import type { Sample } from './figures.js';
import type { Place, Running, Subject } from './subject.js';

const MEMORY_MIB = 128;
const binary = join(packageRoot(), 'build/native/bench/vhost-copy');

/** The bare loop of native/bench: rte_vhost's own data path, and no switching. */
export async function bare(dpdk: string): Promise<Subject> {
  await access(binary);
  return { name: 'bare', version: `rte_vhost of DPDK ${dpdk}`, pages: MEMORY_MIB / 2, start };
}

async function start({ folder, nice, signal }: Place): Promise<Running> {
  const sockets = [join(folder, 'a'), join(folder, 'b')] as const;
  const eal = ['--lcores', '0@0', '--no-pci', '--in-memory', '-m', String(MEMORY_MIB)];
  const child = new Child(binary, [...eal, '--', ...sockets], { nice, signal });
  try {
    await child.says('"packets"');
  } catch (error) {
    await child.end();
    throw error;
  }
  const sample = async (): Promise<Sample> => {
    child.take();
    const line = await child.until('printed', async () => lastLine(child.output));
    const { tsc, tsc_hz, busy_cycles, packets, dropped } = JSON.parse(line);
    return {
      busyCycles: busy_cycles,
      packets,
      drops: dropped,
      tsc,
      time: (tsc / tsc_hz) * 1e9,
      waited: await child.waited(),
    };
  };
  return { sockets, sample, stop: () => child.end() };
}

/** The last whole line of counters; rte_vhost's own messages are mixed in. */
export function lastLine(output: string): string | undefined {
  return output
    .split('\n')
    .slice(0, -1)
    .findLast((line) => line.startsWith('{"tsc"'));
}
