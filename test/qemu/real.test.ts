import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_POLICY, type Rewrite, rewrite } from '../../src/qemu/index.js';
import { fakeBackend } from './fake-backend.js';
import { Qemu } from './monitor.js';

/** QEMU itself is the judge of what we wrote: it starts, and its monitor tells what it made of it. */
let dir: string;
let qemu: Qemu | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-qemu-'));
});

afterEach(async () => {
  await qemu?.end();
  rmSync(dir, { recursive: true, force: true });
});

const QUIET = ['-S', '-nodefaults', '-display', 'none', '-accel', 'tcg', '-no-user-config'];
const json = (option: string, value: object) => [`-${option}`, JSON.stringify(value)];

/** Starts the rewritten guest and plays the switch for each of its ports. */
async function start(argv: readonly string[]): Promise<Rewrite & { qemu: Qemu }> {
  const result = rewrite([...QUIET, ...argv], {
    ...DEFAULT_POLICY,
    backend: {
      kind: 'vhost-user',
      socketDir: dir,
      listener: 'qemu',
      reconnectSeconds: 1,
      otherMacs: [],
    },
  });
  laySockets(result);
  const started = new Qemu(result.argv);
  qemu = started;
  // QEMU opens the sockets one after the other, each when the one before has its peer.
  for (const port of result.ports) await fakeBackend(port.path);
  await started.ready();
  return { ...result, qemu: started };
}

/** The guests' folders, which the switch makes. */
function laySockets({ ports }: Rewrite): void {
  for (const { path } of ports) mkdirSync(dirname(path), { recursive: true });
}

async function offloads(id: string): Promise<unknown[]> {
  const path = `/machine/peripheral/${id}`;
  const found: unknown[] = [];
  for (const property of ['csum', 'gso', 'host_tso4', 'guest_csum', 'guest_ufo', 'mrg_rxbuf']) {
    found.push(await qemu?.ask('qom-get', { path, property }));
  }
  return found;
}

test('a guest as libvirt writes it: two NICs, one with two queues, private RAM', async () => {
  const nic = (number: number, tap: object, more: object) => [
    ...json('netdev', { type: 'tap', vhost: true, ...tap, id: `hostnet${number}` }),
    ...json('device', {
      driver: 'virtio-net-pci',
      ...more,
      netdev: `hostnet${number}`,
      id: `net${number}`,
      mac: `52:54:00:aa:00:0${number}`,
    }),
  ];
  const { ports } = await start([
    ...['-name', 'guest=a,debug-threads=on', '-m', 'size=65536k'],
    ...['-machine', 'pc-q35-7.2,usb=off,memory-backend=pc.ram'],
    ...json('object', { 'qom-type': 'memory-backend-ram', id: 'pc.ram', size: 64 * 1024 ** 2 }),
    ...nic(0, { fds: '33:34', vhostfds: '35:36' }, { mq: true, vectors: 6, rx_queue_size: 256 }),
    ...nic(1, { fd: '45', vhostfd: '46' }, { csum: true, host_mtu: 1400 }),
  ]);
  expect(ports.map((port) => port.name)).toEqual(['a.hostnet0', 'a.hostnet1']);
  expect(await qemu?.ask('query-memdev')).toMatchObject([{ id: 'pc.ram', share: true }]);
  expect(await qemu?.tell('info ramblock')).toMatch(/^ +pc\.ram /m);
  expect(await qemu?.ask('query-chardev')).toMatchObject([
    { label: 'charhostnet0', 'frontend-open': true, filename: expect.stringContaining(dir) },
    { label: 'charhostnet1', 'frontend-open': true, filename: expect.stringContaining(dir) },
    {},
  ]);
  expect(await qemu?.tell('info network')).toMatch(/net0: index=1,type=nic[\s\S]*vhost-user/);
  expect(await offloads('net0')).toEqual([false, false, false, false, false, true]);
  expect(await offloads('net1')).toEqual([false, false, false, false, false, true]);
});

