/** Containers, which are network namespaces here, by the plugin of CNI: called as runtimes call it. Needs root. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { PYTHON } from '../../lab/python.js';
import { namesOf, portsOf } from '../../src/cni/call/names.js';
import { DEVICE_NODES } from '../../src/contract/bounds.js';
import { readInterfaces } from '../../src/networks/interfaces.js';
import { makeNodeFolder } from '../../src/networks/nodes.js';
import { answers, call, callsOf, STAND_IN } from '../cni/plugin.js';
import { ANOTHER_USER } from '../switch/real-switch.js';
import { type Bench, withBench } from './bench.js';
import { mac } from './frames.js';
import { swapsMacs } from './macswap.js';
import { startSwitch } from './start.js';
import { ip, type Tap, tcp } from './tap.js';

/** Its namespace has its name. */
interface Container extends Tap {
  variables: Record<string, string>;
}

const namespaces: string[] = [];
let folder: string;
/** IDs of its containers. */
const ids: string[] = [];

// The switch reaches what is there at its start.
beforeAll(() => makeNodeFolder());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmlane-cni-'));
});
afterEach(async () => {
  for (const name of namespaces.splice(0))
    await execa('ip', ['netns', 'del', name], { reject: false });
  rmSync(folder, { recursive: true });
});

let made = 0;

async function makeContainer(): Promise<Container> {
  made++;
  const name = `cni-${process.pid}-${made}`;
  await ip('netns', 'add', name);
  namespaces.push(name);
  const id = `${name}-0123456789abcdef`;
  ids.push(id);
  const netns = `/run/netns/${name}`;
  const variables = { CNI_CONTAINERID: id, CNI_NETNS: netns, CNI_IFNAME: 'eth0' };
  return { name, address: `10.9.8.${made}`, mac: '', variables };
}

/** Which this host offers. */
function config(bench: Bench, more: object = {}) {
  const { socket } = bench.one;
  const offer = { 'control-sockets': [socket], 'socket-folders': [bench.path('guests')] };
  const text = JSON.stringify({ ...offer, vlans: '7,9', 'no-vlan': true });
  writeFileSync(join(folder, 'cni.yaml'), text, { mode: 0o644 });
  return {
    ...{ cniVersion: '1.1.0', name: 'tests', type: 'vmlane-cni', controlSocket: socket },
    ...{ ipam: { type: STAND_IN }, ...more },
  };
}

function giveAddress({ address }: Container, more: object = {}): void {
  const second = `2001:DB8:0::${address.split('.').at(-1)}/64`;
  const ips = [{ address: `${address}/24`, gateway: '10.9.8.254' }, { address: second }];
  const routes = [{ dst: '0.0.0.0/0' }];
  answers(folder, 'ADD', { cniVersion: '1.1.0', ips, routes, dns: {}, ...more });
}

const run = (command: string, settings: object | string, { variables }: Container) =>
  call(command, settings, variables, folder);

async function mustAdd(settings: object, container: Container) {
  giveAddress(container);
  const { answer, exitCode } = await run('ADD', settings, container);
  expect(exitCode, JSON.stringify(answer)).toBe(0);
  return answer;
}

/** What these tests' containers have on this host, where others may run, too. */
async function left(bench: Bench): Promise<string[]> {
  const own = ids.flatMap((container) =>
    ['tests', 'others'].flatMap((network) =>
      ['eth0', 'eth1'].flatMap((ifname) => Object.values(namesOf(network, { container, ifname }))),
    ),
  );
  const interfaces = (await readInterfaces()).map(({ name }) => name);
  const ports = (await bench.client.ports()).map(({ name }) => name);
  const all = [...interfaces, ...ports, ...readdirSync(DEVICE_NODES)];
  return all.filter((one) => own.includes(one));
}

function allUp(bench: Bench): Promise<true> {
  const wait = { thing: 'ports', problem: 'are not up', remedy: 'see the log', ms: 60_000 };
  return until(wait, async () => {
    const ports = await bench.client.ports().catch(() => []);
    return (ports.length > 0 && ports.every(({ state }) => state === 'up')) || undefined;
  });
}

