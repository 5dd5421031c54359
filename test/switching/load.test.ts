/** The benchmark's load drives a real switch: what it says of its frames is what the switch counts. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkArrival, Load, type LoadFigures, type LoadOptions } from '../../bench/load.js';
import { type Reservation, reserveAlone } from '../../lab/huge-pages.js';
import { type Bench, useBench } from './bench.js';

const bench = useBench();

/** Two rings of 2 MiB for each of three ports. */
let pages: Reservation;
beforeAll(async () => {
  pages = await reserveAlone(12);
  expect(pages.shortage).toBe('');
});
afterAll(() => pages.release());

/** Frames and bytes that each port has got, when they are counted: a round ends after the last one. */
async function settled(client: Bench['client']): Promise<[number, number][]> {
  for (let last = ''; ; await sleep(50)) {
    const { ports } = await client.stats();
    const now = ports.map((port): [number, number] => [port.tx_packets, port.tx_bytes]);
    if (JSON.stringify(now) === last) return now;
    last = JSON.stringify(now);
  }
}

function memif(name: string, path: string): string {
  return `${name.replace('device', 'net_memif')},role=server,socket=${path},socket-abstract=no,rsize=10,bsize=2048`;
}

/** One run on ports of their own, and what the switch has delivered to each since it was ready. */
async function runOnce(
  names: string[],
  options: Omit<LoadOptions, 'nice' | 'signal'>,
): Promise<{ figures: LoadFigures; delivered: number[]; bytes: number[] }> {
  const { client, one } = bench();
  const sockets: string[] = [];
  for (const name of names) {
    const device = name.startsWith('device');
    // In the folder of the state, which is the switch's user's alone.
    const path = join(one.folder, ...(device ? ['state'] : []), `${name}.sock`);
    sockets.push(device ? `memif:${path}` : path);
    if (device) await client.addPort({ name, path: '', device: memif(name, path) });
    else await bench().add(name, { listen: false });
  }
  const load = await Load.start(sockets, {
    ...options,
    ...{ nice: 0, signal: new AbortController().signal },
  });
  try {
    const before = await settled(client);
    load.go();
    const figures = await load.figures();
    const grown = (await settled(client)).map(([packets, bytes], i) => {
      const [packetsBefore = 0, bytesBefore = 0] = before[i] ?? [];
      return { packets: packets - packetsBefore, bytes: bytes - bytesBefore };
    });
    return {
      figures,
      delivered: grown.map(({ packets }) => packets),
      bytes: grown.map(({ bytes }) => bytes),
    };
  } finally {
    await load.stop();
  }
}

it('windows: every frame arrives, of the length asked for; an idle port gets none', async () => {
  const options = { milliseconds: 100, idle: 1, length: 300, window: 256 };
  const { figures, delivered, bytes } = await runOnce(['a', 'b', 'idle'], options);
  checkArrival(figures);
  const { sent, windows = 0, cycles } = figures;
  expect(sent).toBe(windows * 512);
  expect(delivered).toEqual([sent / 2, sent / 2, 0]);
  expect(bytes).toEqual([(sent / 2) * 300, (sent / 2) * 300, 0]);
  const all = Object.values(cycles ?? {}) as number[];
  expect(all).toHaveLength(7);
  expect(all).toEqual([...all].sort((x, y) => x - y));
  expect(all[0]).toBeGreaterThan(0);
});

it('pings: each frame there and back, one at a time', async () => {
  const { figures, delivered } = await runOnce(['a', 'b'], {
    mode: 'ping',
    milliseconds: 100,
  });
  checkArrival(figures);
  expect(delivered).toEqual([figures.sent, figures.sent]);
  expect(figures.latency?.p50).toBeGreaterThan(0);
});

it('paced frames: one way, those that arrived and those lost are all that were due', async () => {
  const { figures, delivered } = await runOnce(['a', 'b'], {
    mode: 'paced',
    rate: 1000,
    milliseconds: 500,
  });
  const { sent, lost, misplaced, latency } = figures;
  expect(misplaced).toBe(0);
  // A busy machine takes the processor away meanwhile: no frames are due then.
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThanOrEqual(501);
  expect(delivered).toEqual([0, sent - lost]);
  expect(latency?.p99_9).toBeGreaterThanOrEqual(latency?.p50 as number);
});

it.each([
  ['a guest and a device', ['a', 'device0']],
  ['two devices', ['device0', 'device1']],
])('windows of %s: every frame arrives', async (_, names) => {
  const options = { milliseconds: 100, length: 1514, window: 256 };
  const { figures, delivered, bytes } = await runOnce(names, options);
  checkArrival(figures);
  const each = figures.sent / 2;
  expect(each).toBe((figures.windows ?? 0) * 256);
  expect(delivered).toEqual([each, each]);
  expect(bytes).toEqual([each * 1514, each * 1514]);
});

it('a guest sends back what a device sends: each frame passes twice', async () => {
  const { figures, delivered, bytes } = await runOnce(['device0', 'a'], {
    ...({ mode: 'back', milliseconds: 100, length: 300, window: 256 } as const),
  });
  checkArrival(figures);
  const each = figures.sent / 2;
  expect(each).toBe((figures.windows ?? 0) * 256);
  expect(delivered).toEqual([each, each]);
  expect(bytes).toEqual([each * 300, each * 300]);
});

it('counted frames: there and back, with all that is lost, and none of it late', async () => {
  const { figures, delivered } = await runOnce(['device0', 'a'], {
    ...({ mode: 'echo', count: true, rate: 1000, milliseconds: 500 } as const),
  });
  const { sent, lost, stalled, misplaced, latency } = figures;
  expect(misplaced).toBe(0);
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThanOrEqual(501);
  expect(delivered[0]).toBe(sent - lost);
  expect(stalled).toBeLessThanOrEqual(lost);
  expect(latency?.p50).toBeNull();
});
