import { execFile } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../src/switch/paths.js';
import { Failed } from '../src/values/errors.js';
import { Child } from './child.js';
import {
  conditions,
  type Found,
  listens,
  type Place,
  type Running,
  twoSockets,
} from './subject.js';

const run = promisify(execFile);

/** The path in Debian's package dpdk-doc. */
const SOURCES = '/usr/share/dpdk/examples/vhost';
const MEMORY_MIB = 512;

/** DPDK's own vhost sample, built anew: its package has the source. */
export async function sample(dpdk: string, sources = SOURCES): Promise<Found> {
  try {
    await access(join(sources, 'main.c'));
  } catch {
    return { name: 'sample', missing: 'Debian package dpdk-doc is not installed' };
  }
  const version = `vhost sample of DPDK ${dpdk}`;
  const pages = MEMORY_MIB / 2;
  return {
    subject: { name: 'sample', version, pages, start: (place) => start(sources, place) },
  };
}

async function start(sources: string, place: Place): Promise<Running> {
  const sockets = twoSockets(place.folder);
  const built = await mkdtemp(join(tmpdir(), 'vmlane-sample-'));
  const program = join(built, 'dpdk-vhost');
  try {
    await build(sources, program, place.signal);
    // No card has VMDq here: a device without frames stands in for it (native/bench/sample_nic.h).
    const child = new Child(
      program,
      [
        ...['--lcores', '0@0,1@0', '--no-pci', '--in-memory', '-m', String(MEMORY_MIB)],
        ...['--vdev', 'net_null0,no-rx=1', '--', '-p', '1', '--vm2vm', '1', '--mergeable', '0'],
        ...['--tx-csum', '0', '--tso', '0', '--stats', '0'],
        ...sockets.flatMap((socket) => ['--socket-file', socket]),
      ],
      conditions(place),
    );
    try {
      await listens(child, sockets);
    } catch (error) {
      await child.end();
      throw error;
    }
    return { sockets, process: child, thread: 'rte-worker-1', stop: () => child.end() };
  } finally {
    await rm(built, { recursive: true });
  }
}

async function build(sources: string, program: string, signal: AbortSignal): Promise<void> {
  const flags = async (what: string) =>
    (await run('pkg-config', [what, 'libdpdk'])).stdout.trim().split(/\s+/);
  const files = ['main.c', 'virtio_net.c'].map((file) => join(sources, file));
  const nic = join(packageRoot(), 'native/bench/sample_nic.h');
  const words = [
    ...['-O3', '-DALLOW_EXPERIMENTAL_API', '-w', ...(await flags('--cflags')), '-include', nic],
    ...['-o', program, ...files, '-pthread', ...(await flags('--libs'))],
  ];
  await run('cc', words, { signal }).catch((error) => {
    if (signal.aborted) throw error;
    const problem = String(error.stderr).trim().split('\n').at(0) ?? 'cannot be compiled';
    throw new Failed({ thing: sources, problem, remedy: 'leave out sample with --only' });
  });
}