it('two containers reach each other, also after the switch was killed; nothing is left of them', () =>
  withBench(async (bench) => {
    const [a, b] = [await makeContainer(), await makeContainer()];
    const bandwidth = {
      ingressRate: 80_000_001,
      ingressBurst: 8_192_000,
      egressRate: 8192 * 20_000,
    };
    const own = { vlan: 7, mtu: 1400, runtimeConfig: { mac: '02:00:00:00:00:AA', bandwidth } };
    const settings = config(bench, own);
    const result = await mustAdd(settings, a);
    const near = expect.stringMatching(/^cnh[0-9a-f]{12}$/);
    expect(result).toEqual({
      cniVersion: '1.1.0',
      interfaces: [
        { name: near, mtu: 1400 },
        { name: 'eth0', mac: '02:00:00:00:00:aa', mtu: 1400, sandbox: a.variables.CNI_NETNS },
      ],
      ips: [
        { address: `${a.address}/24`, gateway: '10.9.8.254', interface: 1 },
        { address: '2001:DB8:0::1/64', interface: 1 },
      ],
      routes: [{ dst: '0.0.0.0/0' }],
      dns: {},
    });
    const limits = { inbound: 9766, inbound_burst: 1000, outbound: 20_000 };
    const port = { vlan: 7, mac: '02:00:00:00:00:aa', other_macs: 0, state: 'up', ...limits };
    expect(await bench.client.ports()).toMatchObject([port]);
    expect(await ip('-n', a.name, 'route')).toContain('default via 10.9.8.254 dev eth0');
    expect(await ip('-n', a.name, '-6', 'address')).toContain('2001:db8::1/64');

    // Of another version, without what that does not know.
    const older = { ...config(bench, { vlan: 7 }), cniVersion: '0.4.0' };
    const { interfaces, ips } = await mustAdd(older, b);
    const name = expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/);
    expect(interfaces).toEqual([
      { name: near },
      { name: 'eth0', mac: name, sandbox: b.variables.CNI_NETNS },
    ]);
    expect(ips[0]).toMatchObject({ version: '4', address: `${b.address}/24` });
    await tcp(a, b, 1);
    await tcp(b, a, 1);

    const prevResult = result;
    expect(await run('CHECK', { ...settings, prevResult }, a)).toEqual({
      exitCode: 0,
      answer: undefined,
    });
    const again = await run('ADD', settings, a);
    expect(again.answer).toMatchObject({ code: 101, msg: expect.stringContaining('eth0') });
    expect(await ip('-n', a.name, 'address')).toContain(a.address);

    await bench.one.end('SIGKILL');
    bench.one = await startSwitch(bench.one.folder);
    await allUp(bench);
    await tcp(a, b, 1);
    expect(await run('CHECK', { ...settings, prevResult }, a)).toEqual({
      exitCode: 0,
      answer: undefined,
    });

    expect(await run('DEL', { ...settings, prevResult }, a)).toEqual({
      exitCode: 0,
      answer: undefined,
    });
    // As when the container has ended before, and once more.
    await ip('netns', 'del', b.name);
    const { CNI_NETNS: _, ...gone } = b.variables;
    for (const one of [a.variables, gone, gone])
      expect(await call('DEL', older, one, folder)).toEqual({ exitCode: 0, answer: undefined });
    expect(await left(bench)).toEqual([]);
    expect(callsOf(folder).filter((one) => one.startsWith('DEL'))).toHaveLength(4);
  }));

it('CHECK sees what is no longer as ADD has made it', () =>
  withBench(async (bench) => {
    const a = await makeContainer();
    const settings = config(bench, { mtu: 1400 });
    const prevResult = await mustAdd(settings, a);
    const problem = async (more: object = {}) =>
      (await run('CHECK', { ...settings, prevResult, ...more }, a)).answer?.msg;
    const inside = (...words: string[]) => ip('-n', a.name, ...words);
    expect(await problem()).toBeUndefined();
    expect(await problem({ vlan: 9 })).toMatch(/is in VLAN 0, and not in 9$/);
    expect(await problem({ prevResult: { interfaces: [] } })).toBe('eth0: is not in prevResult');
    await inside('route', 'del', 'default');
    expect(await problem()).toBe('eth0: there is no route to 0.0.0.0/0');
    await inside('address', 'flush', 'dev', 'eth0');
    expect(await problem()).toBe(`eth0: does not have the address ${a.address}/24`);
    await inside('link', 'set', 'eth0', 'mtu', '1500');
    expect(await problem()).toBe('eth0: its MTU is 1500, and 1400 on the host');
    await inside('link', 'set', 'eth0', 'mtu', '1400', 'down');
    expect(await problem()).toBe('eth0: is down');
    await inside('link', 'set', 'eth0', 'address', '02:00:00:00:00:01');
    expect(await problem()).toMatch(/^eth0: its MAC is 02:00:00:00:00:01, and not /);
    await inside('link', 'del', 'eth0');
    await until(
      { thing: 'port', problem: 'still up', remedy: '', ms: 60_000 },
      async () => (await bench.client.ports())[0]?.state === 'waiting' || undefined,
    );
    expect(await problem()).toMatch(/the switch does not have its interface$/);
    // A container that was left half-way gets its interface anew.
    await mustAdd(settings, a);
    await bench.client.removePort((await bench.client.ports())[0]?.name ?? '');
    expect(await problem()).toMatch(/^port cni:.*: the switch does not have it$/);
    await run('DEL', settings, a);
    expect(await left(bench)).toEqual([]);
  }));

