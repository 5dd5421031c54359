import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../lab/poll.js';
import { PYTHON } from '../../lab/python.js';
import { patience } from '../../lab/slow.js';
import { SwitchClient } from '../../src/switch/client.js';
import { Capturing } from '../switch/captured.js';

// The switch with an uplink of either kind that any host has, and a testpmd in icmpecho mode as two guests: it answers
// each ARP request that reaches it, from the address of the guest that was reached.

const folder = '/run/uplink-test';
/** DPDK's device, and the kernel's at the other end of the wire. */
const uplinks = [
  { driver: 'net_tap', vdev: 'net_tap0,iface=up0', wire: 'up0' },
  { driver: 'net_af_packet', vdev: 'net_af_packet0,iface=veth0', wire: 'veth1' },
];
let wire: string;
const root = new URL('../..', import.meta.url).pathname;
const children: ChildProcess[] = [];
let client: SwitchClient;

const GUESTS = ['02:00:00:00:00:10', '02:00:00:00:00:11'] as const;
const OUTSIDE = '02:00:00:00:00:fe';

const wait = (thing: string, log: string) => ({
  thing,
  problem: 'is not up',
  remedy: `see ${folder}/${log}`,
  ms: 120_000,
});

async function start(command: string, args: string[], log: string): Promise<ChildProcess> {
  const file = await open(join(folder, log), 'w');
  const child = spawn(command, args, { stdio: ['pipe', file.fd, file.fd] });
  await file.close();
  children.push(child);
  return child;
}

async function startSwitch(vdev: string, ...own: string[]): Promise<void> {
  const eal = '-l 0 --no-pci --no-huge --no-shconf -m 192 --file-prefix uplink --vdev';
  const sockets = ['g0', 'g1'].flatMap((name) => ['--socket-file', `${folder}/${name}`]);
  const socket = `${folder}/switch.sock`;
  const args = [
    ...eal.split(' '),
    vdev,
    '--',
    '-p',
    '1',
    '--idle-sleep',
    '50',
    '--control-socket',
    socket,
  ];
  await start(`${root}build/native/vhost-switch`, [...args, ...sockets, ...own], 'switch.log');
  client = await until(wait('the switch', 'switch.log'), () =>
    SwitchClient.connect(socket).catch(() => undefined),
  );
  await execa('ip', ['link', 'set', wire, 'up']);
}

async function startGuests(): Promise<void> {
  const eal =
    '--lcores 0@1,1@1 --single-file-segments --in-memory --no-pci -m 64 --file-prefix guests';
  const devices = GUESTS.flatMap((mac, i) => [
    '--vdev',
    `virtio_user${i},path=${folder}/g${i},queues=1,queue_size=256,mac=${mac}`,
  ]);
  const args = [
    ...eal.split(' '),
    ...devices,
    '--',
    '-i',
    '--forward-mode=icmpecho',
    '--total-num-mbufs=8192',
  ];
  const guests = await start('dpdk-testpmd', args, 'guests.log');
  guests.stdin?.write('start\n');
  await until(wait('both guests', 'guests.log'), async () => {
    const ports = await client.ports();
    return ports.every((port) => port.state === 'up') || undefined;
  });
}

const bytes = (mac: string) => mac.replaceAll(':', '');
const hex16 = (n: number) => n.toString(16).padStart(4, '0');

/** An ARP request; tag undefined: none. */
function arp(tag: number | undefined, to: string, from: string = OUTSIDE): string {
  const vlan = tag === undefined ? '' : `8100${hex16(tag)}`;
  const question = `00010800060400 01${bytes(from)}0a090001 000000000000 0a09000a`.replaceAll(
    ' ',
    '',
  );
  return `${bytes(to)}${bytes(from)}${vlan}0806${question}${'00'.repeat(18)}`;
}

/** Who answered, as "address tag", in order of addresses; `wanted`: so many are waited for. */
async function answers(frame: string, wanted = 0): Promise<string[]> {
  const script = new URL('wire.py', import.meta.url).pathname;
  const most = String(patience(60_000) / 1000);
  const words = [script, wire, frame, '0.6', String(wanted), most];
  const { stdout } = await execa(PYTHON, words);
  return stdout
    .split('\n')
    .filter((line) => line.slice(0, 12) === bytes(OUTSIDE) && line.slice(24, 28) === '8100')
    .map((line) => `${line.slice(12, 24)} ${Number.parseInt(line.slice(28, 32), 16)}`)
    .sort();
}

const answer = (guest: 0 | 1, tag: number) => `${bytes(GUESTS[guest])} ${tag}`;
const EVERYBODY = 'ff:ff:ff:ff:ff:ff';

