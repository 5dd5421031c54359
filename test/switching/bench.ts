import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { patience } from '../../lab/slow.js';
import { type PortStats, SwitchClient, type VlanMode } from '../../src/switch/index.js';
import { inFolder } from '../switch/folder.js';
import type { RealSwitch, RealSwitchOptions } from '../switch/real-switch.js';
import { type GuestOptions, Guests } from './guests.js';
import { startSwitch } from './start.js';

export interface PortOptions extends GuestOptions {
  vlan?: number;
  mode?: VlanMode;
  trunks?: string;
  relay?: string;
}

/** A switch, a client of it and guests. */
export class Bench {
  constructor(
    public one: RealSwitch,
    readonly client: SwitchClient,
    readonly guests: Guests,
  ) {}

  path(name: string): string {
    return join(this.one.folder, `${name}.sock`);
  }

  /** Adds a port that the switch dials when its guest listens, without a guest yet. */
  async add(name: string, options: PortOptions = {}): Promise<void> {
    const { vlan = 0, mode, trunks, relay, listen = true } = options;
    await this.client.addPort({
      ...{ name, path: this.path(name), listener: listen ? 'qemu' : 'switch', vlan },
      ...(mode !== undefined && { vlan_mode: mode }),
      ...(trunks !== undefined && { trunks }),
      ...(relay !== undefined && { relay }),
    });
  }

  /** Ports with guests that are up; they listen and the switch dials by default. */
  async plug(names: string[], options: PortOptions = {}): Promise<void> {
    const { vlan: _, mode: __, trunks: ___, relay: ____, listen = true, ...guest } = options;
    // Who dials comes last, and rte_vhost takes up to a second to look at new sockets.
    for (const name of listen ? names : []) {
      await this.guests.open(name, this.path(name), { ...guest, listen, later: true });
    }
    for (const name of names) await this.add(name, options);
    for (const name of names) {
      if (listen) await this.guests.connect(name);
      else await this.guests.open(name, this.path(name), guest);
    }
  }

  /** What guests have received since this was asked last; those without anything left out. */
  received(): Promise<Record<string, string[]>> {
    return this.guests.receive();
  }

  /** Takes all ports and guests away. */
  async clear(): Promise<void> {
    for (const name of this.guests.names) await this.guests.close(name);
    for (const { name } of await this.client.ports()) await this.client.removePort(name);
  }

  async stats(name: string): Promise<PortStats> {
    const found = (await this.client.stats(name)).ports[0];
    if (!found) throw new Error(`${name}: no such port`);
    return found;
  }

  /** All drops of all ports that are not 0, as `port reason`. */
  async drops(): Promise<Record<string, number>> {
    const all: Record<string, number> = {};
    for (const { name, drops } of (await this.client.stats()).ports) {
      for (const [reason, count] of Object.entries(drops)) {
        if (count > 0) all[`${name} ${reason}`] = count;
      }
    }
    return all;
  }
}

/** A bench to be ended; then the switch must end as it is told, without a crash. */
export async function openBench(
  folder: string,
  options: RealSwitchOptions = {},
): Promise<{ bench: Bench; end(): Promise<void> }> {
  const one = await startSwitch(folder, options);
  const client = await SwitchClient.connect(one.socket, { deadlineMs: patience(30_000) });
  const bench = new Bench(one, client, new Guests());
  const end = async (): Promise<void> => {
    await bench.guests.end();
    client.close();
    await bench.one.end('SIGTERM');
    const { exitCode, signalCode } = bench.one.process;
    if (exitCode === 0) return;
    const log = await readFile(join(folder, 'test.log'), 'utf8');
    throw new Error(`the switch ended with ${exitCode ?? signalCode}: ${log.slice(-4000)}`);
  };
  return { bench, end };
}

/** Runs `use` with a bench of its own. */
export function withBench(
  use: (bench: Bench) => Promise<void>,
  options: RealSwitchOptions = {},
): Promise<void> {
  return inFolder(async (folder) => {
    const { bench, end } = await openBench(folder, options);
    try {
      await use(bench);
    } finally {
      await end();
    }
  });
}

/** One bench for all tests of a file or a group, its ports taken away after each test. */
export function useBench(options: RealSwitchOptions = {}): () => Bench {
  let folder: string;
  let opened: Awaited<ReturnType<typeof openBench>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
    opened = await openBench(folder, options);
  });
  afterEach(() => opened.bench.clear());
  afterAll(async () => {
    await opened.end();
    await rm(folder, { recursive: true });
  });
  return () => opened.bench;
}
