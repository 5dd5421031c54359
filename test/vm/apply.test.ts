/** A folder of guests, applied to a real libvirt and a real switch, and the end of a guest's life. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { type Daemon, startLibvirtd } from '../../lab/libvirtd.js';
import { allTails } from '../../lab/logs.js';
import { until } from '../../lab/poll.js';
import { strays } from '../../lab/strays.js';
import type { DomainInfo } from '../../src/libvirt/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { tellAllOnFailure } from './use-lab.js';

const SET = '/run/lab/guests';
const PLAIN = `name: p
memory: 256MiB
accel: tcg
boot: {kernel: /run/lab/vmlinuz, initrd: /run/lab/initrd, cmdline: console=ttyS0}
interfaces: [{type: vhost-user}]
`;

let lab: Lab;
let d: GuestConsole;
/** After the lab's own was stopped. */
let daemon: Daemon | undefined;

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  try {
    await mkdir(SET);
    await writeFile(`${SET}/d.xml`, await xmlOf(5));
    await writeFile(`${SET}/p.yaml`, PLAIN);
  } catch (error) {
    console.error(await allTails());
    throw error;
  }
});

afterAll(async () => {
  d?.close();
  await lab?.close();
  await daemon?.stop();
  expect(await strays()).toEqual([]);
});

/** Guest d: domain XML whose NIC has no address, and whose port has this VLAN. */
async function xmlOf(vlan: number): Promise<string> {
  const text = await readFile(`${packageRoot()}/test/vm/apply.xml`, 'utf8');
  return text.replace('vlan="5"', `vlan="${vlan}"`);
}

interface Told {
  name: string;
  action: string;
  why: string | null;
  restart: string;
  autostart: boolean | null;
  diff: string;
  done: string[];
}

async function apply(...words: string[]): Promise<{ changed: boolean; domains: Told[] }> {
  return JSON.parse(await lab.vmlane('domain', 'apply', '-f', SET, '--json', ...words));
}

async function port(name: string): Promise<{ state: string; vlan: number } | undefined> {
  const { ports } = JSON.parse(await lab.vmlane('switch', 'ports', '--json'));
  return ports.find((one: { name: string }) => one.name === name);
}

async function domains(): Promise<Record<string, DomainInfo['state']>> {
  const { domains: list } = JSON.parse(await lab.vmlane('domain', 'list', '--json'));
  return Object.fromEntries(list.map(({ name, state }: DomainInfo) => [name, state]));
}

async function virsh(...words: string[]): Promise<string> {
  return (await execa('virsh', ['--quiet', ...words])).stdout;
}

test('two specs are defined, and started; the second run changes nothing', async () => {
  tellAllOnFailure();
  const plan = await lab.vmlane('domain', 'apply', '-f', SET, '--dry-run');
  expect(plan).toMatch(/^d: define - .*\np: define - .*\n?$/);
  expect(await domains()).toEqual({});
  expect(await apply()).toMatchObject({ changed: true });
  expect(await apply()).toMatchObject({
    changed: false,
    domains: [
      { name: 'd', action: 'unchanged', done: [] },
      { name: 'p', action: 'unchanged', done: [] },
    ],
  });
  await lab.vmlane('domain', 'start', 'd');
  d = new GuestConsole('d');
  await d.ready();
  await until(
    { thing: 'port d.0', problem: 'is not up', remedy: 'see logs', ms: 15_000 },
    async () => {
      return (await port('d.0'))?.state === 'up' || undefined;
    },
  );
  expect(await port('d.0')).toMatchObject({ vlan: 5 });
  expect(await apply()).toMatchObject({ changed: false, domains: [{ restart: 'no' }, {}] });
});

test('nor does one after libvirtd was restarted under the guest', async () => {
  tellAllOnFailure();
  const pid = Number(await readFile('/run/libvirtd.pid', 'utf8'));
  process.kill(pid, 'SIGTERM');
  const wait = { thing: 'libvirtd', problem: 'does not end', remedy: 'see its log', ms: 15_000 };
  await until(wait, async () => !existsSync(`/proc/${pid}`) || undefined);
  daemon = await startLibvirtd();
  expect(await apply()).toMatchObject({
    changed: false,
    domains: [{ action: 'unchanged', restart: 'no' }, { action: 'unchanged' }],
  });
});

