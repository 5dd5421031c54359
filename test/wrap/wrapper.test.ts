import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readArgs } from '../qemu/fixtures.js';
import { type FakeSwitch, fakeSwitch } from './fake-switch.js';
import { emulated, FAKE_EMULATOR, NIC, type RunOptions, WRAPPER, wrap } from './wrapper.js';

let dir: string;
let fake: FakeSwitch | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-wrap-'));
});

afterEach(async () => {
  await fake?.close();
  fake = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const startSwitch = async (refuse?: string, ports: readonly object[] = []) => {
  fake = await fakeSwitch(join(dir, 'switch.sock'), refuse, ports);
  return fake;
};
/** Runs the wrapper where /dev has what libvirt gives QEMU: no /dev/fd. Source: defaultDeviceACL, qemu_cgroup.c. */
const inLibvirtsDev = () => {
  const program = join(dir, 'in-libvirts-dev');
  const body = `dev=${dir}/dev
mkdir $dev
mount -t tmpfs dev $dev
for name in null full zero random urandom ptmx; do touch $dev/$name; mount --bind /dev/$name $dev/$name; done
mount --move $dev /dev
exec "$@"`;
  const user = process.getuid?.() === 0 ? '' : '--map-root-user';
  const text = `#!/bin/sh\nexec unshare ${user} --mount -- sh -euc '${body}' sh ${WRAPPER} "$@"\n`;
  writeFileSync(program, text, { mode: 0o755 });
  return program;
};
/** A PATH in which node does not exist. */
const withoutNode = () => {
  mkdirSync(join(dir, 'bin'));
  for (const name of ['readlink', 'stat']) symlinkSync(`/usr/bin/${name}`, join(dir, 'bin', name));
  return { PATH: join(dir, 'bin') };
};

/** Expects exit code and one line, and that the emulator did not run. */
async function refused(status: number, line: string, argv: string[], options: RunOptions = {}) {
  const run = await wrap(dir, argv, options);
  expect(run).toMatchObject({ status, stdout: '', stderr: `qemu-wrap: ${line}\n` });
  expect(existsSync(join(dir, 'out.pid'))).toBe(false);
}

describe.each([
  ['without Node', []],
  ['through Node', NIC],
])('the emulator, started %s', (_, nic) => {
  beforeEach(async () => {
    await startSwitch();
  });

  test('has the PID of the wrapper and its exit code is the result', async () => {
    const run = await wrap(dir, ['-name', 'a', ...nic], { env: { FAKE_STATUS: '37' } });
    expect(run).toMatchObject({ status: 37, stdout: '', stderr: '' });
    expect(emulated(dir).pid).toBe(run.pid);
  });

  test.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGKILL', 'SIGKILL'],
  ] as const)('that %s ends is seen to have ended so', async (_, signal) => {
    const run = await wrap(dir, ['-name', 'a', ...nic], { env: { FAKE_SIGNAL: signal } });
    expect(run).toMatchObject({ status: null, signal });
  });

  test('has environment, working directory, umask and signals as they came', async () => {
    const odd = { 'a-b': 'c', SHLVL: '7', OLDPWD: '/none', _: 'x', IFS: ' ', LINES: 'a\nb', E: '' };
    const cwd = join(dir, 'somewhere');
    mkdirSync(cwd);
    const argv = ['-name', 'a', ...nic];
    // A shell to be wrapped: it changes what spawn cannot, and execs.
    const script = 'umask 0027; trap "" PIPE USR1; unset PWD; exec "$@"';
    const run = async (program: string, env: Record<string, string>) => {
      const words = ['--norc', '-c', script, 'bash', program, ...argv];
      const options = { program: '/bin/bash', cwd, env };
      expect(await wrap(dir, words, options)).toMatchObject({ status: 0, stderr: '' });
      return emulated(dir);
    };
    for (const env of [{}, odd]) {
      const direct = await run(FAKE_EMULATOR, env);
      const { environ, ...wrapped } = await run(WRAPPER, env);
      expect(environ).toEqual(direct.environ);
      const { umask, signals } = direct;
      expect(wrapped).toMatchObject({ cwd, umask, signals });
      expect([umask, signals.join()]).toEqual([
        '0027',
        expect.stringMatching(/SigIgn:\s0*12\w\w$/),
      ]);
    }
  });

  test('has words that are empty or hold newlines, quotes and blanks', async () => {
    const odd = ['-append', '', '-name', 'line\nline\n', '-k', ' "$HOME" \\ * \'', '-s', 'é\t'];
    expect((await wrap(dir, [...odd, ...nic])).status).toBe(0);
    expect(emulated(dir).argv.slice(0, odd.length)).toEqual(odd);
  });

  test('has the descriptors that it would have without the wrapper', async () => {
    const numbers = [3, 6, 9, 10, 11, 12, 27, 31, 61, 62, 63, 64, 100, 254, 255];
    const files = await Promise.all(numbers.map((fd) => open(join(dir, `for-fd-${fd}`), 'w+')));
    const fds = Object.fromEntries(files.map((file, index) => [numbers[index], file.fd]));
    const argv = ['-name', 'a', ...nic];
    await wrap(dir, argv, { fds, program: FAKE_EMULATOR });
    const direct = emulated(dir).fds;
    for (const fd of numbers) expect(direct.get(fd)).toBe(join(dir, `for-fd-${fd}`));
    expect(await wrap(dir, argv, { fds })).toMatchObject({ status: 0, stderr: '' });
    await Promise.all(files.map((file) => file.close()));
    expect(nameless(emulated(dir).fds)).toEqual(nameless(direct));
  });
});

