/** Networks of the switch (`vmlane network`), with libvirt's own and a guest on it. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { strays } from '../../lab/strays.js';
import { packageRoot } from '../../src/switch/paths.js';

let lab: Lab;
let a: GuestConsole;

/** A network of libvirt's; its DHCP server is another test's. */
const XML = `<network>
  <name>lane-net</name>
  <forward mode='open'/>
  <bridge name='virbr-lane'/>
  <dns enable='no'/>
  <ip address='10.77.0.253' netmask='255.255.255.0'/>
</network>`;
const FILE = '/run/lab/lane-net.xml';

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  await lab.define('a');
  a = await lab.start('a');
  await writeFile(FILE, XML);
  await execa('virsh', ['net-create', FILE]);
});

afterAll(async () => {
  await execa('virsh', ['net-destroy', 'lane-net'], { reject: false });
  await lab?.close();
  expect(await strays()).toEqual([]);
});

async function ip(...words: string[]): Promise<string> {
  return (await execa('ip', words)).stdout;
}

/** A bridge with STP, as libvirt makes them, takes seconds to believe in a port that has come back. */
async function reaches(address: string): Promise<void> {
  const wait = { thing: address, problem: 'is not reached', remedy: '', ms: 120_000 };
  await until(
    wait,
    async () => (await pingFrom(a, address, { seconds: 2 })).times.size === 3 || undefined,
  );
}

const main = `${packageRoot()}/dist/bin/main.js`;

/** Status and last line on stderr. */
async function refused(...words: string[]): Promise<[number | undefined, string]> {
  const { exitCode, stderr } = await execa(process.execPath, [main, 'network', ...words], {
    reject: false,
  });
  return [exitCode, stderr.split('\n').at(-1) ?? ''];
}

const network = async (...words: string[]) =>
  JSON.parse(await lab.vmlane('network', ...words, '--json'));

describe('a network of libvirt', () => {
  it('is shown first, and nothing is done', async () => {
    const shown = await network('add', 'lane', '--libvirt', 'lane-net', '--dry-run');
    expect(shown).toMatchObject({ changed: false, vlan: 4094 });
    expect(shown.commands.at(-2)).toBe('ip link set dev vl-lane master virbr-lane');
    expect(await network('list')).toEqual({ networks: [] });
  });

  it('is reached by a guest that is in its VLAN, and by no other', async () => {
    expect(await network('add', 'lane', '--libvirt', 'lane-net')).toEqual({
      ...{ changed: true, name: 'lane', vlan: 4094, bridge: 'virbr-lane', nic: null },
    });
    expect(await network('add', 'lane', '--libvirt', 'lane-net')).toMatchObject({ changed: false });
    expect((await pingFrom(a, '10.77.0.253', { seconds: 2 })).times.size).toBe(0);
    await lab.vmlane('switch', 'set', 'a.0', '--vlan', '4094');
    await reaches('10.77.0.253');
    expect(await network('show', 'lane')).toMatchObject({
      ...{ name: 'lane', state: 'up', vlan: 4094, bridge: 'virbr-lane', libvirt: 'lane-net' },
      ...{ interface: 'vl-lane', mtu: 1500, ports: ['a.0'] },
    });
    expect(await lab.vmlane('network', 'list')).toMatch(
      /^lane +up +4094 +virbr-lane +- +lane-net +vl-lane +1500 +1$/m,
    );
    expect(await lab.vmlane('network', 'show', 'lane')).toMatch(/^ports +a\.0$/m);
  });

  it('lasts while the switch restarts', async () => {
    await lab.vmlane('switch', 'stop');
    expect(await ip('link', 'show', 'vl-lane')).toContain('master virbr-lane');
    await lab.startSwitch();
    await reaches('10.77.0.253');
  });

  it('says what is wrong when its bridge goes', async () => {
    await execa('virsh', ['net-destroy', 'lane-net']);
    expect(await network('show', 'lane')).toMatchObject({ state: 'no bridge' });
    await execa('virsh', ['net-create', FILE]);
    expect(await network('show', 'lane')).toMatchObject({ state: 'not in the bridge' });
    // Once more is enough.
    expect(await network('add', 'lane', '--libvirt', 'lane-net')).toMatchObject({ changed: true });
    await reaches('10.77.0.253');
  });

  it('is not removed under its guests, unless that is wanted', async () => {
    expect(await refused('remove', 'lane')).toEqual([
      2,
      'vmlane: network lane: ports are in it: a.0; take their guests out first, or give --force: they lose their network',
    ]);
    await lab.vmlane('network', 'remove', 'lane', '--force');
    expect(await ip('-br', 'link')).not.toContain('vl-lane');
    expect(await readdir('/etc/vmlane/networks')).toEqual([]);
    expect(await readdir('/etc/vmlane/interfaces')).toEqual([]);
    await lab.vmlane('switch', 'set', 'a.0', '--vlan', '0');
    expect(JSON.parse(await lab.vmlane('switch', 'ports', '--json')).ports).toHaveLength(1);
    expect(await network('remove', 'lane', '--if-exists')).toEqual({
      changed: false,
      name: 'lane',
    });
  });
});