test('a VLAN in a file reaches the port of the running guest, which notices nothing', async () => {
  tellAllOnFailure();
  const before = await readFile('/run/libvirt/qemu/d.pid', 'utf8');
  await writeFile(`${SET}/d.xml`, await xmlOf(6));
  const { domains: told } = await apply();
  expect(told).toMatchObject([
    { name: 'd', why: 'the file has changed', restart: 'no', done: ['define', 'ports'] },
    { done: [] },
  ]);
  expect(await port('d.0')).toMatchObject({ vlan: 6, state: 'up' });
  expect(await readFile('/run/libvirt/qemu/d.pid', 'utf8')).toBe(before);
  expect(await apply()).toMatchObject({ changed: false });
});

test('what somebody has edited is shown, and put right', async () => {
  tellAllOnFailure();
  await virsh('setmaxmem', 'p', '512M', '--config');
  const { domains: told } = await apply('--dry-run');
  expect(told[1]).toMatchObject({ action: 'redefine', why: 'changed by somebody else' });
  // What libvirt has filled in by itself is not shown.
  expect(told[1]?.diff.split('\n').filter((line) => /^[-+] /.test(line))).toEqual([
    '-  <memory unit="KiB">524288</memory>',
    '+  <memory unit="KiB">262144</memory>',
  ]);
  expect((await apply()).domains[1]?.done).toEqual(['define']);
  expect(await virsh('dumpxml', 'p')).toContain('>262144</memory>');
  expect(await apply()).toMatchObject({ changed: false });
});

test('autostart of a spec is set once; a spec that is silent leaves it as it is', async () => {
  tellAllOnFailure();
  const has = async () => (await virsh('list', '--all', '--autostart', '--name')).trim();
  const before = await virsh('dumpxml', '--inactive', 'p');
  await writeFile(`${SET}/p.yaml`, `${PLAIN}autostart: true\n`);
  expect(await lab.vmlane('domain', 'apply', '-f', SET, '--dry-run')).toMatch(
    /^p: unchanged, autostart on - /m,
  );
  expect(await has()).toBe('');
  expect((await apply()).domains[1]).toMatchObject({
    ...{ action: 'unchanged', why: null, autostart: true, diff: '', done: ['autostart'] },
  });
  expect(await has()).toBe('p');
  expect(await virsh('dumpxml', '--inactive', 'p')).toBe(before);
  expect(await lab.vmlane('domain', 'list')).toMatch(/^p +shut off +yes /m);
  expect(await apply()).toMatchObject({ changed: false, domains: [{}, { autostart: null }] });

  // By hand, and the spec says otherwise; then it says nothing.
  await virsh('autostart', 'p', '--disable');
  expect((await apply()).domains[1]).toMatchObject({ autostart: true, done: ['autostart'] });
  await writeFile(`${SET}/p.yaml`, `${PLAIN}autostart: false\n`);
  expect((await apply()).domains[1]).toMatchObject({ autostart: false, done: ['autostart'] });
  expect(await has()).toBe('');
  await virsh('autostart', 'p');
  await writeFile(`${SET}/p.yaml`, PLAIN);
  expect(await apply()).toMatchObject({ changed: false, domains: [{}, { autostart: null }] });
  expect(await has()).toBe('p');

  // Defining sets it, too, and a definition that is replaced keeps it.
  await lab.vmlane('domain', 'define', `${SET}/p.yaml`);
  expect(await has()).toBe('p');
  await writeFile(`${SET}/p.yaml`, `${PLAIN}autostart: false\n`);
  await lab.vmlane('domain', 'define', `${SET}/p.yaml`);
  expect(await has()).toBe('');
  await writeFile(`${SET}/p.yaml`, PLAIN);
  expect((await apply()).domains[1]?.done).toEqual(['define']);
});

test('list and show tell of the guest and its port', async () => {
  tellAllOnFailure();
  expect(await lab.vmlane('domain', 'list')).toMatch(/^d +running .* d\.0 up$/m);
  const shown = JSON.parse(await lab.vmlane('domain', 'show', 'd', '--json'));
  expect(shown).toMatchObject({
    domain: { name: 'd', state: 'running', vcpus: 1 },
    nics: [
      { type: 'vhostuser', port: 'd.0', state: 'up', vlan: 6, source: '/run/vmlane/guests/d.sock' },
    ],
  });
  expect(shown.nics[0].rx_packets).toBeGreaterThanOrEqual(0);
});