test('a guest as people write it, memory by -m alone, and a stale socket in the way', async () => {
  const stale = join(dir, 'plain', 'n0.sock');
  mkdirSync(dirname(stale));
  await leaveSocketBehind(stale);
  expect(existsSync(stale)).toBe(true);
  await start([
    ...['-name', 'plain', '-m', '100.001M'],
    ...['-device', 'virtio-net-pci,netdev=n0,id=net0,csum=on'],
    ...['-netdev', 'tap,id=n0,ifname=nosuch0,script=no,downscript=no,vhost=on,queues=2'],
  ]);
  expect(await qemu?.ask('query-memdev')).toMatchObject([
    { id: 'pc.ram', size: 104_865_792, share: true },
  ]);
  expect(await qemu?.tell('info ramblock')).toMatch(/^ +pc\.ram /m);
  expect(await offloads('net0')).toEqual([false, false, false, false, false, true]);
});

test('-mem-path and two NUMA nodes', async () => {
  await start([
    ...['-name', 'path', '-m', '64', '-mem-path', dir, '-mem-prealloc', '-machine', 'q35'],
    ...['-netdev', 'bridge,id=n0', '-device', 'virtio-net-pci,netdev=n0,id=net0'],
  ]);
  expect(await qemu?.ask('query-memdev')).toMatchObject([{ prealloc: true, share: true }]);
  await qemu?.end();
  await start([
    ...['-name', 'numa', '-m', '64,slots=1,maxmem=256M', '-smp', '2', '-machine', 'q35'],
    ...['-object', 'memory-backend-ram,id=ram-node0,size=32M'],
    ...['-object', 'memory-backend-memfd,id=ram-node1,size=32M,share=off'],
    ...['-object', 'memory-backend-ram,id=dimm0,size=128M', '-device', 'pc-dimm,memdev=dimm0'],
    ...['-numa', 'node,nodeid=0,cpus=0,memdev=ram-node0'],
    ...['-numa', 'node,nodeid=1,cpus=1,memdev=ram-node1'],
    ...['-netdev', 'tap,id=n0', '-device', 'virtio-net-pci,netdev=n0,id=net0'],
  ]);
  const memory = (await qemu?.ask('query-memdev')) as { id: string; share: boolean }[];
  expect(memory.map(({ id, share }) => `${id} ${share}`).sort()).toEqual([
    'dimm0 true',
    'ram-node0 true',
    'ram-node1 true',
  ]);
});

test('QEMU understands what we write of huge pages, whether the host has any or not', async () => {
  const nic = ['-netdev', 'tap,id=n0', '-device', 'virtio-net-pci,netdev=n0,id=net0'];
  const source = { kind: 'huge', pageSize: 2 * 1024 ** 2, node: 0, otherwise: 'refuse' } as const;
  const result = rewrite([...QUIET, '-name', 'huge', '-m', '4', ...nic], {
    ...DEFAULT_POLICY,
    backend: {
      kind: 'vhost-user',
      socketDir: dir,
      listener: 'qemu',
      reconnectSeconds: 1,
      otherMacs: [],
    },
    memory: { ...DEFAULT_POLICY.memory, source },
  });
  laySockets(result);
  const started = new Qemu(result.argv);
  qemu = started;
  const ready = Promise.all([
    ...result.ports.map((port) => fakeBackend(port.path, 2000)),
    started.ready(),
  ]);
  const outcome = await ready.then(
    () => started.ask('query-memdev'),
    () => started.ready().catch(String),
  );
  const pages = [{ share: true, prealloc: true, 'host-nodes': [0], policy: 'bind' }];
  if (Array.isArray(outcome)) expect(outcome).toMatchObject(pages);
  else
    expect(outcome).toMatch(/unable to map backing store|os_mem_prealloc|Cannot allocate memory/);
});

/** Binds in a process that is then killed: nobody is left to remove the file. */
async function leaveSocketBehind(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
}