/** Pipes have other numbers in each run. */
function nameless(fds: Map<number, string>): string[] {
  return [...fds].map(([fd, target]) => `${fd} ${target.replace(/:\[\d+\]$/, '')}`).sort();
}

test('in the /dev that libvirt gives it, with its NIC on the switch', async () => {
  await startSwitch();
  const program = inLibvirtsDev();
  const { status, stderr } = await wrap(dir, NIC, { program });
  expect([status, stderr]).toEqual([0, '']);
  expect(emulated(dir).argv.join(' ')).toContain('vhost-user');
});
describe('without anything to rewrite', () => {
  test.each(['lv9-probe-tcg', 'lv9-probe-kvm', 'lv11-probe-kvm'])(
    'libvirt’s %s runs untouched and without Node',
    async (name) => {
      expect(await wrap(dir, readArgs(name), { env: withoutNode() })).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(emulated(dir).argv).toEqual(readArgs(name));
    },
  );

  test.each([['-version'], ['--help'], ['-machine', 'help'], ['-cpu', '?'], []])(
    '%s runs without Node',
    async (...argv) => {
      const words = argv.filter((word) => typeof word === 'string');
      expect((await wrap(dir, words, { env: withoutNode() })).status).toBe(0);
      expect(emulated(dir).argv).toEqual(words.length ? words : ['']);
    },
  );

  test('a NIC of another kind needs no switch', async () => {
    const argv = ['-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0', '-append', ''];
    expect(await wrap(dir, argv)).toMatchObject({ status: 0, stderr: '' });
    expect(emulated(dir).argv).toEqual(argv);
  });
});