test('stop: a guest that does not listen stays until --force; its port goes', async () => {
  tellAllOnFailure();
  // No acpid in there.
  await expect(lab.vmlane('domain', 'stop', 'd', '--timeout', '2')).rejects.toThrow(
    'it was asked to shut down and still runs after 2 s',
  );
  expect(await port('d.0')).toMatchObject({ state: 'up' });
  await lab.vmlane('domain', 'stop', 'd', '--timeout', '1', '--force');
  expect(await domains()).toEqual({ d: 'shut off', p: 'shut off' });
  expect(await port('d.0')).toBeUndefined();
  const again = JSON.parse(await lab.vmlane('domain', 'stop', 'd', '--json'));
  expect(again).toMatchObject({ changed: false, ports: { removed: [] } });
});

test('stop waits for a guest that goes by itself; apply starts and restarts it', async () => {
  tellAllOnFailure();
  await rm(`${SET}/p.yaml`);
  expect((await apply('--start')).domains).toMatchObject([{ name: 'd', done: ['start'] }]);
  d.close();
  await rm('/run/lab/d.log', { force: true });
  const text = (await xmlOf(6)).replace('<vcpu>1<', '<vcpu>2<');
  await writeFile(`${SET}/d.xml`, text);
  expect((await apply()).domains).toMatchObject([{ restart: 'needed', done: ['define'] }]);
  const restarted = await apply('--restart', '--force', '--timeout', '1');
  expect(restarted.domains).toMatchObject([{ restart: 'yes', done: ['stop', 'start'] }]);
  d = new GuestConsole('d');
  await d.ready();
  expect((await d.run('grep -c ^processor /proc/cpuinfo')).output).toBe('2\n');
  const words = ['domain', 'stop', 'd', '--json', '--keep-ports', '--timeout', '600'];
  const stopping = execa(process.execPath, [`${packageRoot()}/dist/bin/main.js`, ...words]);
  // It is asked first; that it listens to nobody is what the test before shows.
  for await (const line of stopping.iterable({ from: 'stderr' })) {
    if (line.includes('asked to shut down')) void d.run('poweroff -f').catch(() => undefined);
  }
  const { stdout: stopped } = await stopping;
  expect(JSON.parse(stopped)).toMatchObject({ changed: true, forced: false, state: 'shut off' });
  expect(await port('d.0')).toMatchObject({ state: 'waiting' });
});

test('destroy, twice; prune; undefine, also with UEFI', async () => {
  tellAllOnFailure();
  await lab.vmlane('domain', 'start', 'd');
  const gone = JSON.parse(await lab.vmlane('domain', 'destroy', 'd', '--json'));
  expect(gone).toMatchObject({ changed: true, ports: { removed: ['d.0'], busy: [] } });
  expect(JSON.parse(await lab.vmlane('domain', 'destroy', 'd', '--json'))).toMatchObject({
    changed: false,
  });
  expect((await apply('--prune')).domains).toMatchObject([
    { name: 'd' },
    { name: 'p', action: 'undefine', done: ['undefine'] },
  ]);
  await lab.vmlane('domain', 'undefine', 'd');
  expect(await domains()).toEqual({});

  const uefi = (await xmlOf(0))
    .replace(
      /<kernel>.*<\/cmdline>/s,
      "<loader readonly='yes' type='pflash'>/run/lab/vmlinuz</loader><nvram>/run/lab/vars</nvram>",
    )
    .replace('vlan="0"', '');
  await writeFile('/run/lab/vars', '');
  await writeFile('/run/lab/uefi.xml', uefi);
  for (const [flag, left] of [
    ['--keep-nvram', true],
    ['--nvram', false],
  ] as const) {
    await lab.vmlane('domain', 'define', '/run/lab/uefi.xml');
    await expect(lab.vmlane('domain', 'undefine', 'd')).rejects.toThrow('--keep-nvram keeps them');
    await lab.vmlane('domain', 'undefine', 'd', flag);
    expect(await domains()).toEqual({});
    expect(
      await readFile('/run/lab/vars').then(
        () => true,
        () => false,
      ),
    ).toBe(left);
  }
});
