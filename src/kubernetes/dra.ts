/** vmlane-dra: puts the rooms together, and goes round. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SwitchClient } from '../switch/client.js';
import { HostFiles } from '../system/files/host-files.js';
import { errorText, InvalidInput } from '../values/errors.js';
import { Cluster } from './cluster.js';
import type { DraOptions } from './dra-options.js';
import { Checkpoint } from './driver/checkpoint.js';
import { Driver } from './driver/driver.js';
import { Places } from './driver/places.js';
import { DRA_VERSIONS, draServices } from './driver/service.js';
import { registrationService } from './registration.js';
import { serve } from './rpc.js';
import { devicesOf } from './slices/devices.js';
import { nodeNetworks, numaNodeOf } from './slices/networks.js';
import { sliceChanges } from './slices/slices.js';

/** How often networks and ports are looked at. */
const ROUND_MS = 10_000;
/** How often the API server is asked for the slices while nothing changes here: a thousand nodes ask it, too. */
const COMPARE_MS = 300_000;

/** Until `end` aborts. @throws VmlaneError for what can only be wrong from the start on */
export async function runDra(
  options: DraOptions,
  say: (line: string) => void,
  end: AbortSignal,
): Promise<void> {
  const { driver: name, node, controlSocket, claims } = options;
  if (process.geteuid?.() !== 0) {
    const problem = 'only root can give folders to QEMU and make CDI files';
    throw new InvalidInput({ thing: 'vmlane-dra', problem, remedy: 'run it as root' });
  }
  const folder = `${options.plugins}/${name}`;
  new HostFiles().makeFolder(folder, { mode: 0o750, uid: 0, gid: 0 });
  const cluster = new Cluster(options.kubeconfig, end);
  const withSwitch = async <T>(use: (client: SwitchClient) => Promise<T>): Promise<T> => {
    const client = await SwitchClient.connect(controlSocket, { name: 'vmlane-dra' });
    try {
      return await use(client);
    } finally {
      client.close();
    }
  };
  /** Devices as they are now, and the switch's place. */
  const present = async () => {
    const info = await withSwitch((client) => client.info());
    const networks = await nodeNetworks(controlSocket, info);
    return { devices: devicesOf(networks, options.portsPerNetwork), numaNode: numaNodeOf(info) };
  };
  const driver = new Driver({
    ...{ driver: name, node, claims, withSwitch, say },
    checkpoint: new Checkpoint(`${folder}/checkpoint.json`),
    places: new Places({ driver: name, claims, cdi: options.cdi, qemuGroup: options.qemuGroup }),
    claim: (namespace, claim) => cluster.claim(namespace, claim),
    devices: async () => (await present()).devices,
  });
  /** How often kubelet has registered it: a kubelet that starts removes the slices of its node. */
  let registrations = 0;
  let wake = new AbortController();
  let published = { what: '', at: 0 };
  const publish = async () => {
    const { devices, numaNode } = await present();
    const what = JSON.stringify([registrations, devices, numaNode]);
    if (what === published.what && performance.now() - published.at < COMPARE_MS) return;
    const nodeUid = await cluster.nodeUid(node);
    if (nodeUid === undefined) {
      const remedy = 'give its name in the cluster: --node-name, or NODE_NAME';
      throw new InvalidInput({ thing: `node ${node}`, problem: 'the cluster has none', remedy });
    }
    const owner = { driver: name, node, nodeUid, numaNode };
    const changes = sliceChanges(devices, owner, await cluster.slices(name, node));
    await cluster.change(changes);
    published = { what, at: performance.now() };
    const changed = Object.values(changes).flat().length;
    if (changed > 0) say(`${devices.length} devices are published, ${changed} slices changed`);
  };

  const endpoint = `${folder}/dra.sock`;
  const plugin = await serve(endpoint, draServices(driver));
  const rounds = new Rounds(say, end);
  const registered = await serve(
    `${options.registry}/${name}-reg.sock`,
    registrationService({ driver: name, endpoint, versions: DRA_VERSIONS }, say, () => {
      registrations++;
      wake.abort();
    }),
  );
  say(`serving on ${endpoint}`);
  // kubelet does not wait for this, as the API server or the switch may be away; each call sees to its own claim.
  await rounds.go('claims', () => driver.settle());
  while (!end.aborted) {
    wake = new AbortController();
    await rounds.go('slices', publish);
    const settled = rounds.isWell('claims');
    await rounds.go('claims', () => (settled ? driver.tend() : driver.settle()));
    const signal = AbortSignal.any([end, wake.signal]);
    await sleep(ROUND_MS, undefined, { signal }).catch(() => undefined);
  }
  await registered.end();
  await plugin.end();
}

/** What goes round again and again says what is wrong once, not each time. */
class Rounds {
  readonly #say: (line: string) => void;
  readonly #end: AbortSignal;
  readonly #wrong = new Map<string, string>();

  constructor(say: (line: string) => void, end: AbortSignal) {
    this.#say = say;
    this.#end = end;
  }

  isWell(what: string): boolean {
    return !this.#wrong.has(what);
  }

  async go(what: string, act: () => Promise<void>): Promise<void> {
    if (this.#end.aborted) return;
    try {
      await act();
      this.#wrong.delete(what);
    } catch (error) {
      if (this.#end.aborted) return;
      const text = errorText(error);
      if (this.#wrong.get(what) !== text) this.#say(`${what}: ${text}`);
      this.#wrong.set(what, text);
    }
  }
}