describe('with a NIC for the switch', () => {
  test('the ports are there before the emulator runs, and its words are the new ones', async () => {
    const { calls } = await startSwitch();
    await wrap(dir, ['-name', 'a', '-m', '64', ...NIC]);
    const path = join(dir, 'a/n0.sock');
    const params = { name: 'a.n0', path, listener: 'switch' };
    expect(calls).toEqual([{ method: 'port.add', params }]);
    expect(emulated(dir).argv).toContain(`socket,id=charn0,path=${path},reconnect=1`);
    expect(emulated(dir).argv).not.toContain('tap,id=n0');
  });

  test('the switch may listen already', async () => {
    await startSwitch();
    mkdirSync(join(dir, 'a'));
    const listening = createServer();
    await new Promise<void>((resolve) => listening.listen(join(dir, 'a/n0.sock'), resolve));
    const run = await wrap(dir, ['-name', 'a', ...NIC]);
    await new Promise((resolve) => listening.close(resolve));
    expect(run).toMatchObject({ status: 0, stderr: '' });
  });

  test('QEMU listens if the settings say so', async () => {
    const { calls } = await startSwitch();
    mkdirSync(join(dir, 'a'));
    const path = join(dir, 'a/n0.sock');
    const run = await wrap(dir, ['-name', 'a', ...NIC], { env: { VMLANE_LISTENER: 'qemu' } });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    // Unsaid: QEMU listens.
    expect(calls).toEqual([{ method: 'port.add', params: { name: 'a.n0', path } }]);
    expect(emulated(dir).argv).toContain(`socket,id=charn0,path=${path},server=on`);
  });

  test('what a -readconfig file holds is rewritten', async () => {
    await startSwitch();
    const file = join(dir, 'guest.cfg');
    writeFileSync(file, '[netdev "n0"]\n type = "tap"\n[memory]\n size = "80M"\n');
    await wrap(dir, ['-name', 'a', '-readconfig', file, ...NIC.slice(2)]);
    const { argv } = emulated(dir);
    expect(argv).toContain('id=n0,type=vhost-user,chardev=charn0');
    expect(argv.join(' ')).toContain('size=83886080');
    expect(argv).not.toContain(file);
  });

  test('it works through a symbolic link, as installed', async () => {
    await startSwitch();
    symlinkSync(WRAPPER, join(dir, 'qemu-kvm'));
    symlinkSync('qemu-kvm', join(dir, 'again'));
    const run = await wrap(dir, NIC, { program: join(dir, 'again') });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(emulated(dir).argv.join()).toContain('vhost-user,id=n0');
  });

  test('a port that was added is taken back when the next one fails', async () => {
    const { calls } = await startSwitch('a.n1');
    const second = ['-netdev', 'tap,id=n1', '-device', 'virtio-net-pci,netdev=n1'];
    const line = 'port a.n1: has other settings; remove it';
    await refused(1, line, ['-name', 'a', ...NIC, ...second]);
    expect(calls.map(({ method, params }) => `${method} ${params.name}`)).toEqual([
      'port.add a.n0',
      'port.add a.n1',
      'port.remove a.n0',
    ]);
  });
});

