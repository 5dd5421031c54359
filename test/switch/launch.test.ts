import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planLaunch, switchArguments } from '../../src/switch/index.js';
import { findBinary } from '../../src/switch/paths.js';
import { hugePagesHold } from '../../src/system/memory/pages.js';
import { allowedCpus } from '../../src/system/os/cpus.js';
import { inFolder } from './folder.js';

const plan = {
  binary: '/opt/vhost-switch',
  controlSocket: '/run/vmlane/switch.sock',
  logFile: '/run/vmlane/switch.log',
  hugePages: true,
  cpus: [3],
  memoryMiB: 128,
};

/** A root with so many free huge pages of each size in kB, and processors. */
async function fixtureRoot(root: string, pages: Record<number, number>, cores = '0-1,4') {
  for (const [size, free] of Object.entries(pages)) {
    const folder = join(root, `sys/kernel/mm/hugepages/hugepages-${size}kB`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'free_hugepages'), `${free}\n`);
  }
  await mkdir(join(root, 'proc/self'), { recursive: true });
  await writeFile(join(root, 'proc/self/status'), `Name:\tnode\nCpus_allowed_list:\t${cores}\n`);
  return root;
}

async function program(path: string, mode = 0o755) {
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, mode);
  return path;
}

describe('switchArguments', () => {
  it('with huge pages and nothing said', () => {
    expect(switchArguments(plan)).toEqual([
      ...['--lcores', '0@3', '--no-pci', '--in-memory', '-m', '128'],
      ...['--file-prefix', expect.stringMatching(/^vmlane-[0-9a-f]{8}$/)],
      '--',
      ...['--control-socket', '/run/vmlane/switch.sock'],
      ...['--state-file', '/run/vmlane/switch/ports.json'],
    ]);
  });

  it('of one that becomes another user keeps its ports in a folder of their own', () => {
    const args = switchArguments({ ...plan, user: 'vmlane' }, { folders: ['/run/guests'] });
    expect(args.slice(args.indexOf('--') + 1)).toEqual([
      ...['--control-socket', '/run/vmlane/switch.sock'],
      ...['--state-file', '/run/vmlane/switch/ports.json'],
      ...['--user', 'vmlane', '--folder', '/run/vmlane/guests', '--folder', '/run/guests'],
    ]);
    const own = switchArguments({ ...plan, user: 'vmlane' }, { stateFile: '/var/lib/x/p.json' });
    expect(own).toContain('/var/lib/x/p.json');
  });

  it.each([
    ['root, where the account is', 0, true, undefined, 'vmlane'],
    ['root, where it is not', 0, false, undefined, undefined],
    ['root that says so', 0, true, 'root', undefined],
    ['root that names another', 0, false, 'nobody', 'nobody'],
    ['somebody else', 1000, true, undefined, undefined],
  ])('started by %s', (_, uid, there, wanted, user) =>
    inFolder(async (root) => {
      await mkdir(join(root, 'etc'));
      await writeFile(join(root, 'etc/passwd'), there ? 'vmlane:x:990:990::/:/bin/false\n' : '');
      const binary = await program(join(root, 'vhost-switch'));
      const found = await planLaunch({ binary, user: wanted }, {}, root, uid);
      expect(found.user).toBe(user);
      expect(found.args.includes('--user')).toBe(user !== undefined);
    }),
  );

  it('with ordinary pages leaves out what DPDK refuses beside them', () => {
    const args = switchArguments({ ...plan, hugePages: false });
    expect(args).toContain('--no-huge');
    expect(args).not.toContain('--in-memory');
  });

  it('with pages of one size takes no others, and leaves no files', () => {
    const args = switchArguments({ ...plan, pageFolder: '/dev/hugepages-2M' });
    expect(args.slice(2, 8)).toEqual([
      ...['--no-pci', '--huge-dir', '/dev/hugepages-2M', '--huge-unlink=always', '--no-shconf'],
      '-m',
    ]);
  });

  it('with everything said', () => {
    const args = switchArguments(plan, {
      stateFile: '/var/lib/ports.json',
      socketFiles: ['/run/a.sock', '/run/b.sock'],
      client: true,
      ageing: 60,
      idleSleep: 0,
      mergeable: false,
      txCsum: true,
      tso: true,
      stats: 5,
    });
    expect(args.slice(args.indexOf('--') + 3)).toEqual([
      ...['--state-file', '/var/lib/ports.json'],
      ...['--socket-file', '/run/a.sock', '--socket-file', '/run/b.sock', '--client'],
      ...['--ageing', '60', '--idle-sleep', '0', '--stats', '5'],
      ...['--mergeable', '0', '--tx-csum', '1', '--tso', '1'],
    ]);
  });

  it('refuses a setting that the switch would refuse', () => {
    expect(() => switchArguments(plan, { rxRetryNum: 101 })).toThrow(
      'rxRetryNum: 101 is not a whole number from 0 to 100',
    );
  });

  it('keeps two switches apart by their sockets', () => {
    const prefix = (controlSocket: string) => {
      const args = switchArguments({ ...plan, controlSocket });
      return args[args.indexOf('--file-prefix') + 1];
    };
    expect(prefix('/run/a.sock')).toBe(prefix('/run/a.sock'));
    expect(prefix('/run/a.sock')).not.toBe(prefix('/run/b.sock'));
  });
});

