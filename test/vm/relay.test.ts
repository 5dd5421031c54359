/**
 * A real guest on a relay, made from a spec. Its device is one end of a veth, by a packet socket: this machine has no
 * VF, and like a VF it takes rights, so the switch opens it at its start. The other end is the wire's far side. What a
 * VF does itself is shown in test/testbed/relay.test.ts.
 */
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GuestConsole } from '../../lab/console.js';
import { PARTS } from '../../lab/guest-image.js';
import { Lab } from '../../lab/lab.js';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { strays } from '../../lab/strays.js';
import { identitiesByName } from '../../src/spec/index.js';
import { tellAllOnFailure } from './use-lab.js';

const DEVICE = 'net_af_packet0,iface=near0';
const FAR = '10.77.0.254';
const MAC = identitiesByName.mac('relayed', 0);

const SPEC = `name: relayed
memory: 256MiB
accel: tcg
boot:
  kernel: /run/lab/vmlinuz
  initrd: /run/lab/initrd
  cmdline: console=ttyS0 quiet panic=-1 no_timer_check pci=nomsi vmlane.ip=10.77.0.1/24
interfaces:
  - {type: relay, relay: wire}
serials:
  - file: /run/lab/relayed.log
  - socket: /run/lab/relayed.tty
`;

let lab: Lab;
let guest: GuestConsole;

async function ip(...words: string[]): Promise<string> {
  return (await execa('ip', words)).stdout;
}

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text), hooks: true });
  await lab.vmlane('switch', 'stop');
  await ip('link', 'add', 'near0', 'type', 'veth', 'peer', 'name', 'far0');
  await ip('link', 'set', 'near0', 'addrgenmode', 'none', 'up');
  await ip('address', 'add', `${FAR}/24`, 'dev', 'far0');
  await ip('link', 'set', 'far0', 'up');
  await lab.vmlane('switch', 'settings', 'set', `relay.wire=${DEVICE}`);
  await lab.startSwitch();
  await writeFile('/run/lab/relayed.yaml', SPEC);
  await lab.vmlane('domain', 'define', '/run/lab/relayed.yaml');
  guest = await lab.start('relayed');
});

afterAll(async () => {
  await lab?.close();
  expect(await strays()).toEqual([]);
  // Other files' switches are in the same world.
  await lab?.vmlane('switch', 'settings', 'unset', 'relay.wire');
  await ip('link', 'del', 'near0');
});

/** The relay, once its guest is there. */
async function relay(): Promise<Record<string, unknown>> {
  const wait = { thing: 'relay wire', problem: 'is not up', remedy: 'see the log', ms: 60_000 };
  return until(wait, async () => {
    const { relays } = JSON.parse(await lab.vmlane('relay', 'list', '--json'));
    return relays[0]?.state === 'up' ? relays[0] : undefined;
  });
}

/** Frames that went all the way so far: to the guest, and to the device. */
async function carried(): Promise<number[]> {
  const lines = (await lab.vmlane('relay', 'stats')).split('\n');
  return ['vf_to_vm', 'vm_to_vf'].map((way) => {
    const counter = new RegExp(`^relay_wire\\.${way}\\.cpu_\\d+\\.pkts_tx_to_v[mf]=(\\d+)$`);
    const found = lines.flatMap((line) => counter.exec(line)?.[1] ?? []);
    expect(found).toHaveLength(1);
    return Number(found[0]);
  });
}

/** The guest asks, and is asked. */
async function bothWays(): Promise<void> {
  const before = await carried();
  expect((await pingFrom(guest, FAR)).times.size).toBe(3);
  await ip('neigh', 'flush', 'dev', 'far0');
  // The guest's own: a host need not have a ping.
  const { stdout } = await execa(`${PARTS}/busybox`, ['ping', '-c', '3', '-W', '15', '10.77.0.1']);
  expect(stdout).toContain(' 3 packets received');
  expect(await ip('neigh', 'show', 'dev', 'far0')).toContain(MAC);
  const after = await carried();
  for (const way of [0, 1])
    expect((after[way] ?? 0) - (before[way] ?? 0)).toBeGreaterThanOrEqual(6);
}

const END = { device: DEVICE, socket: '/run/vmlane/guests/wire/0.sock', listener: 'switch' };

test('frames of a guest and its device pass, both ways', async () => {
  tellAllOnFailure();
  expect(await relay()).toMatchObject({ name: 'wire', ...END });
  await bothWays();
});

test('a restart of the guest keeps it, by vmlane and by virsh alone', async () => {
  tellAllOnFailure();
  await lab.destroy('relayed');
  expect(JSON.parse(await lab.vmlane('relay', 'list', '--json')).relays).toMatchObject([
    { name: 'wire', state: 'waiting', ...END },
  ]);
  guest = await lab.start('relayed');
  await relay();
  await bothWays();
  await lab.destroy('relayed');
  await execa('virsh', ['-c', 'qemu:///system', 'start', 'relayed']);
  guest = await lab.console('relayed');
  await relay();
  await bothWays();
});

test('a restart of the switch under the guest keeps it', async () => {
  tellAllOnFailure();
  await lab.vmlane('switch', 'stop');
  await lab.startSwitch();
  await relay();
  await bothWays();
});

test('without its relay the guest is refused, and nothing is left', async () => {
  tellAllOnFailure();
  await lab.destroy('relayed');
  await lab.vmlane('switch', 'stop');
  await lab.vmlane('switch', 'settings', 'unset', 'relay.wire');
  await lab.startSwitch();
  await expect(lab.vmlane('domain', 'start', 'relayed')).rejects.toThrow(
    'relay wire: the switch has no such relay with a device; make it: vmlane relay add wire',
  );
  const started = await execa('virsh', ['-c', 'qemu:///system', 'start', 'relayed'], {
    reject: false,
  });
  expect(started.exitCode).toBe(1);
  expect(started.stderr).toContain('relay wire: the switch has no such relay with a device');
  expect(JSON.parse(await lab.vmlane('switch', 'ports', '--json')).ports).toEqual([]);
});
