/** A node of a cluster, for tests: a real switch, vmlane-dra as its own process, and fakes for all else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../lab/poll.js';
import { patience } from '../../lab/slow.js';
import { SwitchClient } from '../../src/switch/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { errorText } from '../../src/values/errors.js';
import { ANOTHER_USER, type RealSwitch } from '../switch/real-switch.js';
import { startSwitch } from '../switching/start.js';
import { FakeApiServer } from './apiserver.js';
import { Door } from './door.js';
import { FakeKubelet, type PluginInfo } from './kubelet.js';

export const NODE = 'worker-0';
export const DRIVER = 'vmlane.io';

/** The group of QEMU's user and of the switch's. */
const GROUP = ANOTHER_USER ?? 0;
/** QEMU's user: a number that no account has. */
export const AS_QEMU = { uid: 4711, gid: GROUP };

export interface Network {
  name: string;
  vlan: number;
}

/** What a test has. */
export class TestNode {
  readonly folder: string;
  readonly api = new FakeApiServer();
  readonly kubelet: FakeKubelet;
  /** Between the driver and the switch. */
  door: Door | undefined;
  #switch: RealSwitch | undefined;
  #driver: ChildProcess | undefined;
  /** What the driver has said. */
  log = '';

  constructor(folder: string) {
    this.folder = folder;
    this.kubelet = new FakeKubelet(join(folder, 'registry'));
  }

  get claims(): string {
    return join(this.folder, 'claims');
  }

  /** The switch's, and the one that the driver is told. */
  get switchSocket(): string {
    return join(this.folder, 'switch.sock');
  }

  get controlSocket(): string {
    return join(this.folder, 'door.sock');
  }

  async startSwitch(): Promise<void> {
    this.#switch = await startSwitch(this.folder);
  }

  async endSwitch(signal: NodeJS.Signals): Promise<void> {
    await this.#switch?.end(signal);
    this.#switch = undefined;
  }

  client(): Promise<SwitchClient> {
    return SwitchClient.connect(this.switchSocket, { deadlineMs: patience(30_000) });
  }

  /** Ports of the switch, by name. */
  async ports() {
    const client = await this.client();
    try {
      return await client.ports();
    } finally {
      client.close();
    }
  }

  async setNetworks(networks: readonly Network[]): Promise<void> {
    const folder = join(this.folder, 'etc/vmlane/networks');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const { name, vlan } of networks) {
      const record = { version: 1, name, vlan, control_socket: this.controlSocket };
      await writeFile(join(folder, `${name}.json`), JSON.stringify(record), { mode: 0o644 });
    }
  }

  /** In a mount namespace with an /etc of its own, where networks are; registered when it resolves. */
  async startDriver(...more: string[]): Promise<PluginInfo> {
    const folder = this.folder;
    const words = [
      ...['--node-name', NODE, '--control-socket', this.controlSocket],
      ...['--claims-folder', this.claims, '--cdi-folder', join(folder, 'cdi')],
      ...['--plugins-folder', join(folder, 'plugins')],
      ...['--registry-folder', join(folder, 'registry')],
      ...['--kubeconfig', join(folder, 'kubeconfig'), '--qemu-group', String(GROUP)],
      ...['--ports-per-network', '3', ...more],
    ];
    const script = 'mount --bind "$1" /etc; shift; exec "$@"';
    const program = [process.execPath, join(folder, 'program/vmlane-dra.cjs')];
    const own = ['sh', '-euc', script, 'sh', join(folder, 'etc'), ...program, ...words];
    const child = spawn('unshare', ['--mount', '--', ...own], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (text: Buffer) => {
      this.log += text.toString();
    });
    this.#driver = child;
    return this.until('the driver at its sockets', async () => {
      if (child.exitCode !== null) throw new Error(`the driver ended: ${this.log}`);
      return this.kubelet.register().catch(() => undefined);
    });
  }

  /** Waits; with what the driver has said in the error. */
  async until<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
    const deadline = { thing: what, problem: 'did not come', remedy: 'see the log', ms: 20_000 };
    try {
      return await until(deadline, probe);
    } catch (error) {
      throw new Error(`${errorText(error)}\n${this.log}`, { cause: error });
    }
  }

  get driver(): ChildProcess {
    if (this.#driver === undefined) throw new Error('no driver');
    return this.#driver;
  }

  async endDriver(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.driver;
    const ended = child.exitCode === null && child.signalCode === null && once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  /** Names of what is left of claims, of any kind. */
  async left(): Promise<string[]> {
    const names = async (folder: string) => readdir(join(this.folder, folder)).catch(() => []);
    const ports = (await this.ports()).map(({ name }) => name);
    return [...ports, ...(await names('claims')), ...(await names('cdi'))];
  }

  async end(): Promise<void> {
    if (this.#driver) await this.endDriver('SIGKILL');
    await this.door?.close();
    await this.endSwitch('SIGTERM');
    await this.api.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** With a node of two networks, a switch and an API server; the driver is to be started. */
export async function withNode(use: (node: TestNode) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
  await chmod(folder, 0o755);
  const node = new TestNode(folder);
  for (const one of ['registry', 'plugins', 'cdi', 'etc']) await mkdir(join(folder, one));
  // Away from the package: in an image nothing else is beside it.
  await cp(join(packageRoot(), 'dist/kubernetes'), join(folder, 'program'), { recursive: true });
  const server = await node.api.start();
  node.api.nodes.set(NODE, { metadata: { name: NODE, uid: 'node-uid-0' } });
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    // The client refuses HTTP without it.
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    users: [{ name: 'test', user: {} }],
  };
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(config));
  await node.setNetworks([
    { name: 'lan', vlan: 100 },
    { name: 'dmz', vlan: 200 },
  ]);
  try {
    await node.startSwitch();
    node.door = await Door.open(node.controlSocket, node.switchSocket);
    await use(node);
  } finally {
    await node.end();
  }
}
