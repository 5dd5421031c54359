import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { patience } from '../lab/slow.js';
import { Child } from './child.js';
import { memif } from './generator.js';
import {
  conditions,
  type Found,
  listens,
  type Place,
  type Running,
  type Side,
  sockets,
} from './subject.js';

const run = promisify(execFile);

/** The path in Debian's package openvswitch-switch-dpdk. */
const SWITCHD = '/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk';
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
const MEMORY_MIB = 512;

export interface OvsOptions {
  /** Guests may leave TCP's segments to it; only between guests. */
  segments?: boolean;
  /** Two guests by default. */
  sides?: readonly [Side, Side];
}

export async function openVSwitch(options: OvsOptions = {}): Promise<Found> {
  try {
    await access(SWITCHD);
  } catch {
    return { name: 'ovs', missing: 'Debian package openvswitch-switch-dpdk is not installed' };
  }
  const { stdout } = await run(SWITCHD, ['--version']);
  const version = stdout.trim().split('\n').join(', ').replace('ovs-vswitchd ', '');
  return {
    subject: {
      name: 'ovs',
      version,
      pages: MEMORY_MIB / 2,
      start: (place) => start(place, options),
    },
  };
}

/**
 * Our own database and daemon, in their own folder and (as a bridge is a network device) network
 * namespace: they do not affect an Open vSwitch of the machine.
 */
async function start(
  place: Place,
  { segments = false, sides = ['guest', 'guest'] }: OvsOptions,
): Promise<Running> {
  const { folder, signal } = place;
  const env = Object.fromEntries(
    ['OVS_RUNDIR', 'OVS_LOGDIR', 'OVS_DBDIR', 'OVS_SYSCONFDIR'].map((name) => [name, folder]),
  );
  const database = join(folder, 'conf.db');
  const remote = join(folder, 'db.sock');
  const control = join(folder, 'switchd.ctl');
  const ours = { env: { ...process.env, ...env }, signal };
  const vsctl = (...args: string[]) =>
    run(
      'ovs-vsctl',
      [`--db=unix:${remote}`, `--timeout=${Math.ceil(patience(30_000) / 1000)}`, ...args],
      ours,
    );
  await run('ovsdb-tool', ['create', database, SCHEMA], ours);

  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) await child.end();
  };
  try {
    const server = new Child('ovsdb-server', [database, `--remote=punix:${remote}`], {
      env,
      signal,
    });
    children.push(server);
    await server.until('made its socket', () => exists(remote));
    await vsctl('--no-wait', 'init');
    await vsctl('--no-wait', 'set', 'Open_vSwitch', '.', ...settings(folder, segments));
    // unshare becomes the daemon.
    const daemon = new Child(
      'unshare',
      ['--net', SWITCHD, `unix:${remote}`, `--unixctl=${control}`],
      { ...conditions(place), env: { ...env, RUNTIME_DIRECTORY: folder } },
    );
    children.push(daemon);
    await daemon.until('made its socket', () => exists(control));
    // Where it listens itself, it offers no offloads, whatever is enabled.
    const port = (path: string, i: number): string[] => {
      if (sides[i] === 'device')
        return ['type=dpdk', `options:dpdk-devargs="net_memif${i},role=server,${memif(path)}"`];
      return segments
        ? ['type=dpdkvhostuserclient', `options:vhost-server-path=${path}`]
        : ['type=dpdkvhostuser'];
    };
    const at = sockets(folder, sides);
    const bridge = ['add-br', 'bench', '--', 'set', 'bridge', 'bench', 'datapath_type=netdev'];
    // A guest's socket has the name of its port.
    const ports = at.flatMap((path, i) => [
      ...['--', 'add-port', 'bench', basename(path)],
      ...['--', 'set', 'Interface', basename(path), ...port(path, i)],
    ]);
    await vsctl(...bridge, ...ports);
    // Its main thread has a device's first queue.
    const running = { sockets: at, process: daemon, thread: 'pmd-c00', queue: 1, stop };
    if (segments) return { ...running, dials: true };
    await listens(daemon, at);
    return running;
  } catch (error) {
    await stop();
    throw error;
  }
}

function settings(folder: string, segments: boolean): string[] {
  return [
    `other_config:userspace-tso-enable=${segments}`,
    'other_config:dpdk-init=true',
    `other_config:dpdk-socket-mem=${MEMORY_MIB}`,
    // Its packet pool would grow into all huge pages.
    `other_config:dpdk-socket-limit=${MEMORY_MIB}`,
    'other_config:dpdk-lcore-mask=0x2',
    'other_config:pmd-cpu-mask=0x1',
    'other_config:dpdk-extra="--no-pci --in-memory"',
    `other_config:vhost-sock-dir=.`,
    `external_ids:system-id=${folder.replace(/\W/g, '-')}`,
  ];
}

async function exists(path: string): Promise<true | undefined> {
  return access(path).then(
    () => true,
    () => undefined,
  );
}
