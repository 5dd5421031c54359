/** libvirt's qemu hook with a real libvirtd: guests are started and stopped by virsh alone. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { allTails } from '../../lab/logs.js';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { strays } from '../../lab/strays.js';
import { DEFAULT_CONTROL_SOCKET } from '../../src/contract/bounds.js';
import type { Port } from '../../src/contract/types.js';
import { SwitchClient } from '../../src/switch/client.js';
import { packageRoot } from '../../src/switch/paths.js';
import { isHere } from '../libvirt/here.js';
import { tellAllOnFailure } from './use-lab.js';

const FOLDER = `${packageRoot()}/test/vm`;
const HOOKS = '/etc/libvirt/hooks';
const CALLS = '/run/lab/calls';
/** What the switch has when libvirt has asked all hooks of a start, and QEMU does not run yet. */
const AT_PREPARE = '/run/lab/ports-at-prepare';
/** The same when libvirt is about to run the emulator. */
const AT_START = '/run/lab/ports-at-start';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  try {
    await lab.define('b');
    const v = await readFile(`${FOLDER}/hook.xml`, 'utf8');
    const w = v
      .replace('<name>v<', '<name>w<')
      .replaceAll(/(run\/(?:lab\/|vmlane\/guests\/))v([./])/g, '$1w$2')
      .replace('03:01', '03:02')
      .replace('0.41', '0.42');
    await writeFile('/run/lab/v.xml', v);
    await writeFile('/run/lab/w.xml', w);
    // h has no NIC.
    for (const file of ['/run/lab/v.xml', '/run/lab/w.xml', `${FOLDER}/attach.xml`]) {
      await virsh('define', file);
    }
  } catch (error) {
    console.error(await allTails());
    throw error;
  }
});

afterAll(async () => {
  await lab?.close();
  expect(await strays()).toEqual([]);
});

function virsh(...words: string[]) {
  return execa('virsh', ['--quiet', ...words]);
}

async function ports(): Promise<Record<string, Port>> {
  const client = await SwitchClient.connect(DEFAULT_CONTROL_SOCKET);
  try {
    return Object.fromEntries((await client.ports()).map((port) => [port.name, port]));
  } finally {
    client.close();
  }
}

/** With its exit code: 1 unless the hook is installed. */
async function status() {
  const words = [`${packageRoot()}/dist/bin/main.js`, 'hook', 'status', '--json'];
  const { exitCode, stdout } = await execa(process.execPath, words, { reject: false });
  return { exitCode, ...JSON.parse(stdout) };
}

/** A hook of the user's that writes down its calls. */
async function userHook(name: string, more = ''): Promise<void> {
  await mkdir(`${HOOKS}/qemu.d`, { recursive: true });
  await writeFile(`${HOOKS}/${name}`, `#!/bin/sh\necho "${name} $*" >>${CALLS}\n${more}\n`);
  await chmod(`${HOOKS}/${name}`, 0o755);
}

/** At that call of the hook, what the switch has. */
function tellPorts(operation: string): string {
  const file = operation === 'start' ? AT_START : AT_PREPARE;
  return `[ $2 != ${operation} ] || vmlane switch ports --json >${file}`;
}

