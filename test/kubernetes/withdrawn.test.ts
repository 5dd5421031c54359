/** A network that the administrator takes away does not come back by the driver's checkpoint. Needs root. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Port } from '../../src/contract/types.js';
import { Checkpoint } from '../../src/kubernetes/driver/checkpoint.js';
import { Driver, type Ports } from '../../src/kubernetes/driver/driver.js';
import { Places } from '../../src/kubernetes/driver/places.js';
import { devicesOf } from '../../src/kubernetes/slices/devices.js';

const CLAIM = { namespace: 'default', name: 'web', uid: '7d3f0a52-5f0e-4f55-9d0b-2f6c8e1a0b11' };
const DRIVER = 'vmlane.io';
const NAME = `claim:${CLAIM.uid}.0`;
const LINE = `port ${NAME}: this node has no network lan with VLAN 100 any more, so it is not added; end its pod, or add the network again`;

let folder: string;
let networks: { name: string; vlan: number; mtu: number }[];
/** The switch's ports, by name. */
let ports: Map<string, Port>;
let said: string[];

const lan = (vlan: number) => ({ name: 'lan', vlan, mtu: 1500 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmlane-withdrawn-'));
  for (const one of ['claims', 'cdi']) mkdirSync(join(folder, one));
  networks = [lan(100)];
  ports = new Map();
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A switch that only keeps a list. */
const SWITCH: Ports = {
  ports: async () => [...ports.values()],
  async addPort(port) {
    ports.set(port.name, port as Port);
    return { changed: true } as Awaited<ReturnType<Ports['addPort']>>;
  },
  removePort: async (name) => ({ changed: ports.delete(name) }),
  setPort: () => Promise.reject(new Error('not here')),
};

function startDriver(): Driver {
  const claims = join(folder, 'claims');
  const results = [{ request: 'port', driver: DRIVER, pool: 'worker-0', device: 'lan-0' }];
  const answer = { metadata: CLAIM, status: { allocation: { devices: { results } } } };
  return new Driver({
    ...{ driver: DRIVER, node: 'worker-0', claims, say: (line) => said.push(line) },
    checkpoint: new Checkpoint(join(folder, 'checkpoint.json')),
    places: new Places({ driver: DRIVER, claims, cdi: join(folder, 'cdi'), qemuGroup: 0 }),
    claim: async () => answer,
    devices: async () => devicesOf(networks, 2),
    withSwitch: (use) => use(SWITCH),
  });
}

describe.skipIf(process.getuid?.() !== 0)('a port of a network', () => {
  it.each([
    ['that is removed', []],
    ['that has another VLAN', [lan(200)]],
  ])('%s is not added again', async (_, now) => {
    let driver = startDriver();
    await driver.prepare(CLAIM);
    said = [];
    networks = now;
    // The guest that runs keeps it.
    await driver.tend();
    expect([...ports.keys()]).toEqual([NAME]);
    expect(said).toEqual([]);
    ports.clear();
    await driver.tend();
    await driver.tend();
    await driver.settle();
    expect(ports.size).toBe(0);
    expect(said).toEqual([LINE]);
    driver = startDriver();
    await driver.settle();
    expect(ports.size).toBe(0);
    // kubelet, for a pod that is to start.
    await expect(driver.prepare(CLAIM)).rejects.toThrow(LINE);
    expect(ports.size).toBe(0);
    networks = [lan(100)];
    await driver.tend();
    expect([...ports.keys()]).toEqual([NAME]);
    await driver.prepare(CLAIM);
    await driver.unprepare(CLAIM);
    expect(ports.size).toBe(0);
  });
});
