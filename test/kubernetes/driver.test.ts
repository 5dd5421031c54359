/** The driver where the API server never answers, or the switch does not what it should. Needs root. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import type { Port } from '../../src/contract/types.js';
import { Cluster } from '../../src/kubernetes/cluster.js';
import { Checkpoint } from '../../src/kubernetes/driver/checkpoint.js';
import { Driver, type Ports } from '../../src/kubernetes/driver/driver.js';
import { Places } from '../../src/kubernetes/driver/places.js';
import { devicesOf } from '../../src/kubernetes/slices/devices.js';
import { FakeApiServer } from './apiserver.js';

const [DRIVER, NODE] = ['vmlane.io', 'worker-0'];

let folder: string;
let api: FakeApiServer;
let end: AbortController;
/** The switch's ports, by name, and those that it does not remove. */
let ports: Map<string, Port>;
let stuck: Set<string>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vmlane-driver-'));
  for (const one of ['claims', 'cdi']) mkdirSync(join(folder, one));
  end = new AbortController();
  ports = new Map();
  stuck = new Set();
  api = new FakeApiServer();
  const server = await api.start();
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    users: [{ name: 'test', user: {} }],
  };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config));
});
afterEach(async () => {
  end.abort();
  await api.end();
  rmSync(folder, { recursive: true });
});

/** A switch that only keeps a list. */
const SWITCH: Ports = {
  ports: async () => [...ports.values()],
  async addPort(port) {
    ports.set(port.name, port as Port);
    return { changed: true } as Awaited<ReturnType<Ports['addPort']>>;
  },
  async removePort(name) {
    if (stuck.has(name)) throw new Error(`${name} is stuck`);
    return { changed: ports.delete(name) };
  },
  setPort: () => Promise.reject(new Error('not here')),
};

/** One that starts: on the same files. `deadlineMs`: of the API server. */
function startDriver(deadlineMs?: number): Driver {
  const cluster = new Cluster(join(folder, 'kubeconfig'), end.signal, deadlineMs);
  const claims = join(folder, 'claims');
  return new Driver({
    ...{ driver: DRIVER, node: NODE, claims, say: () => undefined },
    checkpoint: new Checkpoint(join(folder, 'checkpoint.json')),
    places: new Places({ driver: DRIVER, claims, cdi: join(folder, 'cdi'), qemuGroup: 0 }),
    claim: (namespace, name) => cluster.claim(namespace, name),
    devices: async () => devicesOf([{ name: 'lan', vlan: 100, mtu: 1500 }], 16),
    withSwitch: (use) => use(SWITCH),
  });
}

function allocated(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const claim = { namespace: 'default', name: `web-${i}`, uid: randomUUID() };
    api.allocate({ ...claim, devices: [{ device: `lan-${i}` }] }, NODE);
    return claim;
  });
}

async function prepared(count: number) {
  const claims = allocated(count);
  const driver = startDriver();
  for (const one of claims) await driver.prepare(one);
  return claims;
}

const portOf = ({ uid }: { uid: string }) => `claim:${uid}.0`;

const asked = (count: number) =>
  until(
    { thing: 'API server', problem: 'is not asked', remedy: '', ms: 20_000 },
    async () => api.unanswered.length === count || undefined,
  );

describe.skipIf(process.getuid?.() !== 0)('the driver', () => {
  it('asks an API server that does not answer once a round, and brings all ports back', async () => {
    const claims = await prepared(5);
    ports.clear();
    api.silent = true;
    await startDriver(100).settle();
    expect(api.unanswered).toHaveLength(1);
    expect([...ports.keys()]).toEqual(claims.map(portOf));
  });

  it('serves other claims while a round, or a call, waits for the API server', async () => {
    const [first, second, third] = await prepared(3);
    const [fresh] = allocated(1).map((one) => ({ ...one, name: 'fresh' }));
    if (!first || !second || !third || !fresh) throw new Error('no claims');
    api.silent = true;
    const driver = startDriver(600_000);
    const round = driver.settle();
    await asked(1);
    const call = driver.prepare(fresh);
    const failed = expect(call).rejects.toThrow(/fresh: the API server, .* does not answer/);
    await asked(2);
    expect(await driver.prepare(second)).toHaveLength(1);
    await driver.unprepare(third);
    await driver.tend();
    expect([...ports.keys()]).toEqual([first, second].map(portOf));
    // A program that ends does not wait for answers.
    end.abort();
    await failed;
    await round;
    // What went during the round does not come back by it.
    expect([...ports.keys()]).toEqual([first, second].map(portOf));
    await driver.unprepare(fresh);
  });

  it('removes what belongs to nobody, also beside something that it cannot remove', async () => {
    await prepared(1);
    const strays = [randomUUID(), randomUUID(), randomUUID()];
    for (const uid of strays) {
      const path = join(folder, 'claims', uid, '0/vhost.sock');
      ports.set(`claim:${uid}.0`, { name: `claim:${uid}.0`, path } as Port);
      mkdirSync(join(folder, 'claims', uid));
    }
    stuck.add(`claim:${strays[0]}.0`);
    await expect(startDriver().settle()).rejects.toThrow(`${strays[0]}.0 is stuck`);
    const left = strays.filter((uid) => existsSync(join(folder, 'claims', uid)));
    expect(left).toEqual(strays.slice(0, 1));
    stuck.clear();
    await startDriver().settle();
    expect(ports.size).toBe(1);
  });
});