async function calls(): Promise<string[]> {
  const text = await readFile(CALLS, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

async function up(name: string): Promise<void> {
  const wait = { thing: `port ${name}`, problem: 'is not up', remedy: 'see logs', ms: 120_000 };
  await until(wait, async () => (await ports())[name]?.state === 'up' || undefined);
}

test('libvirtd calls a hook that is new once it is reloaded, and the status says what is known', async () => {
  tellAllOnFailure();
  // A build server's checkout may be anybody's.
  await lab.vmlane('hook', 'install', '--unchecked');
  await userHook('qemu');
  await virsh('start', 'h');
  await virsh('destroy', 'h');
  expect(await calls()).toEqual([]);
  expect(await status()).toMatchObject({
    exitCode: 0,
    hook: 'installed',
    called: 'unknown',
    ports: 0,
  });

  lab.reloadLibvirtd();
  const wait = { thing: 'libvirtd', problem: 'calls no hook', remedy: 'see logs', ms: 120_000 };
  await until(wait, async () => {
    await virsh('start', 'h');
    await virsh('destroy', 'h');
    return (await calls()).length > 0 || undefined;
  });
  await lab.restartLibvirtd();
  expect(await status()).toMatchObject({
    called: 'yes',
    troubles: [],
    daemon: { name: 'libvirtd' },
  });
  // Of hooks that came later it knows, since it has seen one.
  await userHook('qemu.d/zzz', ['prepare', 'start'].map(tellPorts).join('\n'));
});

test('virsh start registers a guest before QEMU runs, with its VLAN, address and limit', async () => {
  tellAllOnFailure();
  await writeFile(CALLS, '');
  await virsh('start', 'v');
  const before = JSON.parse(await readFile(AT_PREPARE, 'utf8')).ports as Port[];
  const port = { name: 'v.0', path: '/run/vmlane/guests/v/0.sock', vlan: 100 };
  expect(before).toMatchObject([{ ...port, state: 'waiting' }]);
  expect(await ports()).toMatchObject({
    'v.0': { ...port, mac: '52:54:00:00:03:01', address_limit: 4 },
  });
  expect(await calls()).toEqual(
    ['prepare', 'start', 'started'].flatMap((operation) =>
      ['qemu', 'qemu.d/zzz'].map((name) => `${name} v ${operation} begin -`),
    ),
  );

  await virsh('start', 'w');
  await Promise.all([up('v.0'), up('w.0')]);
  const guests = ['v', 'w'].map((name) => new GuestConsole(name));
  await Promise.all(guests.map((guest) => guest.ready()));
  const pinged = await pingFrom(guests[0] as GuestConsole, '10.77.0.42', { count: 5 });
  expect(pinged.times.size).toBe(5);
  for (const guest of guests) guest.close();
});

test('libvirtd restarted under running guests, with a dead switch, leaves them and their ports alone', async () => {
  tellAllOnFailure();
  const pids = () =>
    Promise.all(['v', 'w'].map((name) => readFile(`/run/libvirt/qemu/${name}.pid`)));
  const before = await pids();
  await lab.vmlane('switch', 'stop');
  await writeFile(CALLS, '');
  await lab.restartLibvirtd();
  // libvirtd answers before it has reconnected its guests.
  const wait = {
    thing: 'libvirtd',
    problem: 'reconnects no guest',
    remedy: 'see logs',
    ms: 120_000,
  };
  await until(wait, async () => {
    const called = await calls();
    return (
      ['v', 'w'].every((name) => called.includes(`qemu.d/zzz ${name} reconnect begin -`)) ||
      undefined
    );
  });
  const { stdout } = await virsh('list', '--name');
  expect(stdout.split('\n').filter(Boolean).toSorted()).toEqual(['v', 'w']);
  expect(await pids()).toEqual(before);
  await lab.startSwitch();
  await Promise.all([up('v.0'), up('w.0')]);
  expect((await ports())['v.0']?.vlan).toBe(100);
});

test('virsh destroy removes the port of that guest only; the next start registers anew', async () => {
  tellAllOnFailure();
  await virsh('destroy', 'v');
  expect(Object.keys(await ports())).toEqual(['w.0']);
  await virsh('start', 'v');
  expect(await ports()).toMatchObject({ 'v.0': { vlan: 100 } });
  await virsh('destroy', 'v');
  // Both register; whoever comes second finds it done.
  await lab.vmlane('domain', 'start', 'v');
  expect(await ports()).toMatchObject({ 'v.0': { vlan: 100 } });
  await virsh('destroy', 'v');
});

test('a guest that was put to sleep comes back with its port', async () => {
  tellAllOnFailure();
  // Its log is appended to, so that a guest that comes back is still ready.
  await writeFile('/run/lab/v.log', '');
  await virsh('start', 'v');
  await inV('echo kept >/tmp/state');
  await virsh('managedsave', 'v');
  expect(Object.keys(await ports())).toEqual(['w.0']);
  await virsh('start', 'v');
  await up('v.0');
  expect(await inV('cat /tmp/state')).toBe('kept\n');
  await virsh('destroy', 'v');
});

/** Runs a command in guest v, once it has booted. */
async function inV(command: string): Promise<string> {
  const guest = new GuestConsole('v');
  try {
    await guest.ready();
    return (await guest.run(command)).output;
  } finally {
    guest.close();
  }
}

test('a port that was given another name by hand stays', async () => {
  tellAllOnFailure();
  await lab.vmlane('switch', 'add', 'mine', '--path', '/run/vmlane/guests/v/0.sock');
  await virsh('start', 'v');
  expect(await ports()).toMatchObject({ mine: { vlan: 100 } });
  await virsh('destroy', 'v');
  expect(Object.keys(await ports()).toSorted()).toEqual(['mine', 'w.0']);
  await lab.vmlane('switch', 'remove', 'mine');
});

test('a guest that qemu-wrap moves keeps its network, which is attached again if need be', async () => {
  tellAllOnFailure();
  await execa('ip', ['address', 'add', '10.77.0.254/24', 'dev', 'br-lab']);
  // Other files' guests are in the same world.
  onTestFinished(async () => {
    await execa('ip', ['address', 'del', '10.77.0.254/24', 'dev', 'br-lab']);
  });
  await lab.vmlane('network', 'add', 'lab', '--bridge', 'br-lab');
  await execa('ip', ['link', 'set', 'vl-lab', 'nomaster']);
  await virsh('start', 'b');
  expect((await ports())['b.hostnet0']).toMatchObject({ vlan: 4094 });
  const b = new GuestConsole('b');
  await b.ready();
  expect((await pingFrom(b, '10.77.0.254')).times.size).toBe(3);
  b.close();
  await virsh('destroy', 'b');
  // Without its network it would be up, and alone.
  await execa('ip', ['link', 'del', 'vl-lab']);
  await expect(virsh('start', 'b')).rejects.toThrow(
    'vmlane hook: network lab: its interface vl-lab is not there; restart the switch, which makes it',
  );
  await lab.vmlane('network', 'remove', 'lab');
});

test('NICs that qemu-wrap moves have their ports before it runs, and lose them with the guest', async () => {
  tellAllOnFailure();
  const uuid = (await virsh('domuuid', 'b')).stdout.trim();
  const path = `/run/vmlane/guests/libvirt-${uuid}/hostnet0.sock`;
  // People know the guest by its name.
  const named = '/run/vmlane/guests/b/hostnet0.sock';
  const port = `<vmlane:port path="${named}" vlan="7" pinned="yes"/>`;
  const metadata = `<metadata><vmlane:ports xmlns:vmlane="urn:vmlane:ports:1">${port}</vmlane:ports></metadata>`;
  const before = (await virsh('dumpxml', 'b')).stdout;
  // Else this libvirt plugs no such NIC in: it does not know that qemu-wrap shares the memory.
  const shared = isHere([11, 2])
    ? "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>"
    : '';
  const xml = before.replace('<memory ', `${metadata}${shared}$&`);
  await writeFile('/run/lab/b.xml', xml);
  await virsh('define', '/run/lab/b.xml');
  await virsh('start', 'b');
  const atStart = JSON.parse(await readFile(AT_START, 'utf8')).ports as Port[];
  const wanted = { name: 'b.hostnet0', path, vlan: 7, mac: '52:54:00:00:00:0b' };
  expect(atStart.filter(({ name }) => name.startsWith('b.'))).toMatchObject([wanted]);
  expect((await ports())['b.hostnet0']).toMatchObject(wanted);
  const b = new GuestConsole('b');
  await b.ready();
  b.close();
  await lab.vmlane('domain', 'attach', 'b', '--mac', '52:54:00:00:03:0b');
  expect(await ports()).toHaveProperty(['b.1']);
  await virsh('destroy', 'b');
  expect(Object.keys(await ports())).toEqual(['w.0']);
  if (!isHere([11, 2])) return;
  await writeFile('/run/lab/b.xml', before);
  await virsh('define', '/run/lab/b.xml');
  await virsh('start', 'b', '--paused');
  const refused = lab.vmlane('domain', 'attach', 'b', '--mac', '52:54:00:00:03:0b');
  await expect(refused).rejects.toThrow(
    "requires shared memory; write <memoryBacking><source type='memfd'",
  );
  expect(await ports()).not.toHaveProperty(['b.1']);
  await virsh('destroy', 'b');
});

test('another hook that refuses a start leaves no port behind', async () => {
  tellAllOnFailure();
  await userHook('qemu.d/zzz', 'if [ $2 = prepare ]; then echo not today >&2; exit 1; fi');
  await expect(virsh('start', 'v')).rejects.toThrow('not today');
  expect(Object.keys(await ports())).toEqual(['w.0']);
  await userHook('qemu.d/zzz');
});

test('a switch that is stopped or hangs makes the start fail at once; a guest without its NICs starts', async () => {
  tellAllOnFailure();
  const client = await SwitchClient.connect(DEFAULT_CONTROL_SOCKET);
  const { pid } = client.hello;
  client.close();
  process.kill(pid, 'SIGSTOP');
  try {
    expect(await refusal()).toContain(
      'vmlane hook: /run/vmlane/switch.sock: no answer to hello within 2000 ms',
    );
    await virsh('start', 'h');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await virsh('destroy', 'h');
  await lab.vmlane('switch', 'stop');
  // Its folder is root's, so the switch, which is not, cannot remove the socket.
  expect(await refusal()).toContain(
    "vmlane hook: /run/vmlane/switch.sock: no switch is running there (nobody listens); start it with 'vmlane switch start'",
  );
  await virsh('start', 'h');
  await virsh('destroy', 'h');
  await lab.startSwitch();
});

/** Starts v in vain; gives what virsh says. */
async function refusal(): Promise<string> {
  const { exitCode, stderr } = await execa('virsh', ['start', 'v'], { reject: false });
  expect(exitCode).toBe(1);
  expect((await virsh('domstate', 'v')).stdout).toBe('shut off');
  return stderr;
}

test('uninstalled, it is not called any more, and the hooks of the user are', async () => {
  tellAllOnFailure();
  await lab.vmlane('hook', 'uninstall');
  await writeFile(CALLS, '');
  await virsh('destroy', 'w');
  // From 10.5 on libvirt says why the guest ended. The call may come after virsh has ended.
  const why = isHere([10, 5]) ? 'destroyed' : '-';
  const called = async () => (await calls()).join('\n');
  await expect.poll(called).toContain(`qemu w release end ${why}`);
  expect(Object.keys(await ports())).toEqual(['w.0']);
  expect(await status()).toMatchObject({ exitCode: 1, hook: 'missing', called: 'no' });
});