it('networks are apart from each other', async () => {
  for (const bridge of ['br8', 'br9']) {
    await ip('link', 'add', bridge, 'type', 'bridge');
    await ip('link', 'set', bridge, 'mtu', '1400', 'up');
    await lab.vmlane('network', 'add', bridge, '--bridge', bridge);
  }
  const { networks } = await network('list');
  expect(networks.map(({ vlan, mtu }: { vlan: number; mtu: number }) => [vlan, mtu])).toEqual([
    [4094, 1400],
    [4093, 1400],
  ]);
  await lab.vmlane('network', 'add', 'inner', '--vlan', '20');
  expect(await network('show', 'inner')).toMatchObject({ state: 'guests', bridge: null, vlan: 20 });
  const before = JSON.stringify(await network('list'));
  const bad: [words: string[], line: string][] = [
    [['x', '--bridge', 'br8'], 'bridge br8: network br8 is attached to it already; use that'],
    [['x', '--bridge', 'nobr'], 'bridge nobr: there is no such interface; bridges here: '],
    [['x', '--bridge', 'lo'], 'bridge lo: this interface is no bridge; '],
    [['x', '--libvirt', 'no-net'], '--libvirt no-net: libvirt has no such network; '],
    [['x', '--vlan', '20'], "--vlan 20: it is network inner's; choose another"],
    [['br8', '--bridge', 'br9'], 'br8: is a network already, attached to something else; '],
    [['a/b', '--vlan', '30'], 'network a/b: no network can have this name; give 1 to 59 letters, '],
    [['..', '--vlan', '30'], 'network ..: no network can have this name; '],
    [
      ['x', '--bridge', 'br8', '--libvirt', 'lane-net'],
      '--bridge: has no meaning with --libvirt; ',
    ],
  ];
  for (const [words, line] of bad) {
    const [status, said] = await refused('add', ...words);
    expect(said).toContain(`vmlane: ${line}`);
    expect(status).toBe(2);
  }
  for (const words of [
    ['--vlan', '0'],
    ['--vlan', '4095'],
    ['--mtu', '10'],
  ])
    expect((await refused('add', 'x', ...words))[0]).toBe(2);
  expect(await refused('show', 'br7')).toEqual([
    2,
    'vmlane: network br7: the switch has no such network; did you mean br8?',
  ]);
  expect((await refused('remove', 'nothing'))[0]).toBe(2);
  expect(JSON.stringify(await network('list'))).toBe(before);
  for (const name of ['br8', 'br9', 'inner']) await lab.vmlane('network', 'remove', name);
  for (const bridge of ['br8', 'br9']) await ip('link', 'del', bridge);
  await expect(readFile('/etc/vmlane/networks/br8.json')).rejects.toThrow('ENOENT');
});

it('NICs come into a network by its name: from a spec, and plugged in', async () => {
  await lab.vmlane('network', 'add', 'inner', '--vlan', '20');
  const spec = await readFile(`${packageRoot()}/lab/guest-a.yaml`, 'utf8');
  const named = spec
    .replace('name: a', 'name: n')
    .replaceAll('/run/lab/a.', '/run/lab/n.')
    .replace('10.77.0.1/', '10.77.0.9/')
    .replace('mac: 52:54:00:00:00:0a', 'mac: 52:54:00:00:00:0e\n    network: inner');
  await writeFile('/run/lab/n.yaml', named);
  await lab.vmlane('domain', 'define', '/run/lab/n.yaml');
  await lab.vmlane('domain', 'attach', 'a', '--mac', '52:54:00:00:00:0f', '--network', 'inner');
  await lab.vmlane('domain', 'start', 'n');
  expect(await network('show', 'inner')).toMatchObject({ ports: ['a.1', 'n.0'] });
  const n = await lab.console('n');
  await a.run(
    'ip link set eth1 up; ip addr add 10.77.0.8/32 dev eth1; ip route add 10.77.0.9 dev eth1',
  );
  expect((await pingFrom(a, '10.77.0.9')).times.size).toBe(3);
  n.close();
  // Off, and its network gone: it does not start into another one.
  await lab.vmlane('domain', 'destroy', 'n');
  await lab.vmlane('domain', 'detach', 'a', '52:54:00:00:00:0f');
  await lab.vmlane('network', 'remove', 'inner');
  await expect(lab.vmlane('domain', 'start', 'n')).rejects.toThrow(
    'domain n: a NIC of it is in network inner, which the switch does not have; make it: vmlane network add inner',
  );
  for (const words of [
    ['--network', 'inner'],
    ['--network', 'lan', '--vlan', '7'],
  ])
    await expect(lab.vmlane('domain', 'attach', 'a', ...words)).rejects.toThrow(
      words.length > 2
        ? '--vlan 7: has no meaning with --network'
        : 'network inner: the switch has no such network',
    );
  await lab.vmlane('domain', 'undefine', 'n');
});

it('two that are added at once have a VLAN each', async () => {
  const bridges = ['br5', 'br6', 'br7'];
  for (const bridge of bridges) await ip('link', 'add', bridge, 'type', 'bridge');
  await Promise.all(bridges.map((name) => lab.vmlane('network', 'add', name, '--bridge', name)));
  const { networks } = await network('list');
  const vlans = networks.map(({ vlan }: { vlan: number }) => vlan);
  expect(vlans.toSorted()).toEqual([4092, 4093, 4094]);
  for (const name of bridges) await lab.vmlane('network', 'remove', name);
  for (const bridge of bridges) await ip('link', 'del', bridge);
});

it('a damaged record keeps nothing else from working, and is named by who needs it', async () => {
  await ip('link', 'add', 'br5', 'type', 'bridge');
  await lab.vmlane('network', 'add', 'good', '--bridge', 'br5');
  await writeFile('/etc/vmlane/networks/bad.json', '{');
  expect((await network('list')).networks).toHaveLength(1);
  expect((await refused('add', 'bad', '--vlan', '30'))[1]).toBe(
    'vmlane: /etc/vmlane/networks/bad.json: is not JSON; remove it, and add the network anew',
  );
  await lab.vmlane('network', 'remove', 'good');
  await rm('/etc/vmlane/networks/bad.json');
  await ip('link', 'del', 'br5');
});