it('an ADD that fails leaves nothing behind, and gives the address back', () =>
  withBench(async (bench) => {
    const a = await makeContainer();
    const fails = async (settings: object, code: number, message: RegExp | string) => {
      const { exitCode, answer } = await run('ADD', settings, a);
      expect(answer).toMatchObject({ code, msg: expect.stringMatching(message) });
      expect(exitCode).toBe(1);
      expect(await left(bench)).toEqual([]);
      expect(await ip('-n', a.name, '-brief', 'link')).not.toContain('eth0');
    };
    // Beyond the last step but one: the interface is there, and has its address.
    giveAddress(a, { routes: [{ dst: '192.0.2.0/24', gw: '198.51.100.1' }] });
    await fails(config(bench), 100, /^ip route add 192\.0\.2\.0\/24 .*invalid gateway/);
    giveAddress(a);
    // The switch refuses a port whose path is somebody's file.
    const at = join(bench.path('guests'), `${a.variables.CNI_CONTAINERID}@eth0`);
    await mkdir(at, { recursive: true });
    await writeFile(join(at, 'net.sock'), '');
    const sockets = { mode: 'virtio-user', socketFolder: bench.path('guests') };
    await fails(config(bench, sockets), 100, /net\.sock/);
    // The folder was there: so may have been an address. It was not asked for again.
    expect(callsOf(folder).map((one) => one.split(' ')[0])).toEqual(['ADD', 'DEL', 'DEL', 'DEL']);
    await fails(
      config(bench, { mtu: 9000 }),
      7,
      /^mtu: is 9000, and the switch carries \d+ at most/,
    );
    await fails(
      config(bench, { network: 'lan' }),
      7,
      /^network lan: the switch has no such network/,
    );
    expect(callsOf(folder)).toHaveLength(4);
    answers(
      folder,
      'ADD',
      { cniVersion: '1.1.0', code: 11, msg: 'no\naddresses', details: 'x' },
      true,
    );
    await fails(config(bench), 11, /^ipam stand-in-ipam: no addresses$/);
    answers(folder, 'ADD', { ips: [{ address: 'everywhere' }] });
    await fails(config(bench), 7, /^ipam stand-in-ipam: ips\.0\.address is malformed/);
  }));

it.each(['interface', 'virtio-user'])('an ADD that was killed half-way is done anew: %s', (mode) =>
  withBench(async (bench) => {
    const a = await makeContainer();
    await mkdir(bench.path('guests'), { mode: 0o2755 });
    const sockets = { mode, socketFolder: bench.path('guests') };
    const settings = config(bench, mode === 'interface' ? {} : sockets);
    giveAddress(a);
    // When it has its address.
    await writeFile(join(folder, 'ADD.kills'), '');
    expect(await run('ADD', settings, a)).toEqual({ exitCode: undefined, answer: undefined });
    // In mode interface the container has the interface, which only DEL takes away.
    if (mode === 'interface') await ip('-n', a.name, 'link', 'del', 'eth0');
    await mustAdd(settings, a);
    await run('DEL', settings, a);
    expect(await left(bench)).toEqual([]);
    expect(readdirSync(bench.path('guests'))).toEqual([]);
  }),
);

