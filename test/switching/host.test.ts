/** Interfaces of the host as ports (native/host), with the kernel's own network behind them. Needs root. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { ANOTHER_USER } from '../switch/real-switch.js';
import { type Bench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { startSwitch } from './start.js';
import { ip, layTap, makeTap, removeTap, settle, type Tap, tcp } from './tap.js';

const taps: Tap[] = [];

afterEach(async () => {
  for (const tap of taps.splice(0)) await removeTap(tap);
});

async function newTap(user?: number): Promise<Tap> {
  const tap = await makeTap(user);
  taps.push(tap);
  return tap;
}

/** A port that is a tap with an address, in a namespace. */
async function plugTap(bench: Bench, vlan = 0): Promise<Tap> {
  const tap = await newTap();
  const { port } = await bench.client.addPort({ ...portOf(tap), vlan });
  expect(port).toMatchObject({ name: tap.name, interface: tap.name, path: '', state: 'up' });
  await settle(tap);
  return tap;
}

const portOf = ({ name }: Tap) => ({ name, path: '', interface: name });

function stateIs(bench: Bench, { name }: Tap, state: string): Promise<true> {
  const wait = { thing: name, problem: `is not ${state}`, remedy: 'see the log', ms: 60_000 };
  return until(wait, async () => {
    const found = (await bench.client.ports()).find((port) => port.name === name);
    return found?.state === state || undefined;
  });
}

const hexOf = (address: string) =>
  address
    .split('.')
    .map((byte) => Number(byte).toString(16).padStart(2, '0'))
    .join('');

/** An ARP request (RFC 826) for an address, as frame() pads it. */
function arp(from: string, asks: string, answers: string): string {
  const own = from.replaceAll(':', '');
  const payload = `0001080006040001${own}${hexOf(asks)}000000000000${hexOf(answers)}`;
  return `ffffffffffff${own}0806${payload}`.padEnd(120, '0');
}

/** The first frame to mac(1) that a guest hears; a host says other things, too (MLD, RFC 3810). */
function answerTo(bench: Bench, guest: string): Promise<string> {
  const wait = { thing: 'the host', problem: 'does not answer', remedy: '', ms: 60_000 };
  const own = mac(1).replaceAll(':', '');
  return until(wait, async () => {
    return (await bench.received())[guest]?.find((text) => text.startsWith(own));
  });
}

const OFFLOADS: [what: string, own: string[]][] = [
  ['whole frames', []],
  ['checksums left out', ['--tx-csum', '1']],
  ['segments of 64 KiB', ['--tx-csum', '1', '--tso', '1', '--mergeable', '1']],
];

describe.each(OFFLOADS)('%s', (_, own) => {
  it('TCP between two hosts arrives whole, both ways', () =>
    withBench(
      async (bench) => {
        const [a, b] = [await plugTap(bench), await plugTap(bench)];
        await tcp(a, b, 64);
        await tcp(b, a, 64);
        const { rx_packets, rx_bytes } = await bench.stats(a.name);
        // The kernel cuts nothing that the switch takes as it is.
        if (own.includes('--tso')) expect(rx_bytes / rx_packets).toBeGreaterThan(3000);
        else expect(rx_bytes / rx_packets).toBeLessThan(1515);
      },
      { own },
    ));

  it('a guest that negotiates nothing and a host hear each other', () =>
    withBench(
      async (bench) => {
        const tap = await plugTap(bench);
        await bench.plug(['guest']);
        await bench.guests.send('guest', [arp(mac(1), '10.9.0.200', tap.address)]);
        const answer = await answerTo(bench, 'guest');
        const head = `${mac(1)}${tap.mac}`.replaceAll(':', '');
        const said = `0001080006040002${tap.mac.replaceAll(':', '')}${hexOf(tap.address)}`;
        expect(answer).toMatch(new RegExp(`^${head}0806${said}`));
      },
      { own },
    ));
});

it('a host hears its VLAN and no other', () =>
  withBench(async (bench) => {
    const tap = await plugTap(bench, 7);
    await bench.plug(['in'], { vlan: 7 });
    await bench.plug(['out']);
    for (const guest of ['in', 'out'])
      await bench.guests.send(guest, [arp(mac(1), '10.9.0.200', tap.address)]);
    await answerTo(bench, 'in');
    expect(await bench.drops()).toMatchObject({ 'out no_port': 1 });
    expect((await bench.stats(tap.name)).tx_packets).toBe(1);
  }));

