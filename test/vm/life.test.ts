/** The life of a domain that qemu-wrap was installed in, through libvirt's own commands. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { allTails } from '../../lab/logs.js';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { strays } from '../../lab/strays.js';
import { DEFAULT_CONTROL_SOCKET } from '../../src/contract/bounds.js';
import { SwitchClient } from '../../src/switch/client.js';
import { packageRoot } from '../../src/switch/paths.js';
import { tail } from '../../src/trial/tail.js';
import { tellAllOnFailure } from './use-lab.js';

const XML = `${packageRoot()}/test/vm/life.xml`;
const MACS = ['52:54:00:00:00:c0', '52:54:00:00:00:c1'] as const;
/** Guest b, a domain of the lab: somebody to talk to. */
const PEER = '10.77.0.2';

let lab: Lab;
let m: GuestConsole;

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  try {
    await writeFile('/run/lab/m.img', Buffer.alloc(1024 * 1024));
    await lab.define('b');
    await lab.start('b');
    await virsh('define', XML);
  } catch (error) {
    console.error(await allTails());
    throw error;
  }
});

afterAll(async () => {
  m?.close();
  await lab?.close();
  expect(await strays()).toEqual([]);
});

async function virsh(...words: string[]): Promise<string> {
  return (await execa('virsh', ['--quiet', ...words])).stdout;
}

/** Starts or continues the guest in some way, and waits until it has booted so many times. */
async function booted(times: number): Promise<void> {
  const wait = { thing: 'guest m', problem: 'has not booted', remedy: 'see its log', ms: 180_000 };
  await until(wait, async () => {
    const log = await readFile('/run/lab/m.log', 'utf8').catch(() => '');
    return log.split('guest: ready').length > times || undefined;
  }).catch(async (error) => {
    throw new Error(`${error.message}\n${await tail('/var/log/libvirt/qemu/m.log')}`);
  });
  m?.close();
  m = new GuestConsole('m');
  await m.ready();
}

/** `seconds`: how long it waits for answers. */
async function reaches(seconds = 15): Promise<boolean> {
  return (await pingFrom(m, PEER, { seconds })).times.size > 0;
}

const pid = async () => Number(await readFile('/run/libvirt/qemu/m.pid', 'utf8'));

async function ports() {
  const client = await SwitchClient.connect(DEFAULT_CONTROL_SOCKET);
  try {
    return (await client.ports()).filter(({ name }) => name.startsWith('m.'));
  } finally {
    client.close();
  }
}

/** Taps of the guest; libvirt names them vnet0 and so on. */
async function taps(): Promise<string[]> {
  const list = await virsh('domiflist', 'm');
  return list.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '');
}

/** All taps in the bridge but that of the peer, libvirt's view aside. */
async function guestTaps(): Promise<string[]> {
  const peer = (await virsh('domiflist', 'b')).trim().split(/\s+/)[0] ?? '';
  const all = await readdir('/sys/class/net/br-lab/brif');
  return all.filter((name) => name !== peer);
}

test('qemu-wrap is installed, and the domain starts with both NICs on the switch', async () => {
  tellAllOnFailure();
  // A build server's checkout may be anybody's.
  const install = ['wrap', 'install', 'm', '--unchecked'];
  const shown = await lab.vmlane(...install, '--dry-run');
  expect(shown).toContain('-     <emulator>/usr/bin/qemu-system-x86_64</emulator>');
  await lab.vmlane(...install);
  expect(await virsh('dumpxml', 'm')).toContain(`${packageRoot()}/wrapper/qemu-wrap</emulator>`);
  await virsh('start', 'm');
  await booted(1);
  expect(await reaches()).toBe(true);
  expect(await ports()).toMatchObject([
    { name: 'm.hostnet0', state: 'up', queues: 2 },
    { name: 'm.hostnet1', queues: 2 },
  ]);
  const command = (await readFile(`/proc/${await pid()}/cmdline`, 'utf8')).split('\0');
  expect(command[0]).toBe('/usr/bin/qemu-system-x86_64');
  expect(command.filter((word) => word.includes('vhost-user'))).toHaveLength(2);
});

test('set-link takes the cable out and puts it in again', async () => {
  tellAllOnFailure();
  await virsh('domif-setlink', 'm', MACS[0], 'down');
  expect((await m.run('cat /sys/class/net/eth0/carrier')).output.trim()).toBe('0');
  expect(await reaches(2)).toBe(false);
  await virsh('domif-setlink', 'm', MACS[0], 'up');
  const wait = { thing: 'eth0 of m', problem: 'has no carrier', remedy: 'see its log', ms: 60_000 };
  await until(wait, async () => {
    const { output } = await m.run('cat /sys/class/net/eth0/carrier');
    return output.trim() === '1' || undefined;
  });
  expect(await reaches()).toBe(true);
});

