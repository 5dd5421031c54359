import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Reservation, reserveAlone } from '../../lab/huge-pages.js';
import { patience } from '../../lab/slow.js';
import { vmlane } from '../../lab/vmlane.js';
import { SwitchClient } from '../../src/switch/client.js';
import { packageRoot } from '../../src/switch/paths.js';
import { Qemu } from '../qemu/monitor.js';

// Guests that qemu-wrap puts on real huge pages, without a NIC, so that memory is all there is; and a switch.

const WRAPPER = `${packageRoot()}/wrapper/qemu-wrap`;
const FOLDER = '/run/huge-test';
const GUEST_PAGES = 32; // 64 MiB
const QUIET = ['-S', '-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'tcg'];
const ram = (id: string, mebibytes: number) => [
  '-object',
  JSON.stringify({ 'qom-type': 'memory-backend-ram', id, size: mebibytes * 2 ** 20 }),
];
const layouts: Record<string, string[]> = {
  'RAM of -m': ['-machine', 'pc', '-m', '64'],
  "libvirt's pc.ram": ['-machine', 'q35,memory-backend=pc.ram', '-m', '64', ...ram('pc.ram', 64)],
  'two NUMA nodes': [
    ...['-machine', 'pc', '-m', '64', '-smp', '2'],
    ...ram('ram-node0', 32),
    ...['-numa', 'node,nodeid=0,cpus=0,memdev=ram-node0'],
    ...ram('ram-node1', 32),
    ...['-numa', 'node,nodeid=1,cpus=1,memdev=ram-node1'],
  ],
};
const sources: [string, Record<string, string>][] = [
  ['of the host', { VMLANE_MEMORY: 'huge' }],
  ['of node 0, 2 MiB each', { VMLANE_MEMORY: 'huge', VMLANE_PAGE_SIZE: '2MiB', VMLANE_NODE: '0' }],
  ['of a folder', { VMLANE_MEMORY: FOLDER }],
];

let pages: Reservation;
let qemu: Qemu | undefined;

beforeAll(async () => {
  pages = await reserveAlone(GUEST_PAGES);
  expect(pages.shortage).toBe('');
  await mkdir(FOLDER);
  await execa('mount', ['-t', 'hugetlbfs', '-o', 'pagesize=2M', 'none', FOLDER]);
});

afterEach(async () => {
  await qemu?.end();
  qemu = undefined;
});

afterAll(async () => {
  await execa('umount', [FOLDER]);
  await pages.release();
});

function environment(own: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, VMLANE_SETTINGS: '/nonexistent', VMLANE_ALL_GUESTS: 'true', ...own };
}

async function free(): Promise<number> {
  const folder = '/sys/kernel/mm/hugepages/hugepages-2048kB';
  return Number(await readFile(`${folder}/free_hugepages`, 'utf8'));
}

const all = Object.entries(layouts).flatMap(([layout, argv]) =>
  sources.map(([source, env]): [string, string, string[], Record<string, string>] => [
    ...([layout, source] as const),
    ...([argv, env] as const),
  ]),
);

test.each(all)('%s on pages %s', async (_layout, _source, argv, env) => {
  const before = await free();
  qemu = new Qemu([...QUIET, ...argv], [WRAPPER], environment(env));
  await qemu.ready();
  const found = (await qemu.ask('query-memdev')) as Record<string, unknown>[];
  expect(found.length).toBeGreaterThan(0);
  for (const one of found) expect(one).toMatchObject({ share: true, prealloc: true });
  expect(before - (await free())).toBe(GUEST_PAGES);
});

test.each(sources)('too few pages %s are counted before QEMU starts', async (_source, env) => {
  const enough = await free();
  const words = [...QUIET, '-machine', 'pc', '-m', String((enough + 1) * 2)];
  const options = {
    env: environment(env),
    extendEnv: false,
    reject: false,
    timeout: patience(60_000),
  };
  const ran = await execa(WRAPPER, words, options);
  expect(ran).toMatchObject({ exitCode: expect.any(Number), stdout: '' });
  expect(ran.exitCode).not.toBe(0);
  expect(ran.stderr).toContain(`${enough} are free, ${enough + 1} are needed`);
  expect(ran.stderr.split('\n')).toHaveLength(1);
});

test('a switch takes pages of the size it is told, by a mount, and leaves no file there', async () => {
  const folder = await mkdtemp('/run/huge-switch-');
  const socket = ['--control-socket', join(folder, 's.sock')];
  const size = ['--page-size', '2MiB', '--memory', String(GUEST_PAGES * 2)];
  const before = await free();
  const start = ['switch', 'start', ...socket, ...size, '--user', 'root', '--cpus', '0'];
  try {
    await vmlane(start, () => undefined);
    expect(before - (await free())).toBe(GUEST_PAGES);
    const client = await SwitchClient.connect(join(folder, 's.sock'));
    const { pid } = client.hello;
    client.close();
    const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
    const own = maps.split('\n').filter((line) => / \/\S+map_\d+ \(deleted\)$/.test(line));
    expect(own).toHaveLength(GUEST_PAGES);
    const mounts = new Set(own.map((line) => line.replace(/^.* (\/.*)\/.*map_.*$/, '$1')));
    expect(mounts.size).toBe(1);
    for (const mount of mounts)
      expect(await readdir(mount)).not.toContain(expect.stringMatching(/map_/));
    // Asked for again, it runs as asked; with another size it does not.
    await vmlane(start, () => undefined);
    await expect(
      vmlane(
        start.map((word) => (word === '2MiB' ? '1GiB' : word)),
        () => undefined,
      ),
    ).rejects.toThrow(/--page-size/);
  } finally {
    await vmlane(['switch', 'stop', ...socket], () => undefined);
    await rm(folder, { recursive: true });
  }
  expect(await free()).toBe(before);
});
