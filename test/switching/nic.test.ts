/** Network cards of the kernel's as ports: macvtaps, with a host of its own on the wire. Needs root. */
import { once } from 'node:events';
import { chmodSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { PYTHON } from '../../lab/python.js';
import { DEVICE_NODES } from '../../src/contract/bounds.js';
import { readInterfaces } from '../../src/networks/interfaces.js';
import { type NicRecord, planNic, planNicBack } from '../../src/networks/nic.js';
import { makeNode, makeNodeFolder, nodeOf, nodeOwner } from '../../src/networks/nodes.js';
import { carryOut } from '../../src/networks/steps.js';
import { ANOTHER_USER } from '../switch/real-switch.js';
import { type Bench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { ip, makeTap, removeTap, settle, type Tap, tcp } from './tap.js';

const USER = ANOTHER_USER ?? 0;

/** A card, a veth here as this machine has no other, whose other end is a host in a namespace of its own. */
interface Card {
  record: NicRecord;
  far: Tap;
}

const cards: Card[] = [];
const taps: Tap[] = [];
const listeners: (() => Promise<void>)[] = [];

// The switch reaches what is there at its start.
beforeAll(() => makeNodeFolder());

afterEach(async () => {
  for (const end of listeners.splice(0)) await end();
  for (const { record, far } of cards.splice(0)) {
    await carryOut(planNicBack(record, await readInterfaces()));
    await ip('netns', 'del', far.name);
    await execa('ip', ['link', 'del', record.nic], { reject: false });
  }
  for (const tap of taps.splice(0)) await removeTap(tap);
});

let made = 100;

async function makeCard(): Promise<Card> {
  made++;
  const end = `${process.pid}-${made}`;
  const far = { name: `vf${end}`, address: `10.9.0.${made}`, mac: '' };
  const nic = `vc${end}`;
  await ip('netns', 'add', far.name);
  await ip('link', 'add', nic, 'type', 'veth', 'peer', 'name', far.name, 'netns', far.name);
  await ip('-n', far.name, 'address', 'add', `${far.address}/24`, 'dev', far.name);
  await ip('-n', far.name, 'link', 'set', far.name, 'up');
  const name = `vn${end}`;
  const known = { name, nic, port: name, control_socket: '/', mac: '', mtu: 1500, addresses: [] };
  const card = { record: { ...known, was_down: true as const, settings: {} }, far };
  cards.push(card);
  return card;
}

async function handOver({ record }: Card): Promise<void> {
  await carryOut(planNic(record, USER, await readInterfaces()));
}

const portOf = ({ record: { name } }: Card) => ({ name, path: '', interface: name });

async function plugCard(bench: Bench, settings = {}): Promise<Card> {
  const card = await makeCard();
  await handOver(card);
  const { port } = await bench.client.addPort({ ...portOf(card), ...settings });
  expect(port).toMatchObject({ interface: card.record.name, path: '', state: 'up' });
  return card;
}

function stateIs(bench: Bench, { record: { name } }: Card, state: string): Promise<true> {
  const wait = { thing: name, problem: `is not ${state}`, remedy: 'see the log', ms: 60_000 };
  return until(wait, async () => {
    const found = (await bench.client.ports()).find((port) => port.name === name);
    return found?.state === state || undefined;
  });
}

/** Sends a frame out of the far end, as it is. */
async function sendFrom({ far }: Card, text: string): Promise<void> {
  const program = `import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((${JSON.stringify(far.name)}, 0))
s.send(bytes.fromhex(${JSON.stringify(text)}))`;
  await ip('netns', 'exec', far.name, PYTHON, '-c', program);
}

function hears(bench: Bench, guest: string, text: string): Promise<string> {
  const wait = { thing: guest, problem: 'does not hear the frame', remedy: '', ms: 60_000 };
  return until(wait, async () =>
    (await bench.received())[guest]?.find((one) => one.startsWith(text)),
  );
}

const OFFLOADS: [what: string, own: string[]][] = [
  ['whole frames', []],
  ['checksums left out', ['--tx-csum', '1']],
  ['segments of 64 KiB', ['--tx-csum', '1', '--tso', '1', '--mergeable', '1']],
];

it.each(OFFLOADS)('TCP between the wire and a host arrives whole, both ways: %s', (_, own) =>
  withBench(
    async (bench) => {
      const tap = await makeTap();
      taps.push(tap);
      await bench.client.addPort({ name: tap.name, path: '', interface: tap.name });
      await settle(tap);
      const { far } = await plugCard(bench);
      // Nobody has switched off what the kernel leaves out.
      await tcp(far, tap, 16);
      await tcp(tap, far, 16);
    },
    { own },
  ),
);

/** Every frame that reaches the far end, as hexadecimal text, with the tag that the kernel takes off. */
const LISTEN = `import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
s.bind((sys.argv[1], 0))
print("ready", flush=True)
while True:
    data, extra, _, (_, _, kind, _, _) = s.recvmsg(70000, 1000)
    status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", extra[0][2])
    if status & 16:  # TP_STATUS_VLAN_VALID
        data = data[:12] + struct.pack("!HH", tpid if status & 64 else 0x8100, tci) + data[12:]
    if kind != 4:  # PACKET_OUTGOING
        print(data.hex(), flush=True)`;

async function listen({ far }: Card): Promise<string[]> {
  const words = ['netns', 'exec', far.name, PYTHON, '-c', LISTEN, far.name];
  const program = execa('ip', words, { reject: false });
  listeners.push(async () => {
    program.kill('SIGTERM');
    await program;
  });
  const heard: string[] = [];
  const lines = createInterface(program.stdout);
  await once(lines, 'line');
  lines.on('line', (line) => heard.push(line));
  return heard;
}

const VLANS: [from: string, tag: number, hear: Record<string, number>][] = [
  ['plain', 0, { trunk: 7, access: 0, guest: 7 }],
  ['trunk', 7, { plain: 0, access: 0, guest: 7 }],
  ['trunk', 8, { guest: 8 }],
  ['trunk', 9, {}],
  ['access', 0, { plain: 0, trunk: 7, guest: 7 }],
  ['guest', 7, { plain: 0, trunk: 7, access: 0 }],
  ['guest', 8, { trunk: 8 }],
];

it('cards, hosts and guests in several VLANs hear their own, with the tag that each is to have', () =>
  withBench(async (bench) => {
    // The wire of one card is VLAN 7 without tags, that of the other has VLANs 7 and 8 with tags.
    const plain = await plugCard(bench, { vlan: 7 });
    const trunk = await plugCard(bench, { vlan_mode: 'trunk', trunks: '7,8' });
    await bench.plug(['guest'], { mode: 'trunk' });
    await bench.plug(['access'], { vlan: 7 });
    const host = await makeTap();
    taps.push(host);
    await bench.client.addPort({ name: host.name, path: '', interface: host.name, vlan: 7 });
    await settle(host);
    await tcp(plain.far, host, 4);
    await tcp(host, plain.far, 4);
    const heard: Record<string, string[]> = { guest: [], access: [] };
    heard.plain = await listen(plain);
    heard.trunk = await listen(trunk);
    const own = (text: string) => text.slice(12).startsWith('0200000001');
    const textOf = (i: number, tag = 0) =>
      frame({ to: BROADCAST, from: mac(256 + i), tags: tag ? [tag] : [], length: tag ? 68 : 64 });
    const wanted: Record<string, string[]> = { plain: [], trunk: [], guest: [], access: [] };
    for (const [i, [from, tag, hear]] of VLANS.entries()) {
      if (from === 'plain' || from === 'trunk')
        await sendFrom(from === 'plain' ? plain : trunk, textOf(i, tag));
      else await bench.guests.send(from, [textOf(i, tag)]);
      for (const [name, seen] of Object.entries(hear)) wanted[name]?.push(textOf(i, seen));
    }
    const wait = { thing: 'a VLAN', problem: 'does not hear all', remedy: '', ms: 60_000 };
    await until(wait, async () => {
      const received = await bench.received();
      for (const name of ['guest', 'access']) heard[name]?.push(...(received[name] ?? []));
      return (
        Object.entries(wanted).every(([name, texts]) =>
          texts.every((text) => heard[name]?.includes(text)),
        ) || undefined
      );
    });
    for (const [name, texts] of Object.entries(wanted))
      expect([name, heard[name]?.filter(own).toSorted()]).toEqual([name, texts.toSorted()]);
  }));

describe('frames of a card', () => {
  it('pass as they are, whoever they are for, with tags and in any group', () =>
    withBench(async (bench) => {
      const card = await plugCard(bench, { vlan_mode: 'trunk' });
      await bench.plug(['trunk'], { mode: 'trunk' });
      await bench.plug(['in'], { vlan: 7 });
      for (const to of [mac(1), BROADCAST, '01:00:5e:00:00:fb', '33:33:00:00:00:01']) {
        await sendFrom(card, frame({ to, from: mac(9), tags: [7], length: 68 }));
        await hears(bench, 'in', frame({ to, from: mac(9) }).slice(0, 28));
        await sendFrom(card, frame({ to, from: mac(9), tags: [8], length: 68 }));
        await hears(bench, 'trunk', frame({ to, from: mac(9), tags: [8] }).slice(0, 36));
      }
    }));
});

describe('a card', () => {
  it("is reached by the switch's user, whatever umask made the folder of nodes", () => {
    chmodSync(DEVICE_NODES, 0o700);
    makeNodeFolder();
    expect(statSync(DEVICE_NODES).mode & 0o777).toBe(0o755);
  });

  it('that goes and comes is waited for, and taken again', () =>
    withBench(async (bench) => {
      const card = await plugCard(bench);
      const { name, nic } = card.record;
      await ip('link', 'del', 'dev', name);
      await stateIs(bench, card, 'waiting');
      await handOver(card);
      await stateIs(bench, card, 'up');
      await ip('link', 'del', 'dev', nic);
      await stateIs(bench, card, 'waiting');
      // Its number is free for anybody's by now.
      expect(nodeOwner(name)).toBeUndefined();
    }));

  it('is not taken by a node of another number, nor of another user', () =>
    withBench(async (bench) => {
      const [one, two] = [await makeCard(), await makeCard()];
      for (const card of [one, two]) await handOver(card);
      const numbers = await execa('stat', ['-c', '%Hr %Lr', nodeOf(two.record.name)]);
      await execa('rm', [nodeOf(one.record.name)]);
      await execa('mknod', [nodeOf(one.record.name), 'c', ...numbers.stdout.split(' ')]);
      await execa('chown', [String(USER), nodeOf(one.record.name)]);
      const refused = `${one.record.name}: there is no such tap, or it is another user's`;
      await expect(bench.client.addPort(portOf(one))).rejects.toThrow(refused);
      if (USER !== 0) {
        await makeNode(one.record.name, USER + 1);
        await expect(bench.client.addPort(portOf(one))).rejects.toThrow("is another user's, or");
      }
      await makeNode(one.record.name, USER);
      expect((await bench.client.addPort(portOf(one))).port.state).toBe('up');
    }));

  it('is given back as it was', async () => {
    const card = await makeCard();
    const { name, nic } = card.record;
    // Once up, a card has another queue.
    const show = async () => (await ip('-d', 'link', 'show', nic)).replace(/ qdisc \w+/, '');
    const before = await show();
    await handOver(card);
    expect(planNic(card.record, USER, await readInterfaces())).toEqual([]);
    await carryOut(planNicBack(card.record, await readInterfaces()));
    expect(await show()).toBe(before);
    expect(await ip('-br', 'link')).not.toContain(name);
    expect(nodeOwner(name)).toBeUndefined();
  });
});
