/** Switches with an uplink that is a capture file. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../lab/poll.js';
import { inFolder } from '../switch/folder.js';
import type { RealSwitchOptions } from '../switch/real-switch.js';
import { type Bench, openBench } from './bench.js';
import { fromPcap, toPcap } from './pcap.js';

/**
 * A switch whose uplink plays `incoming` over and over. Returns what went out through it, as the
 * capture file has it when the switch has ended.
 */
export function withPcap(
  incoming: string[],
  own: string[],
  use: (bench: Bench) => Promise<void>,
): Promise<string[]> {
  return inFolder(async (folder) => {
    const [from, to] = [join(folder, 'in.pcap'), join(folder, 'out.pcap')];
    await writeFile(from, toPcap(incoming));
    const endless = incoming.length > 0 ? ',infinite_rx=1' : '';
    const options: RealSwitchOptions = {
      vdev: `net_pcap0,rx_pcap=${from},tx_pcap=${to}${endless}`,
      own: ['-p', '1', '--total-num-mbufs', '2048', ...own],
    };
    const { bench, end } = await openBench(folder, options);
    try {
      await use(bench);
    } finally {
      await end();
    }
    return fromPcap(await readFile(to));
  });
}

/** Port b has number 1; c and d are in VLAN 100. Each guest's address is mac(its number). */
export async function plugFour(bench: Bench): Promise<void> {
  await bench.plug(['a']);
  await bench.plug(['b'], { packed: true });
  await bench.plug(['c'], { vlan: 100 });
  await bench.plug(['d'], { vlan: 100, mergeable: true });
}

/**
 * All different frames that each guest got, in alphabetical order, once as many have come as are
 * expected, and the file was played again: what should not have come had as many chances.
 */
export async function heard(bench: Bench, expected: number): Promise<Record<string, string[]>> {
  const all: Record<string, Set<string>> = {};
  const listen = async (): Promise<void> => {
    for (const [guest, frames] of Object.entries(await bench.received())) {
      all[guest] ??= new Set();
      for (const one of frames) all[guest].add(one);
    }
  };
  const packets = async (): Promise<number> => (await bench.client.stats()).uplink?.rx_packets ?? 0;
  const wait = { thing: 'uplink', problem: 'has not brought all', remedy: 'see the capture file' };
  await until({ ...wait, ms: 60_000 }, async () => {
    await listen();
    const count = Object.values(all).reduce((sum, set) => sum + set.size, 0);
    return count >= expected || undefined;
  });
  const before = await packets();
  await until({ ...wait, problem: 'brings nothing more', ms: 60_000 }, async () => {
    await listen();
    return (await packets()) > before + 1000 || undefined;
  });
  return Object.fromEntries(Object.entries(all).map(([guest, set]) => [guest, [...set].sort()]));
}