describe('hugePagesHold', () => {
  it.each<[Record<number, number>, boolean]>([
    [{ 2048: 64 }, true],
    [{ 2048: 63 }, false],
    [{ 1048576: 1, 2048: 0 }, true],
    // The switch's memory comes from one size; together they would do.
    [{ 2048: 40, 32768: 2 }, false],
    [{}, false],
  ])('%j free, 128 MiB wanted: %j', (pages, holds) =>
    inFolder(async (root) => {
      expect(hugePagesHold(128, await fixtureRoot(root, pages))).toBe(holds);
    }),
  );
});

describe('planLaunch', () => {
  const plans = (root: string, options: Parameters<typeof planLaunch>[0] = {}) =>
    planLaunch({ controlSocket: join(root, 's.sock'), ...options }, {}, root);

  it('takes huge pages when there are enough, and the last processor', () =>
    inFolder(async (folder) => {
      const root = await fixtureRoot(folder, { 2048: 64 });
      const binary = await program(join(folder, 'switch'));
      expect(await plans(root, { binary })).toMatchObject({
        binary,
        hugePages: true,
        cpus: [4],
        memoryMiB: 128,
        logFile: join(root, 's.log'),
      });
      expect(await plans(root, { binary, hugePages: false })).toMatchObject({ hugePages: false });
      expect(await plans(root, { binary, memoryMiB: 130 })).toMatchObject({ hugePages: false });
    }));

  it('with pages of a size and none at once is refused', () =>
    inFolder(async (folder) => {
      const root = await fixtureRoot(folder, { 2048: 64 });
      const asked = { hugePages: false, pageSize: '2MiB' };
      await expect(plans(root, asked)).rejects.toThrow(
        '--page-size 2MiB: asks for huge pages, and --no-huge for none; give one of them',
      );
    }));

  it('runs on the node of its first device, and says which devices are on others', () =>
    inFolder(async (folder) => {
      const root = await fixtureRoot(folder, {}, '0-7');
      const binary = await program(join(folder, 'switch'));
      const file = async (path: string, text: string) => {
        await mkdir(join(root, dirname(path)), { recursive: true });
        await writeFile(join(root, path), `${text}\n`);
      };
      const nodes = { '0000:01:00.0': 0, '0000:3b:00.0': 1, '0000:3b:00.1': -1 };
      for (const [address, node] of Object.entries(nodes)) {
        await file(`sys/bus/pci/devices/${address}/class`, '0x020000');
        await file(`sys/bus/pci/devices/${address}/numa_node`, String(node));
      }
      await file('sys/devices/system/node/node0/cpulist', '0-3');
      await file('sys/devices/system/node/node1/cpulist', '4-6');
      const on = (...devices: string[]) => ({
        ...{ binary, devices: devices.map((device, i) => ({ name: `d${i}`, device })) },
      });
      expect((await plans(root, { binary })).cpus).toEqual([7]);
      expect((await plans(root, on('0000:01:00.0'))).cpus).toEqual([3]);
      expect((await plans(root, on('3b:00.0'))).cpus).toEqual([6]);
      expect((await plans(root, { binary, uplink: '0000:3b:00.0' })).cpus).toEqual([6]);
      expect((await plans(root, on('0000:3b:00.1'))).cpus).toEqual([7]);
      expect((await plans(root, on('net_bonding0,mode=1,slave=0000:01:00.0'))).cpus).toEqual([3]);
      const both = on('0000:3b:00.0', '0000:01:00.0');
      expect(await plans(root, both)).toMatchObject({
        cpus: [6],
        notes: [
          'fewer than 512 MiB of huge pages are free: ordinary pages are used',
          '0000:01:00.0 is on NUMA node 0 (cpus 0,1,2,3), and the switch is not: its frames cross between nodes',
        ],
      });
      const near = { ...both, cpus: [1, 5], hugePages: false };
      expect((await plans(root, near)).notes).toEqual([]);
      // Pages are the host's; nodes without any give the EAL the choice.
      const memory = async (...devices: string[]) => {
        const { args } = await plans(root, { ...on(...devices), memoryMiB: 512 });
        const words = args.slice(0, args.indexOf('--'));
        return words
          .slice(words.findIndex((word) => word === '-m' || word === '--socket-mem'))
          .slice(0, 2);
      };
      expect(await memory('0000:3b:00.0')).toEqual(['-m', '512']);
      const free = { '': 600, '0': 400, '1': 200 };
      for (const [node, pages] of Object.entries(free)) {
        const sizes = node === '' ? 'sys/kernel/mm' : `sys/devices/system/node/node${node}`;
        for (const name of ['free', 'nr'])
          await file(`${sizes}/hugepages/hugepages-2048kB/${name}_hugepages`, String(pages));
      }
      expect(await memory('0000:3b:00.0')).toEqual(['--socket-mem', '112,400']);
      expect(await memory('0000:01:00.0')).toEqual(['--socket-mem', '512,0']);
      expect(await memory('0000:3b:00.1')).toEqual(['-m', '512']);
      // A node without any pages is none for DPDK.
      await file('sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages', '0');
      const { hugePages, notes } = await plans(root, { ...on('0000:3b:00.0'), memoryMiB: 512 });
      expect([hugePages, notes]).toEqual([
        false,
        [
          "no huge pages are free on NUMA node 1, where the switch or a device of it is: ordinary pages are used; 'vmlane host setup --pages 2MiB:N@1' reserves some there",
        ],
      ]);
      expect(await memory('0000:01:00.0')).toEqual(['--socket-mem', '512,0']);
    }));

  it.each([
    ['bond:members=', "a bond's settings are mode, 0 to 6, and at the end members"],
    ['bond:mode=7,members=0000:01:00.0', "a bond's settings are mode, 0 to 6"],
    ['bond:members=eth0+0000:01:00.0', 'is named like an interface of Linux'],
    ['bond:members=bond:members=0000:01:00.0', 'a bond is no member of a bond'],
    ['bond:members=x+y', 'named like an interface'],
    ['bond:members=0000:01:00.0+', 'neither a PCI address nor a DPDK device'],
  ])('refuses %s', (device, problem) => {
    const devices = [{ name: 'b', device }];
    expect(() => switchArguments(plan, { devices })).toThrow(problem);
  });

  it('lets the EAL look at the members of a bond only', () => {
    const device = 'bond:mode=4,members=0000:01:00.0+01:00.1';
    const args = switchArguments(plan, { devices: [{ name: 'b', device }] });
    expect(args.slice(2, 6)).toEqual(['-a', '0000:01:00.0', '-a', '0000:01:00.1']);
    expect(args).toContain(`b=${device}`);
  });

  it('refuses a processor where it may not run', () =>
    inFolder(async (folder) => {
      const root = await fixtureRoot(folder, {});
      const binary = await program(join(folder, 'switch'));
      expect((await plans(root, { binary, cpus: [1] })).args).toContain('0@1');
      expect((await plans(root, { binary, cpus: [1, 4] })).args).toContain('0@1,1@4');
      await expect(plans(root, { binary, cpus: [4, 2] })).rejects.toThrow(
        'cpu 2: this process may not run there; choose among 0, 1, 4',
      );
    }));

  it('refuses a socket path that the kernel could not take', () =>
    inFolder(async (folder) => {
      const root = await fixtureRoot(folder, {});
      const binary = await program(join(folder, 'switch'));
      const long = `/run/${'x'.repeat(103)}`;
      await expect(plans(root, { binary, controlSocket: long })).rejects.toThrow('107 bytes');
      await expect(plans(root, { binary, socketFiles: [long] })).rejects.toThrow('107 bytes');
      await expect(plans(root, { binary, socketFiles: [''] })).rejects.toThrow('empty');
    }));
});

