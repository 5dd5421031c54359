/** Two switches joined by a wire: a memif, which is a device to each of them. */
import { join } from 'node:path';
import { until } from '../../lab/poll.js';
import type { PortRequest } from '../../src/switch/index.js';
import { inFolder } from '../switch/folder.js';
import type { RealSwitchOptions } from '../switch/real-switch.js';
import { type Bench, openBench } from './bench.js';

export interface Two {
  left: Bench;
  right: Bench;
}

/** Settings of the wire's ports, which are called `w`. */
export type WireSettings = Omit<PortRequest, 'name' | 'path' | 'device'>;

/** The wire's end at a switch, as a device. */
export function wire(folder: string, role: 'server' | 'client'): string {
  // In the folder of the state, which is the switch's user's alone.
  return `net_memif0,role=${role},socket=${join(folder, 'state', 'wire.sock')},socket-abstract=no`;
}

/** Runs `use` with two switches that run already when they get the wire. */
export function withTwo(
  use: (two: Two, plug: (settings: WireSettings) => Promise<void>) => Promise<void>,
  options: RealSwitchOptions = {},
) {
  return inFolder((folder) =>
    inFolder(async (other) => {
      const one = await openBench(folder, options);
      const two = await openBench(other, options);
      try {
        const both = { left: one.bench, right: two.bench };
        await use(both, (settings) => plugWire(both, settings));
      } finally {
        await one.end();
        await two.end();
      }
    }),
  );
}

async function plugWire({ left, right }: Two, settings: WireSettings): Promise<void> {
  const { folder } = left.one;
  await left.client.addPort({ name: 'w', path: '', device: wire(folder, 'server'), ...settings });
  await right.client.addPort({ name: 'w', path: '', device: wire(folder, 'client'), ...settings });
  await wireIsUp(left);
  await wireIsUp(right);
}

/** Waits until the other end is there. */
export function wireIsUp({ client }: Bench): Promise<unknown> {
  const wait = { thing: 'wire', problem: 'is not up', remedy: 'see the log', ms: 30_000 };
  return until(wait, async () => {
    const { devices = [] } = await client.info();
    return devices.some(({ of, link }) => of === 'w' && link === 'up') || undefined;
  });
}

/** What the guests of a switch hear, once as much has come as should. */
export async function heardAt(bench: Bench, count: number): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  const wait = { thing: 'frames', problem: 'are missing', remedy: 'see stats', ms: 30_000 };
  await until(wait, async () => {
    for (const [guest, frames] of Object.entries(await bench.received()))
      all[guest] = [...(all[guest] ?? []), ...frames];
    const n = Object.values(all).reduce((sum, frames) => sum + frames.length, 0);
    return n >= count || undefined;
  });
  return all;
}