describe('refuses in one line', () => {
  const missing = '/nonexistent/qemu';
  const remedy = 'install QEMU, or set emulator in the settings or VMLANE_EMULATOR to its path';

  describe.each([
    ['without Node', [] as string[]],
    ['through Node', NIC],
  ])('%s', (_, nic) => {
    test('an emulator that does not exist', async () => {
      const line = `${missing}: no such emulator (ENOENT); ${remedy}`;
      await refused(2, line, nic, { env: { VMLANE_EMULATOR: missing } });
    });

    test('an emulator that is a folder', async () => {
      const line = `${dir}: the emulator is not a file; ${remedy}`;
      await refused(2, line, nic, { env: { VMLANE_EMULATOR: dir } });
    });

    test('an emulator that is not executable', async () => {
      const path = join(dir, 'qemu');
      copyFileSync(FAKE_EMULATOR, path);
      chmodSync(path, 0o644);
      const line = `${path}: the emulator is not executable (EACCES); ${remedy}`;
      await refused(2, line, nic, { env: { VMLANE_EMULATOR: path } });
    });

    test('itself as the emulator', async () => {
      const path = join(dir, 'qemu');
      symlinkSync(WRAPPER, path);
      const line = `${path}: the emulator is qemu-wrap itself; set it to QEMU`;
      await refused(2, line, nic, { env: { VMLANE_EMULATOR: path } });
    });
  });

  test('a switch that is not there', async () => {
    const socket = join(dir, 'switch.sock');
    const line = `${socket}: no switch is running there (no such file); start it with 'vmlane switch start'`;
    await refused(1, line, NIC);
  });

  test.each([
    ['2.1.3', 'qemu', 'vhost-user needs QEMU 2.2; use a newer QEMU or the back end vhost-net'],
    [
      '2.6.0',
      'switch',
      'reconnecting to a vhost-user socket needs QEMU 2.7; use a newer QEMU or let QEMU listen (listener: qemu)',
    ],
  ])('QEMU %s where the %s listens', async (version, listener, rest) => {
    const env = {
      FAKE_VERSION: `QEMU emulator version ${version} (x), Copyright`,
      VMLANE_LISTENER: listener,
    };
    const line = `QEMU ${version.slice(0, 3)}: ${rest}`;
    await refused(2, line, NIC, { env });
  });

  test('a list that cannot be read', async () => {
    const line = `-device {"driver":}: broken JSON at position 11: expected a value, found "}"; write valid JSON or the key=value form`;
    await refused(2, line, [...NIC, '-device', '{"driver":}']);
  });

  test('a folder for the sockets that is not there', async () => {
    await startSwitch();
    const path = join(dir, 'none');
    const line = `${path}/a: no folder for the guests' sockets (ENOENT); create a folder that uid ${process.getuid?.()} may write to, or set socketDir to one`;
    const env = { VMLANE_SOCKET_DIR: path, VMLANE_LISTENER: 'qemu' };
    await refused(1, line, ['-name', 'a', ...NIC], { env });
    expect(fake?.calls).toEqual([]);
  });

  test('huge pages that are none', async () => {
    await startSwitch();
    const line = `${dir}: this is not a hugetlbfs; mount a hugetlbfs there, or set memory to memfd or another folder`;
    await refused(2, line, NIC, { env: { VMLANE_HUGEPAGES: dir } });
  });

  test('an NVDIMM in a file that the switch does not map', async () => {
    await startSwitch();
    const file = 'memory-backend-file,id=nv,size=64M,share=on,mem-path=/proc/version';
    const nvdimm = ['-object', file, '-device', 'nvdimm,memdev=nv'];
    const line =
      'the guest: its memory has the file "/proc/version", on proc, and the switch takes memory on tmpfs and hugetlbfs only: it would have no network; put the file on one of them, such as /dev/shm, or give the guest no vhost-user NIC';
    await refused(2, line, ['-name', 'a', ...NIC, ...nvdimm]);
  });

  test('too few huge pages, with the arithmetic', async () => {
    await startSwitch();
    // More than any machine has.
    const run = await wrap(dir, ['-m', '7000T', ...NIC], { env: { VMLANE_MEMORY: 'huge' } });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(
      /^qemu-wrap: huge pages( of .*: \d+ are free, \d+ are needed: \d+ for pc.ram \(7000 TiB\).*|: the kernel of this host has none); .*\n$/,
    );
    expect(fake?.calls).toEqual([]);
  });

  test('a socket on which another guest listens', async () => {
    await startSwitch();
    mkdirSync(join(dir, 'a'));
    const path = join(dir, 'a/n0.sock');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(path, resolve));
    const line = `${path}: another process listens on this socket, a guest of the same name is running; stop it or give this guest another name`;
    await refused(1, line, ['-name', 'a', ...NIC], { env: { VMLANE_LISTENER: 'qemu' } });
    await new Promise((resolve) => other.close(resolve));
  });

  test('a port on which another guest is', async () => {
    const path = join(dir, 'a/n0.sock');
    const port = { name: 'a.n0', path, mode: 'server', state: 'up', vlan: 0, id: 0, queues: 1 };
    const more = { features: '0x0', lcore: 1, mac: null, address_limit: 65_536, flood_limit: 0 };
    await startSwitch(undefined, [{ ...port, ...more, mirror: null }]);
    const line = `port a.n0: another guest is connected to it at ${path}; stop that guest, or give this one another name or socket`;
    await refused(1, line, ['-name', 'a', ...NIC]);
  });

  test('bytes that Node cannot hand on, which pass where Node is not needed', async () => {
    const script = 'bytes=$1; shift; exec "$@" -append "$(printf "$bytes")"';
    const through = async (bytes: string, nic: string[]) =>
      wrap(dir, ['--norc', '-c', script, 'bash', bytes, WRAPPER, ...nic], { program: '/bin/bash' });
    expect((await through('\\377', [])).status).toBe(0);
    expect(emulated(dir).argv).toEqual(['-append', '\ufffd']);
    expect(await through('\\377', NIC)).toMatchObject({
      status: 2,
      stderr: 'qemu-wrap: \ufffd: the argument is not valid UTF-8; rename what it names\n',
    });
    await startSwitch();
    expect(await through('\\357\\277\\275', NIC)).toMatchObject({ status: 0, stderr: '' });
  });

  test('a machine without Node', async () => {
    const line = 'node: not found in PATH; install Node.js 20.19 or newer';
    await refused(1, line, NIC, { env: withoutNode() });
  });

  test('a checkout that was not built', async () => {
    mkdirSync(join(dir, 'wrapper'));
    const program = join(dir, 'wrapper/qemu-wrap');
    copyFileSync(WRAPPER, program);
    const line = `${dir}/dist/wrap/main.mjs: vmlane is not built; run 'npm run setup' in ${dir}`;
    await refused(1, line, NIC, { program });
  });

  test.each([
    ['exit 99', 99, 'node: ended with status 99; see the lines above'],
    ['exit 0', 1, 'printed nothing'],
    ["printf '/bin/true\\0'; exit 3", 3, 'node: ended with status 3; see the lines above'],
    ['kill -9 $$', 137, 'node: ended with status 137; see the lines above'],
  ])('a Node that does: %s', async (body, status, message) => {
    const env = withoutNode();
    writeFileSync(join(env.PATH, 'node'), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
    const run = await wrap(dir, NIC, { env });
    expect(run.status).toBe(status);
    expect(run.stderr).toContain(message);
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(join(dir, 'out.pid'))).toBe(false);
  });
});