it('GC removes what the runtime does not know, of this network alone; STATUS says what is away', () =>
  withBench(async (bench) => {
    const [a, b, c] = [await makeContainer(), await makeContainer(), await makeContainer()];
    await mkdir(bench.path('guests'), { mode: 0o2755 });
    const sockets = { mode: 'virtio-user', socketFolder: bench.path('guests') };
    const settings = config(bench);
    await mustAdd(settings, a);
    await mustAdd(settings, b);
    await mustAdd(config(bench, sockets), c);
    await mustAdd(config(bench, { name: 'others' }), {
      ...b,
      variables: { ...b.variables, CNI_IFNAME: 'eth1' },
    });
    expect((await bench.client.ports()).length).toBe(4);
    const valid = [{ containerID: a.variables.CNI_CONTAINERID, ifname: 'eth0' }];
    const { socketFolder } = sockets;
    const asked = { ...settings, socketFolder, 'cni.dev/valid-attachments': valid };
    const gc = await call('GC', asked, {}, folder);
    expect(gc).toEqual({ exitCode: 0, answer: undefined });
    expect(await ip('-n', a.name, '-brief', 'link')).toContain('eth0');
    expect(await ip('-n', b.name, '-brief', 'link')).toMatch(/eth1/);
    expect(await ip('-n', b.name, '-brief', 'link')).not.toContain('eth0');
    expect((await bench.client.ports()).length).toBe(2);
    expect(readdirSync(bench.path('guests'))).toEqual([]);

    const status = () => call('STATUS', settings, {}, folder);
    expect(await status()).toEqual({ exitCode: 0, answer: undefined });
    answers(folder, 'STATUS', { code: 51, msg: 'no server' }, true);
    expect((await status()).answer).toMatchObject({ code: 51 });
    // Another's port that is called so, and everything without a word on what is valid, stay.
    const theirs = `${portsOf('tests')}theirs`;
    await bench.client.addPort({ name: theirs, path: bench.path('t.sock') });
    expect((await call('GC', settings, {}, folder)).answer).toMatchObject({ code: 7 });
    expect((await bench.client.ports()).length).toBe(3);
    const none = { 'cni.dev/valid-attachments': null };
    await call('GC', { ...settings, ...none }, {}, folder);
    await call('GC', { ...config(bench, { name: 'others' }), ...none }, {}, folder);
    expect((await bench.client.ports()).map(({ name }) => name)).toEqual([theirs]);
    expect(await left(bench)).toEqual([]);

    await bench.one.end('SIGTERM');
    expect((await status()).answer).toMatchObject({ code: 50 });
    expect((await run('DEL', settings, a)).answer).toMatchObject({ code: 11 });
    bench.one = await startSwitch(bench.one.folder);
  }));

/** The container's user and group, which nobody else has. */
const THEIRS = 54_321;

it('a DPDK program in a container dials the socket that is mounted there, and nobody else may', () =>
  withBench(async (bench) => {
    const a = await makeContainer();
    await mkdir(bench.path('guests'));
    await chmod(bench.path('guests'), 0o2755);
    await bench.plug(['a'], { listen: false });
    const own = { mode: 'virtio-user', mac: mac(9), gid: THEIRS };
    const settings = config(bench, { ...own, socketFolder: bench.path('guests') });
    const result = await mustAdd(settings, a);
    const at = join(bench.path('guests'), `${a.variables.CNI_CONTAINERID}@eth0`);
    const { CNI_NETNS: sandbox } = a.variables;
    const socketPath = join(at, 'net.sock');
    expect(result.interfaces).toEqual([{ name: 'eth0', mac: mac(9), sandbox, socketPath }]);
    expect(statSync(at)).toMatchObject({ uid: ANOTHER_USER, gid: THEIRS, mode: 0o42750 });
    const check = { ...settings, prevResult: result };
    expect(await run('CHECK', check, a)).toEqual({ exitCode: 0, answer: undefined });

    // What a runtime does: a mount of its own, the user, no rights.
    const [inside, runtime] = [join(folder, 'inside'), join(folder, 'run')];
    await mkdir(inside);
    await mkdir(runtime);
    await chown(runtime, THEIRS, THEIRS);
    await chmod(folder, 0o755);
    const mounted = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
    const as = (group: number) => [
      ...['netns', 'exec', a.name, 'unshare', '-m', 'sh', '-c', mounted, 'sh', at, inside],
      ...['setpriv', `--reuid=${THEIRS}`, `--regid=${group}`, '--clear-groups'],
    ];
    const connect = `import socket; socket.socket(socket.AF_UNIX).connect('${inside}/net.sock')`;
    const python = [...as(THEIRS + 1), PYTHON, '-c', connect];
    const other = await execa('ip', python, { reject: false });
    expect(other.stderr).toMatch(/PermissionError/);

    const eal = ['-l', '0-1', '--no-huge', '-m', '128', '--no-pci', '--no-telemetry'];
    const device = `--vdev=net_virtio_user0,path=${inside}/net.sock,mac=${mac(9)}`;
    const words = ['ip', ...as(THEIRS), 'dpdk-testpmd', ...eal, '--single-file-segments', device];
    await swapsMacs(bench, words, {
      env: { XDG_RUNTIME_DIR: runtime },
      during: async () => {
        const used = await run('ADD', settings, a);
        expect(used.answer).toMatchObject({ code: 101, msg: expect.stringContaining('in use') });
      },
    });
    // What others have put there goes, too, and no link is followed.
    const kept = join(folder, 'kept');
    await writeFile(kept, '');
    await mkdir(join(at, 'x'));
    await symlink(folder, join(at, 'x/link'));
    expect(await run('DEL', settings, a)).toEqual({ exitCode: 0, answer: undefined });
    expect(existsSync(at)).toBe(false);
    expect(existsSync(kept)).toBe(true);
    expect(await left(bench)).toEqual([]);
  }));
