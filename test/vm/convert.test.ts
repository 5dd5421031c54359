/** An ordinary domain is converted, talks over the switch, and is given back to its bridge. */
import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { allTails } from '../../lab/logs.js';
import { pingFrom } from '../../lab/ping.js';
import { strays } from '../../lab/strays.js';
import { packageRoot } from '../../src/switch/paths.js';
import { tellAllOnFailure } from './use-lab.js';

/** Guest a, on the switch from the beginning: somebody to talk to. */
const PEER = '10.77.0.1';

/** The host on guest b's bridge. */
const GATEWAY = '10.77.0.254';

let lab: Lab;
let before: string;

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  try {
    await lab.define('a');
    await lab.start('a');
    // Guest b without the wrapper.
    const xml = await readFile(`${packageRoot()}/lab/guest-b.xml`, 'utf8');
    await define(xml.replace('/run/lab/qemu-wrap', '/usr/bin/qemu-system-x86_64'));
    before = await definition();
  } catch (error) {
    console.error(await allTails());
    throw error;
  }
});

afterAll(async () => {
  await lab?.close();
  expect(await strays()).toEqual([]);
});

async function define(xml: string): Promise<void> {
  await writeFile('/run/lab/converted.xml', xml);
  await lab.vmlane('domain', 'define', '/run/lab/converted.xml');
}

async function definition(): Promise<string> {
  return (await execa('virsh', ['--quiet', 'dumpxml', '--inactive', 'b'])).stdout;
}

async function replies(b: GuestConsole): Promise<number> {
  return (await pingFrom(b, PEER)).times.size;
}

test('converted, it reaches a guest on the switch', async () => {
  tellAllOnFailure();
  // Nobody has attached its bridge: on its own it would stay.
  expect(await lab.vmlane('domain', 'convert', '--domain', 'b', '--diff')).toBe('');
  await define(await lab.vmlane('domain', 'convert', '--domain', 'b', '--network', 'none'));
  expect(await definition()).toContain("path='/run/vmlane/guests/b/0.sock' mode='client'>");
  const b = await lab.start('b');
  expect(await replies(b)).toBeGreaterThan(0);
  const ports = JSON.parse(await lab.vmlane('switch', 'ports', '--json'));
  expect(ports.ports).toContainEqual(expect.objectContaining({ name: 'b.0', state: 'up' }));
  await lab.destroy('b');
});

test('given back, its definition is the old one', async () => {
  tellAllOnFailure();
  await define(await lab.vmlane('domain', 'convert', '--domain', 'b', '--revert'));
  expect(await definition()).toBe(before);
});

test('its port has the isolation and the limits that it had on its bridge', async () => {
  tellAllOnFailure();
  const limits =
    "<bandwidth><inbound average='1000' peak='5000' burst='1024'/><outbound average='128'/></bandwidth>";
  await define(before.replace("<model type='virtio'/>", `$&<port isolated='yes'/>${limits}`));
  const promising = await definition();
  expect(promising).toContain("<port isolated='yes'/>");
  await define(await lab.vmlane('domain', 'convert', '--domain', 'b', '--network', 'none'));
  const b = await lab.start('b');
  expect(await replies(b)).toBeGreaterThan(0);
  const { ports } = JSON.parse(await lab.vmlane('switch', 'ports', '--json'));
  expect(ports).toContainEqual(
    expect.objectContaining({
      ...{ name: 'b.0', state: 'up', isolated: 1 },
      ...{ inbound: 1000, inbound_peak: 5000, inbound_burst: 1024, outbound: 128 },
    }),
  );
  await lab.destroy('b');
  await lab.vmlane('switch', 'remove', 'b.0');
  await define(await lab.vmlane('domain', 'convert', '--domain', 'b', '--revert'));
  expect(await definition()).toBe(promising);
  await define(before);
});