describe('a switch that says nothing', () => {
  let silent: Server;
  let asked: Promise<unknown>;
  beforeEach(async () => {
    silent = createServer((peer) => peer.on('error', () => peer.destroy()));
    asked = new Promise((resolve) => silent.once('connection', resolve));
    await new Promise<void>((resolve) => silent.listen(join(dir, 'switch.sock'), resolve));
  });
  afterEach(() => {
    silent.close();
  });

  test('is waited for three seconds, which also shows that timers work in the snapshot', async () => {
    const socket = join(dir, 'switch.sock');
    const line = `${socket}: no answer to hello within 3000 ms; check that vhost-switch is not stopped and see its log`;
    const begin = Date.now();
    await refused(1, line, NIC, { env: { VMLANE_SWITCH_TIMEOUT: '' } });
    expect(Date.now() - begin).toBeGreaterThan(2900);
  });

  test('does not keep a signal from ending the wrapper, and nothing runs', async () => {
    const run = wrap(dir, ['-name', 'a', ...NIC], {
      env: { VMLANE_SWITCH_TIMEOUT: '' },
      started: (pid) => asked.then(() => process.kill(pid, 'SIGTERM')),
    });
    expect(await run).toMatchObject({ status: null, signal: 'SIGTERM', stdout: '' });
    expect(existsSync(join(dir, 'out.pid'))).toBe(false);
  });
});
