/** Containers of podman's on the switch, by the plugin of CNI and Debian's host-local (setup/podman-parts). Needs root. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cached, librariesIn } from '../../lab/cache.js';
import { until } from '../../lab/poll.js';
import { PYTHON } from '../../lab/python.js';
import { patience } from '../../lab/slow.js';
import { makeNodeFolder } from '../../src/networks/nodes.js';
import { packageRoot } from '../../src/switch/paths.js';
import { type Bench, withBench } from './bench.js';
import { startSwitch } from './start.js';

const PARTS = cached('podman');
const ROOT = join(PARTS, 'root');

/** Why it cannot be tried here. */
function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may do this';
  if (!existsSync(PARTS)) return undefined;
  const [, major] = /\bpodman=(\d+)\./.exec(readFileSync(join(PARTS, 'version'), 'utf8')) ?? [];
  return Number(major) > 4 ? `podman ${major} knows no CNI` : undefined;
}

const why = obstacle();
if (why !== undefined) console.log(`podman.test.ts: skipped, ${why}`);

/** Of Debian's plugin, and nobody else's. */
const BRIDGE = `pb${process.pid}`;
let folder: string;
/** Holds a mount namespace in which podman leaves what it leaves. */
let holder: ChildProcess | undefined;

const PRIVATE = '. ./setup/podman-mounts; echo ready; exec sleep infinity';