test('a reboot from inside keeps the process', async () => {
  tellAllOnFailure();
  const before = await pid();
  // The answer does not come: the shell is gone.
  await m.run('reboot -f', 1000).catch(() => undefined);
  await booted(2);
  expect(await pid()).toBe(before);
  expect(await reaches()).toBe(true);
});

test('save and restore', async () => {
  tellAllOnFailure();
  await m.run('echo kept >/tmp/before');
  const before = await pid();
  await virsh('save', 'm', '/run/lab/m.save');
  expect(await virsh('domstate', 'm')).toContain('shut off');
  await virsh('restore', '/run/lab/m.save');
  await booted(2);
  expect(await pid()).not.toBe(before);
  expect((await m.run('cat /tmp/before')).output).toBe('kept\n');
  expect(await reaches()).toBe(true);
});

test('detach-interface takes the second NIC away; its tap stays as long as QEMU holds it', async () => {
  tellAllOnFailure();
  const [, second] = await taps();
  expect((await m.run('ls /sys/class/net')).output).toContain('eth1');
  await virsh('detach-interface', 'm', 'bridge', '--mac', MACS[1], '--live');
  const wait = { thing: 'eth1', problem: 'is still there', remedy: 'see logs', ms: 10_000 };
  await until(wait, async () => {
    const { output } = await m.run('ls /sys/class/net');
    return !output.includes('eth1') || undefined;
  });
  expect(await taps()).toHaveLength(1);
  expect(await readdir('/sys/class/net')).toContain(second);
  expect(await reaches()).toBe(true);
});

test('destroy leaves neither process nor tap, and uninstall the domain as it was', async () => {
  tellAllOnFailure();
  const before = await guestTaps();
  expect(before).toHaveLength(2);
  const process = await pid();
  await virsh('destroy', 'm');
  await expect(readFile(`/proc/${process}/stat`)).rejects.toThrow('ENOENT');
  const left = await guestTaps();
  expect(before.filter((tap) => left.includes(tap))).toEqual([]);
  await lab.vmlane('wrap', 'uninstall', 'm');
  const xml = await virsh('dumpxml', 'm');
  expect(xml).toContain('<emulator>/usr/bin/qemu-system-x86_64</emulator>');
  expect(xml).not.toContain('vmlane:wrap');
});

test('a file sets something for one guest, the domain itself something else', async () => {
  tellAllOnFailure();
  await mkdir('/etc/vmlane/wrap.d', { recursive: true });
  const settings = {
    log: '/run/lab/wrap.log',
    vhostOptions: ['-global', 'virtio-net-pci.vectors=0'],
  };
  await writeFile('/etc/vmlane/wrap.d/m.yaml', JSON.stringify({ guests: { m: settings } }));
  await defineWith({ VMLANE_NICS: `[{mac: "${MACS[1]}"}]` });
  await virsh('start', 'm');
  const command = (await readFile(`/proc/${await pid()}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  expect(command.slice(-2)).toEqual(settings.vhostOptions);
  expect(command.filter((word) => word.includes('vhost-user'))).toEqual([
    expect.stringContaining('hostnet1'),
  ]);
  await virsh('destroy', 'm');
  expect((await stat(settings.log)).mode & 0o777).toBe(0o600);
  const [line = ''] = (await readFile(settings.log, 'utf8')).split('\n');
  const { before, after } = JSON.parse(line);
  expect(after).toEqual(command);
  expect(before.join(' ')).not.toContain('vhost-user');
  expect(await lab.vmlane('wrap', 'config', '--guest', 'm')).toMatch(
    /^log +\/run\/lab\/wrap.log +\/etc\/vmlane\/wrap.d\/m.yaml: guests.m$/m,
  );
});

test('libvirt shows why a start was refused, and nothing runs', async () => {
  tellAllOnFailure();
  const before = await guestTaps();
  await defineWith({ VMLANE_SWITCH: '/run/lab/none.sock' });
  await expect(virsh('start', 'm')).rejects.toThrow(
    "qemu-wrap: /run/lab/none.sock: no switch is running there (no such file); start it with 'vmlane switch start'",
  );
  expect(await virsh('domstate', 'm')).toContain('shut off');
  expect(await guestTaps()).toEqual(before);
});

/** Defines the domain with the wrapper and with variables of its own. */
async function defineWith(variables: Record<string, string>): Promise<void> {
  const env = Object.entries(variables).map(
    ([name, value]) => `<qemu:env name='${name}' value='${value}'/>`,
  );
  const xml = (await readFile(XML, 'utf8'))
    .replace(
      "<domain type='qemu'>",
      "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>",
    )
    .replace(/<emulator>.*<\/emulator>/, '<emulator>/run/lab/qemu-wrap</emulator>')
    .replace('</domain>', `<qemu:commandline>${env.join('')}</qemu:commandline></domain>`);
  await virsh('undefine', 'm');
  await writeFile('/run/lab/m.xml', xml);
  await virsh('define', '/run/lab/m.xml');
}