it('allowedCpus says nothing where the kernel says nothing', () =>
  inFolder(async (folder) => {
    expect(allowedCpus(folder)).toEqual([]);
    expect(allowedCpus(await fixtureRoot(folder, {}, '7'))).toEqual([7]);
  }));

describe('findBinary', () => {
  it('asks the option, the environment, the build and PATH, in this order', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'build/native'), { recursive: true });
      await mkdir(join(folder, 'bin'));
      const given = await program(join(folder, 'given'));
      const named = await program(join(folder, 'named'));
      const built = await program(join(folder, 'build/native/vhost-switch'));
      const inPath = await program(join(folder, 'bin/vhost-switch'));
      const path = `/nonexistent:${join(folder, 'bin')}`;
      const env = { PATH: path, VMLANE_SWITCH_BINARY: named };
      expect(await findBinary(given, env, folder)).toBe(given);
      expect(await findBinary(undefined, env, folder)).toBe(named);
      expect(await findBinary(undefined, { PATH: path }, folder)).toBe(built);
      await chmod(built, 0o644);
      expect(await findBinary(undefined, { PATH: path }, folder)).toBe(inPath);
      await expect(findBinary(undefined, { PATH: '' }, folder)).rejects.toMatchObject({
        exitCode: 1,
        message: expect.stringContaining("not built and not in PATH; run 'npm run setup'"),
      });
    }));

  it('does not look elsewhere when one is named', () =>
    inFolder(async (folder) => {
      const named = join(folder, 'typo');
      await expect(findBinary(named, {})).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining(`${named}: not a program that can be run`),
      });
      await expect(findBinary(folder, {})).rejects.toThrow('not a program');
    }));
});