test('its bridge attached to the switch, it keeps its network', async () => {
  tellAllOnFailure();
  await execa('ip', ['address', 'add', `${GATEWAY}/24`, 'dev', 'br-lab']);
  // Other files' guests are in the same world.
  onTestFinished(async () => {
    await execa('ip', ['address', 'del', `${GATEWAY}/24`, 'dev', 'br-lab']);
  });
  const tap = await lab.start('b');
  expect((await pingFrom(tap, GATEWAY)).times.size).toBe(3);
  await lab.destroy('b');
  await lab.vmlane('network', 'add', 'lab', '--bridge', 'br-lab');
  await define(await lab.vmlane('domain', 'convert', '--domain', 'b'));
  let b = await lab.start('b');
  expect((await pingFrom(b, GATEWAY)).times.size).toBe(3);
  const shown = JSON.parse(await lab.vmlane('network', 'show', 'lab', '--json'));
  expect(shown).toMatchObject({ state: 'up', ports: ['b.0'] });
  // Its network is made anew and has another VLAN: the guest finds it by its name.
  await lab.destroy('b');
  // Libvirt's hook would do that.
  await lab.vmlane('switch', 'remove', 'b.0');
  await lab.vmlane('network', 'remove', 'lab');
  const gone = await execa('virsh', ['dumpxml', '--inactive', 'b']);
  expect(gone.stdout).toContain('vlan="4094" network="lab"');
  await expect(lab.vmlane('domain', 'start', 'b')).rejects.toThrow(
    'domain b: a NIC of it is in network lab, which the switch does not have; make it: vmlane network add lab',
  );
  await lab.vmlane('network', 'add', 'other', '--vlan', '4094');
  await lab.vmlane('network', 'add', 'lab', '--bridge', 'br-lab');
  b = await lab.start('b');
  expect((await pingFrom(b, GATEWAY)).times.size).toBe(3);
  expect(JSON.parse(await lab.vmlane('network', 'show', 'lab', '--json'))).toMatchObject({
    vlan: 4093,
    ports: ['b.0'],
  });
  await lab.vmlane('network', 'remove', 'other');
  // Guest a is on the same switch, and on none of its networks.
  expect((await pingFrom(b, PEER, { seconds: 2 })).times.size).toBe(0);
  await lab.destroy('b');
  await define(await lab.vmlane('domain', 'convert', '--domain', 'b', '--revert'));
  expect(await definition()).toBe(before);
  await lab.vmlane('network', 'remove', 'lab', '--force');
  const again = await lab.start('b');
  expect((await pingFrom(again, GATEWAY)).times.size).toBe(3);
  await lab.destroy('b');
});

test('in a network of libvirt that is a bridge, it keeps what its portgroup gives it', async () => {
  tellAllOnFailure();
  const network = `<network><name>groups</name><forward mode='bridge'/><bridge name='br-lab'/>
    <portgroup name='slow'><bandwidth><inbound average='2000'/></bandwidth></portgroup></network>`;
  await writeFile('/run/lab/groups.xml', network);
  await execa('virsh', ['net-create', '/run/lab/groups.xml']);
  onTestFinished(async () => {
    await execa('virsh', ['net-destroy', 'groups']);
    await define(before);
  });
  await define(
    before
      .replace("<interface type='bridge'>", "<interface type='network'>")
      .replace("<source bridge='br-lab'/>", "<source network='groups' portgroup='slow'/>"),
  );
  const grouped = await definition();
  expect(grouped).toContain("portgroup='slow'");
  await lab.vmlane('network', 'add', 'lab', '--bridge', 'br-lab');
  await define(await lab.vmlane('domain', 'convert', '--domain', 'b'));
  await lab.start('b');
  const { ports } = JSON.parse(await lab.vmlane('switch', 'ports', '--json'));
  expect(ports.find(({ name }: { name: string }) => name === 'b.0')).toMatchObject({
    ...{ vlan: 4094, inbound: 2000, state: 'up' },
  });
  await lab.destroy('b');
  await define(await lab.vmlane('domain', 'convert', '--domain', 'b', '--revert'));
  expect(await definition()).toBe(grouped);
  await lab.vmlane('network', 'remove', 'lab', '--force');
});