beforeAll(async () => {
  if (why !== undefined) return;
  expect(existsSync(PARTS), 'run: bash setup/podman-parts').toBe(true);
  makeNodeFolder();
  folder = mkdtempSync(join(tmpdir(), 'vmlane-podman-'));
  holder = spawn('unshare', ['-m', 'sh', '-c', PRIVATE], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (holder.stdout) await once(holder.stdout, 'data');
  for (const name of ['plugins', 'networks', 'rootfs', 'rootfs/usr', 'rootfs/proc', 'rootfs/dev'])
    mkdirSync(join(folder, name));
  for (const name of ['rootfs/sys', 'rootfs/etc', 'rootfs/run', 'rootfs/tmp'])
    mkdirSync(join(folder, name));
  for (const name of ['bin', 'lib', 'lib64', 'sbin'])
    symlinkSync(`usr/${name}`, join(folder, 'rootfs', name));
  const plugin = join(packageRoot(), 'dist/cni/vmlane-cni');
  // podman hands on no variables when it calls DEL behind a container's end.
  const program = `#!/bin/sh\nVMLANE_SETTINGS=${folder} exec ${plugin}\n`;
  writeFileSync(join(folder, 'plugins/vmlane-cni'), program, { mode: 0o755 });
  writeFileSync(join(folder, 'rootfs/serve.py'), SERVE);
  writeFileSync(join(folder, 'containers.conf'), settings());
  const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/storage"\nrunroot = "/run/storage"\n`;
  writeFileSync(join(folder, 'storage.conf'), storage);
});

afterAll(async () => {
  if (why !== undefined) return;
  await podman('rm', '-fa', '-t', '0');
  expect(statSync('/dev/null')).toMatchObject({ uid: 0, gid: 0 });
  const ended = holder && once(holder, 'exit');
  holder?.kill('SIGKILL');
  await ended;
  await execa('ip', ['link', 'del', BRIDGE], { reject: false });
  rmSync(folder, { recursive: true });
});

/** Without limits that this machine may not allow. */
const settings = () => `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
conmon_path = ["${ROOT}/usr/bin/conmon"]
runtime = "crun"
static_dir = "${folder}/static"
volume_path = "${folder}/volumes"
[engine.runtimes]
crun = ["${ROOT}/usr/bin/crun"]
[network]
network_backend = "cni"
cni_plugin_dirs = ["${folder}/plugins", "${ROOT}/usr/lib/cni"]
network_config_dir = "${folder}/networks"
`;

/** Says to whoever connects who that is. */
const SERVE = `import socket
server = socket.create_server(("", 5000))
while True:
    peer, (address, _) = server.accept()
    peer.sendall(address.encode())
    peer.close()
`;

async function podman(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execa(
    'nsenter',
    [`--mount=/proc/${holder?.pid}/ns/mnt`, '--', `${ROOT}/usr/bin/podman`, ...words],
    {
      env: {
        ...{ LD_LIBRARY_PATH: librariesIn(ROOT), CONTAINERS_CONF: join(folder, 'containers.conf') },
        CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
      },
      // Not this machine's /dev/null: see setup/podman-mounts.
      ...{ input: '', reject: false, timeout: patience(120_000) },
    },
  );
  if (exitCode !== 0) throw new Error(`podman ${words.join(' ')}: ${stderr}`);
  return stdout;
}

/** A network whose containers have sockets. */
function socketNetwork(bench: Bench, gid: number): string {
  // With a container's ID a path is almost as long as it may be.
  const socketFolder = join(bench.one.folder, 'g');
  mkdirSync(socketFolder);
  chmodSync(socketFolder, 0o2755);
  offer({ 'control-sockets': [bench.one.socket], 'socket-folders': [socketFolder] });
  const own = { mode: 'virtio-user', gid, socketFolder, controlSocket: bench.one.socket };
  const list = { cniVersion: '1.0.0', name: 'fast', plugins: [{ type: 'vmlane-cni', ...own }] };
  writeFileSync(join(folder, 'networks/fast.conflist'), JSON.stringify(list));
  return socketFolder;
}

function offer(what: object): void {
  const text = JSON.stringify({ vlans: 7, 'no-vlan': true, 'args-mac': true, ...what });
  writeFileSync(join(folder, 'cni.yaml'), text, { mode: 0o644 });
}

function network(bench: Bench, more: object): void {
  const own = { capabilities: { mac: true }, ipam: addresses('10.9.6.0/24'), ...more };
  // As podman makes its own networks.
  const tuning = { type: 'tuning', sysctl: { 'net.ipv4.conf.eth0.arp_filter': '1' } };
  list('lan', [ours(bench, own), tuning]);
}

function ours(bench: Bench, more: object): object {
  offer({ 'control-sockets': [bench.one.socket] });
  return { type: 'vmlane-cni', controlSocket: bench.one.socket, vlan: 7, ...more };
}

const addresses = (subnet: string) => ({
  ...{ type: 'host-local', dataDir: join(folder, `addresses-${subnet.split('/')[0]}`) },
  ...{ ranges: [[{ subnet }]], routes: [{ dst: '0.0.0.0/0' }] },
});

function list(name: string, plugins: object[]): void {
  const text = JSON.stringify({ cniVersion: '0.4.0', name, plugins });
  writeFileSync(join(folder, `networks/${name}.conflist`), text);
}

/** What every container is given here. */
function usual(): string[] {
  const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000'];
  const own = ['--cgroups=disabled', '--security-opt', 'seccomp=unconfined', ...limits];
  return [...own, '-v', '/usr:/usr:ro', '--rootfs', join(folder, 'rootfs'), PYTHON];
}

async function start(name: string, ...words: string[]): Promise<void> {
  await podman('run', '-d', '--name', name, '--network', 'lan', ...words, ...usual(), '/serve.py');
}

const reads = (name: string, path: string) => podman('exec', name, '/usr/bin/cat', path);

/** What `from` hears from the other one. */
function hears(from: string, address: string): Promise<string> {
  const program = `import socket
print(socket.create_connection(("${address}", 5000), 10).recv(100).decode())`;
  const wait = { thing: from, problem: `does not reach ${address}`, remedy: '', ms: 60_000 };
  return until(wait, () => podman('exec', from, PYTHON, '-c', program).catch(() => undefined));
}

const of = (name: string, what: string) =>
  podman('inspect', name, '--format', `{{.NetworkSettings.Networks.lan.${what}}}`);

it.skipIf(why !== undefined)(
  'podman runs, stops, starts and removes containers that reach each other',
  () =>
    withBench(async (bench) => {
      network(bench, { mtu: 1400 });
      await start('a');
      await start('b', '--mac-address', '02:00:00:00:77:02');
      const ports = async () =>
        (await bench.client.ports()).map(({ vlan, mac }) => ({ vlan, mac }));
      const [a, b] = [await of('a', 'IPAddress'), await of('b', 'IPAddress')];
      const first = { vlan: 7, mac: await of('a', 'MacAddress') };
      const second = { vlan: 7, mac: '02:00:00:00:77:02' };
      expect([a, b]).toEqual(['10.9.6.2', '10.9.6.3']);
      expect(await ports()).toEqual([first, second]);
      expect(await hears('b', a)).toBe(b);
      expect(await reads('a', '/sys/class/net/eth0/mtu')).toBe('1400');
      expect(await reads('a', '/proc/sys/net/ipv4/conf/eth0/arp_filter')).toBe('1');

      await bench.one.end('SIGKILL');
      bench.one = await startSwitch(bench.one.folder);
      expect(await hears('b', a)).toBe(b);

      await podman('stop', '-t', '0', 'a');
      expect(await ports()).toEqual([second]);
      await podman('start', 'a');
      expect(await hears('b', await of('a', 'IPAddress'))).toBe(b);
      await podman('rm', '-fa', '-t', '0');
      expect(await ports()).toEqual([]);

      // One line that podman shows.
      network(bench, { vlan: 4095 });
      await expect(start('c')).rejects.toThrow('vlan: got 4095: give 1 to 4094');
    }),
);

it.skipIf(why !== undefined)("an interface on the switch beside that of podman's bridge", () =>
  withBench(async (bench) => {
    const bridge = { type: 'bridge', bridge: BRIDGE, ipam: addresses('10.9.4.0/24') };
    list('both', [bridge, ours(bench, { interfaceName: 'net1' })]);
    const words = ['run', '-d', '--name', 'e', '--network', 'both'];
    await podman(...words, ...usual(), '/serve.py');
    const address = '{{.NetworkSettings.Networks.both.IPAddress}}';
    expect(await podman('inspect', 'e', '--format', address)).toBe('10.9.4.2');
    const mac = await reads('e', '/sys/class/net/net1/address');
    expect(await bench.client.ports()).toMatchObject([{ vlan: 7, mac, state: 'up' }]);
    await podman('rm', '-f', '-t', '0', 'e');
    expect(await bench.client.ports()).toEqual([]);
  }),
);

const DIAL = `import socket
try:
    socket.socket(socket.AF_UNIX).connect("/run/net/eth0/net.sock")
    print("dialled")
except PermissionError:
    print("refused")`;

it.skipIf(why !== undefined)(
  "a hook mounts the socket's folder, and who is in its group may dial",
  () =>
    withBench(async (bench) => {
      const sockets = socketNetwork(bench, 54_321);
      const hooks = join(folder, 'hooks');
      mkdirSync(hooks);
      const program = join(folder, 'hook');
      copyFileSync(join(packageRoot(), 'templates/cni/hook'), program);
      chmodSync(program, 0o755);
      const hook = { path: program, args: ['hook', sockets] };
      const when = { always: true };
      const text = JSON.stringify({ version: '1.0.0', hook, when, stages: ['createContainer'] });
      writeFileSync(join(hooks, 'vmlane.json'), text);
      const words = ['--hooks-dir', hooks, 'run', '-d', '--name', 'd', '--network', 'fast'];
      await podman(...words, ...usual(), '/serve.py');
      const dials = (user: string) => podman('exec', '--user', user, 'd', PYTHON, '-c', DIAL);
      expect(await dials('54321:54321')).toBe('dialled');
      expect(await dials('54321:54322')).toBe('refused');
      await podman('rm', '-f', '-t', '0', 'd');
      expect(await bench.client.ports()).toEqual([]);
      expect(readdirSync(sockets)).toEqual([]);

      // An image's own link is not followed.
      const bundle = join(folder, 'bundle');
      for (const name of ['', 'root', 'x@eth0']) mkdirSync(join(bundle, name));
      symlinkSync('/etc', join(bundle, 'root/run'));
      writeFileSync(join(bundle, 'config.json'), '{"process": {},\n"root": {"path": "root"}}');
      const input = JSON.stringify({
        ociVersion: '1.0.2',
        id: 'x',
        bundle,
        annotations: { id: 'y' },
      });
      const { exitCode, stderr } = await execa(program, [bundle], { input, reject: false });
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: `vmlane: ${bundle}/root/run: is a link; remove it from the image`,
      });
    }),
);