it('an interface that is down takes nothing, which is counted; one that goes and comes is taken again', () =>
  withBench(async (bench) => {
    const tap = await plugTap(bench);
    await bench.plug(['guest']);
    await ip('-n', tap.name, 'link', 'set', tap.name, 'down');
    const text = frame({ to: BROADCAST, from: mac(1) });
    await bench.guests.send('guest', [text, text, text]);
    const dropped = async () => (await bench.stats(tap.name)).drops.interface_down;
    const wait = { thing: tap.name, problem: 'has not counted all', remedy: '', ms: 60_000 };
    await until(wait, async () => ((await dropped()) ?? 0) >= 3 || undefined);
    await ip('-n', tap.name, 'link', 'del', tap.name);
    await stateIs(bench, tap, 'waiting');
    // What was counted stays.
    expect(await dropped()).toBe(3);
    await bench.guests.send('guest', [text]);
    expect((await bench.stats('guest')).drops.no_port).toBe(1);
    await layTap(tap);
    await stateIs(bench, tap, 'up');
    await ip('link', 'del', tap.name);
    await stateIs(bench, tap, 'waiting');
    // Its end does not concern the next port in its place.
    await bench.client.removePort(tap.name);
    await bench.plug(['next']);
    await bench.client.removePort('next');
    await expect(bench.client.addPort(portOf(tap))).rejects.toThrow('no such tap');
    await layTap(tap);
    await bench.client.addPort(portOf(tap));
    await stateIs(bench, tap, 'up');
    await settle(tap);
    await bench.guests.send('guest', [arp(mac(1), '10.9.0.200', tap.address)]);
    await answerTo(bench, 'guest');
    const log = await readFile(join(bench.one.folder, 'test.log'), 'utf8');
    expect(log).toContain(`port ${tap.name}: interface ${tap.name} is gone`);
  }));

it('over a restart of the switch the interface stays as it is, and is its port again', () =>
  withBench(async (bench) => {
    const [a, b] = [await plugTap(bench), await plugTap(bench)];
    await tcp(a, b, 1);
    const before = (await bench.client.ports()).map(({ id, name }) => ({ id, name }));
    await bench.one.end('SIGKILL');
    expect(await ip('-n', a.name, 'address', 'show', a.name)).toContain(a.address);
    // Not in their own namespaces, as a switch looks in its own.
    await ip('-n', a.name, 'link', 'set', a.name, 'netns', '1');
    bench.one = await startSwitch(bench.one.folder);
    await stateIs(bench, a, 'up');
    await stateIs(bench, b, 'waiting');
    await ip('-n', b.name, 'link', 'set', b.name, 'netns', '1');
    await stateIs(bench, b, 'up');
    for (const tap of [a, b]) await settle(tap);
    await tcp(a, b, 1);
    expect((await bench.client.ports()).map(({ id, name }) => ({ id, name }))).toEqual(before);
  }));

it('what cannot be taken is refused with the reason, and no port is left', () =>
  withBench(async (bench) => {
    const another = await newTap(4711);
    const mine = await newTap();
    await bench.client.addPort(portOf(mine));
    const refused: [name: string, reason: RegExp][] = [
      ['none-there', /no such tap, or it is another user's; make it as root: ip tuntap add/],
      ['lo', /no tap/],
      ...(ANOTHER_USER === undefined ? [] : [[another.name, /another user's/] as const]),
      [mine.name, /port vt.* has vt.* other settings/],
    ] as [string, RegExp][];
    for (const [name, reason] of refused) {
      const asked = bench.client.addPort({ name: 'x', path: '', interface: name });
      await expect(asked).rejects.toThrow(reason);
    }
    const taken = { name: 'x', path: '/run/x.sock', interface: mine.name };
    await expect(bench.client.addPort(taken)).rejects.toThrow(/path/);
    expect((await bench.client.ports()).map(({ name }) => name)).toEqual([mine.name]);
    // Asked for again, it is there already.
    expect((await bench.client.addPort(portOf(mine))).changed).toBe(false);
    // Another program has it.
    const other = await newTap();
    await withBench(async (second) => {
      await second.client.addPort(portOf(other));
      await expect(bench.client.addPort(portOf(other))).rejects.toThrow(/another program has it/);
    });
  }));
