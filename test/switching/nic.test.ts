/** Network cards of the kernel's as ports: macvtaps, with a host of its own on the wire. Needs root. */
import { execa } from 'execa';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
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

// The switch reaches what is there at its start.
beforeAll(() => makeNodeFolder());

afterEach(async () => {
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
  await ip('netns', 'exec', far.name, 'python3', '-c', program);
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