async function uplinkDrops(): Promise<Record<string, number>> {
  const { uplink } = await client.stats();
  return Object.fromEntries(Object.entries(uplink?.drops ?? {}).filter(([, count]) => count > 0));
}

describe.each(uplinks)('$driver', (device) => {
  beforeAll(async () => {
    wire = device.wire;
    await execa('mkdir', ['-p', folder]);
    if (wire === 'veth1') {
      await execa('ip', ['link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', wire]);
      await execa('ip', ['link', 'set', 'veth0', 'up']);
    }
    await startSwitch(device.vdev, '-P');
    await startGuests();
    // testpmd answers some time after its rings are there.
    await until(wait('the first answer', 'guests.log'), async () => {
      return (await answers(arp(1000, EVERYBODY))).length > 0 || undefined;
    });
  });

  afterAll(async () => {
    client?.close();
    for (const child of children.splice(0).reverse()) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    }
  });

  test('a tag reaches its guest and nobody else', async () => {
    expect(await answers(arp(1000, EVERYBODY), 1)).toEqual([answer(0, 1000)]);
    expect(await answers(arp(1001, EVERYBODY), 1)).toEqual([answer(1, 1001)]);
    expect(await answers(arp(1000, GUESTS[0]), 1)).toEqual([answer(0, 1000)]);
    expect(await answers(arp(1001, GUESTS[1]), 1)).toEqual([answer(1, 1001)]);
  });

  test('a wrong tag, no tag and an address of nobody reach no guest, each under its counter', async () => {
    const before = await uplinkDrops();
    expect(await answers(arp(1002, EVERYBODY))).toEqual([]);
    expect(await answers(arp(undefined, GUESTS[0]))).toEqual([]);
    expect(await answers(arp(1001, GUESTS[0]))).toEqual([]);
    expect(await answers(arp(1000, '02:00:00:00:00:99'))).toEqual([]);
    // Counted a moment after they are dropped.
    await expect
      .poll(async () => (await uplinkDrops()).unmatched ?? 0)
      .toBeGreaterThanOrEqual((before.unmatched ?? 0) + 2);
    const after = await uplinkDrops();
    // The kernel sends frames of its own on a tap, without a tag: hence "at least".
    expect(after.tag_unknown ?? 0).toBeGreaterThanOrEqual((before.tag_unknown ?? 0) + 2);
    expect(after.unmatched).toBe((before.unmatched ?? 0) + 2);
  });

  test('a port that is given a VLAN is reached by that, and shares it', async () => {
    await client.setPort({ name: 'g0', vlan: 50 });
    expect(await answers(arp(1000, EVERYBODY))).toEqual([]);
    expect(await answers(arp(50, EVERYBODY), 1)).toEqual([answer(0, 50)]);
    await client.setPort({ name: 'g1', vlan: 50 });
    expect(await answers(arp(50, EVERYBODY), 2)).toEqual([answer(0, 50), answer(1, 50)]);
    await client.setPort({ name: 'g0', vlan: 0 });
    await client.setPort({ name: 'g1', vlan: 0 });
  });

  test('a fixed address lets no other source in', async () => {
    await client.setPort({ name: 'g0', mac: '02:00:00:00:00:77' });
    expect(await answers(arp(1000, EVERYBODY))).toEqual([]);
    const spoofed = async () => (await client.stats('g0')).ports[0]?.drops.spoofed;
    await expect.poll(spoofed).toBe(1);
    await client.setPort({ name: 'g0', mac: GUESTS[0] });
    expect(await answers(arp(1000, EVERYBODY), 1)).toEqual([answer(0, 1000)]);
    await client.setPort({ name: 'g0', mac: null });
  });

  test('frames of a port are captured', async () => {
    const capturing = await Capturing.begin(client, { ports: ['g0'] });
    const request = arp(1000, GUESTS[0]);
    expect(await answers(request, 1)).toEqual([answer(0, 1000)]);
    const { frames } = await capturing.end();
    // The request, which the guest got without its tag, and the answer.
    const untagged = request.slice(0, 24) + request.slice(32);
    expect(frames).toMatchObject([
      { direction: 'out', bytes: untagged },
      { direction: 'in', bytes: expect.stringContaining(bytes(GUESTS[0])) },
    ]);
  });

  test('switch.info tells what the uplink is and why', async () => {
    const { uplink } = await client.info();
    expect(uplink).toMatchObject({
      driver: device.driver,
      classification: 'software',
      why: 'the device reports no VMDq pools',
      promiscuous: true,
    });
  });
});
