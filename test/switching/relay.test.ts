/** Relays: two ports that are each other's, a guest and a device or two guests, as virtio-forwarder has them. */
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import type { RealSwitchOptions } from '../switch/real-switch.js';
import { type Bench, useBench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { ALL, MULTICAST, SHORT, unicast } from './pdus.js';
import { startSwitch } from './start.js';
import { completed, header, tcpFrame } from './tcp.js';
import { heardAt, type Two, wireIsUp, withTwo } from './wire.js';

/** `a` at the left and `d` at the right, each in a relay with the wire. */
function withRelays(use: (two: Two) => Promise<void>, options: RealSwitchOptions = {}) {
  return withTwo(async (two, plug) => {
    await plug({ relay: 'r' });
    await two.left.plug(['a'], { relay: 'r', ...GUEST });
    await two.right.plug(['d'], { relay: 'r', ...GUEST });
    await use(two);
  }, options);
}

const GUEST = { mergeable: true, pairs: 2 };
const LARGE = { own: ['--mergeable', '1'] };

describe('a guest and a device', () => {
  it('every PDU passes as it is, both ways, and nobody else has a part in it', () =>
    withRelays(async ({ left, right }) => {
      for (const bench of [left, right]) {
        await bench.plug(['none'], GUEST);
        await bench.plug(['ten'], { vlan: 10, ...GUEST });
      }
      await left.guests.send('a', SHORT);
      expect(await heardAt(right, SHORT.length)).toEqual({ d: SHORT });
      await right.guests.send('d', SHORT);
      expect(await heardAt(left, SHORT.length)).toEqual({ a: SHORT });
      for (const { client } of [left, right]) expect((await client.fdb()).entries).toEqual([]);
      // Nobody else reaches it: not by flooding, nor by an address that it has used.
      for (const guest of ['none', 'ten']) {
        const own = { from: mac(guest.length), length: 100 };
        const tried = [BROADCAST, mac(1), mac(2), MULTICAST].map((to) => frame({ ...own, to }));
        await left.guests.send(guest, [...tried, frame({ ...own, to: mac(2), tags: [7] })]);
      }
      expect(await left.drops()).toEqual({
        'none no_port': 5,
        'ten no_port': 4,
        'ten vlan_tagged': 1,
      });
      await left.guests.send('a', [frame(unicast)]);
      expect(await heardAt(right, 1)).toEqual({ d: [frame(unicast)] });
      expect(await left.received()).toEqual({});
      const [a, w] = [await left.stats('a'), await left.stats('w')];
      expect([a.rx_packets, w.tx_packets]).toEqual([SHORT.length + 1, SHORT.length + 1]);
      expect([w.rx_packets, a.tx_packets]).toEqual([SHORT.length, SHORT.length]);
      expect([a.tx_bytes, w.rx_bytes]).toEqual([bytesOf(SHORT), bytesOf(SHORT)]);
    }, LARGE));

  it('jumbo frames pass a device that carries them', () =>
    withBench(async (bench) => {
      // What leaves by it comes in by it.
      await bench.client.addPort({ name: 'w', path: '', device: 'net_ring0', relay: 'r' });
      await bench.plug(['a'], { relay: 'r', ...GUEST });
      await bench.guests.send('a', ALL);
      expect(await heardAt(bench, ALL.length)).toEqual({ a: ALL });
      expect(await bench.drops()).toEqual({});
    }, LARGE));

  it('each pair of queues keeps its order, over some hundred frames', () =>
    withRelays(async ({ left, right }) => {
      for (const [from, to, guest, other] of [
        [left, right, 'a', 'd'],
        [right, left, 'd', 'a'],
      ] as const) {
        const came: string[] = [];
        for (let round = 0; round < 8; round++) {
          for (const pair of [0, 1])
            await from.guests.send(guest, numbered(pair, round * 30, 30), { pair });
          came.push(...((await heardAt(to, 60))[other] ?? []));
        }
        for (const pair of [0, 1])
          expect(came.filter((one) => pairOf(one) === pair)).toEqual(numbered(pair, 0, 240));
        expect(came).toHaveLength(480);
      }
      expect(await left.drops()).toEqual({});
    }));

  it('a frame that is too long or too short costs itself alone, in the midst of others', () =>
    withRelays(async ({ left, right }) => {
      const good = [1, 2, 2, 3].map((to) => frame({ to: mac(to), from: mac(9), length: 60 + to }));
      const [one = '', two = '', like = '', last = ''] = good;
      const long = frame({ to: mac(2), from: mac(9), length: 1600 });
      const short = two.slice(0, 2 * 13);
      await left.guests.send('a', [one, long, two, like, short, last, short]);
      expect(await heardAt(right, good.length)).toEqual({ d: good });
      expect(await left.drops()).toEqual({ 'a too_long': 1, 'a too_short': 2 });
    }));

  it('a checksum that the guest left out is completed for the wire', () =>
    withRelays(
      async ({ left, right }) => {
        await left.plug(['b'], { relay: 'other', offloads: ['csum'] });
        // The relay's guest is another one now.
        await left.client.removePort('a');
        await left.client.setPort({ name: 'b', relay: 'r' });
        for (const kind of [{}, { ipv6: true }, { ipv6: true, payload: 1001 }]) {
          const left_out = tcpFrame({ payload: 9, ...kind });
          await left.guests.send('b', [left_out.bytes.toString('hex')], {
            header: header(left_out),
          });
          expect(await heardAt(right, 1)).toEqual({ d: [completed(left_out)] });
        }
      },
      { own: ['--tx-csum', '1'] },
    ));

  it('an end that is not there costs frames under a name, and then they flow again', () =>
    withRelays(async ({ left, right }) => {
      await right.guests.end();
      await joinFront(left, right);
      await left.guests.traffic(['a', 'd'], 1000);
      await flows(left);
      const { device = '' } = await portOf(left, 'w');
      await left.client.removePort('w');
      await drops(left, 'a', 'no_port');
      await left.client.addPort({ name: 'w', path: '', device, relay: 'r' });
      await wireIsUp(left);
      await flows(left);
      expect((await left.guests.quiet()).directions.map(({ foreign }) => foreign)).toEqual([0, 0]);
      // The guest goes and comes back.
      await left.guests.disconnect('a');
      await until(
        wait('a'),
        async () => (await portOf(left, 'a')).state === 'waiting' || undefined,
      );
      await left.guests.send('d', [frame(unicast)]);
      await drops(left, 'a', 'not_ready');
      await left.received();
      await left.guests.connect('a');
      await left.guests.send('d', [frame(unicast)]);
      expect(await heardAt(left, 1)).toEqual({ a: [frame(unicast)] });
    }));

  // Of its driver's memory an lcore may be in the midst (native/base/rounds.h).
  it('its other side goes and comes back in full traffic, ten times', () =>
    withRelays(async ({ left, right }) => {
      await right.guests.end();
      await joinFront(left, right);
      await left.guests.traffic(['a', 'd']);
      const { device = '' } = await portOf(left, 'w');
      for (let round = 0; round < 10; round++) {
        await flows(left);
        await left.client.removePort('w');
        await left.client.addPort({ name: 'w', path: '', device, relay: 'r' });
        await wireIsUp(left);
      }
      await flows(left);
      expect((await left.guests.quiet()).directions.map(({ foreign }) => foreign)).toEqual([0, 0]);
    }));

  it.each(['SIGTERM', 'SIGKILL'] as const)('it is back after %s under traffic', (signal) =>
    withRelays(async ({ left, right }) => {
      await right.guests.end();
      await joinFront(left, right);
      const before = (await left.client.ports()).map(settled);
      await left.guests.traffic(['a', 'd'], 500);
      await flows(left);
      await left.one.end(signal);
      left.one = await startSwitch(left.one.folder);
      await wireIsUp(left);
      await flows(left);
      const { directions } = await left.guests.quiet();
      expect(directions.map(({ repeated, foreign }) => [repeated, foreign])).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect((await left.client.ports()).map(settled)).toEqual(before);
    }),
  );
});

describe('two guests', () => {
  const shared = useBench({ own: ['--mergeable', '1'] });

  it('every PDU passes as it is, both ways', async () => {
    const bench = shared();
    await bench.plug(['a', 'b'], { relay: 'r', ...GUEST, packed: true });
    await bench.plug(['c'], GUEST);
    await bench.guests.send('a', ALL);
    expect(await bench.received()).toEqual({ b: ALL });
    await bench.guests.send('b', ALL, { pair: 1 });
    expect(await bench.received()).toEqual({ a: ALL });
    expect((await bench.client.fdb()).entries).toEqual([]);
    expect(await bench.drops()).toEqual({});
  });

  it('a port leaves its relay and is switched, and comes back', async () => {
    const bench = shared();
    await bench.plug(['a', 'b'], { relay: 'r' });
    await bench.plug(['c']);
    await bench.client.setPort({ name: 'a', relay: null });
    await bench.guests.send('a', [frame({ to: BROADCAST, from: mac(1) })]);
    expect(await bench.received()).toEqual({ c: [frame({ to: BROADCAST, from: mac(1) })] });
    expect((await bench.client.fdb()).entries.map(({ port }) => port)).toEqual(['a']);
    await bench.guests.send('b', [frame(unicast)]);
    expect(await bench.drops()).toEqual({ 'b no_port': 1 });
    await bench.client.setPort({ name: 'a', relay: 'r' });
    expect((await bench.client.fdb()).entries).toEqual([]);
    await bench.guests.send('c', [frame({ to: mac(1), from: mac(3) })]);
    await bench.guests.send('b', [frame(unicast)]);
    expect(await bench.received()).toEqual({ a: [frame(unicast)] });
  });

  it('a third end, and what a relay cannot have, is refused in one line; nothing is changed', async () => {
    const bench = shared();
    await bench.add('a', { relay: 'r' });
    await bench.add('b', { relay: 'r' });
    await bench.add('c');
    const before = await bench.client.ports();
    const path = bench.path('x');
    const { client } = bench;
    const refused: [() => Promise<unknown>, string][] = [
      [() => client.addPort({ name: 'x', path, relay: 'r' }), 'x: relay r has two ends already'],
      [() => client.setPort({ name: 'c', relay: 'r' }), 'c: relay r has two ends already'],
      [() => client.setPort({ name: 'c', relay: '-' }), 'relay: "-" is not possible; give 1 to 63'],
      [() => client.setPort({ name: 'a', vlan: 7 }), 'vlan: 7 is not possible; give 0, as the'],
      [() => client.setPort({ name: 'a', mac: mac(1) }), 'give null, as the port is in a relay'],
      [() => client.setPort({ name: 'a', isolated: 1 }), 'isolated: 1 is not possible; give 0'],
      [
        () => client.setPort({ name: 'a', vlan_mode: 'trunk' }),
        'give "access", as the port is in a relay',
      ],
    ];
    for (const [ask, problem] of refused) {
      const error = await ask().then(String, (cause: Error) => cause.message);
      expect(error).toContain(problem);
      expect(error).not.toContain('\n');
    }
    expect(await bench.client.ports()).toEqual(before);
  });

  it('64 relays at once each get their own frames only', async () => {
    const bench = shared();
    const ids = Array.from({ length: 64 }, (_, id) => id);
    const small = { size: 8, buffer: 512 };
    const names = ids.flatMap((id) => [`${id}.x`, `${id}.y`]);
    for (const name of names)
      await bench.guests.open(name, bench.path(name), { ...small, listen: true, later: true });
    for (const name of names) await bench.add(name, { relay: name.replace(/\..$/, '') });
    for (const name of names) await bench.guests.connect(name);
    for (const side of ['x', 'y'])
      for (const id of ids)
        await bench.guests.send(`${id}.${side}`, [frame({ ...unicast, seed: id })]);
    const ends = ids.flatMap((id) =>
      ['x', 'y'].map((side) => [`${id}.${side}`, [frame({ ...unicast, seed: id })]]),
    );
    expect(await bench.received()).toEqual(Object.fromEntries(ends));
    expect(await bench.drops()).toEqual({});
  });
});

function bytesOf(frames: readonly string[]): number {
  return frames.join('').length / 2;
}

/** Frames of a pair that say their number. */
function numbered(pair: number, first: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const number = (first + i).toString(16).padStart(4, '0');
    return `${frame({ to: mac(2), from: mac(1), length: 60 })}${number}0${pair}`;
  });
}

function pairOf(text: string): number {
  return Number(text.at(-1));
}

/** Takes `d` into the process of the left guests, so that one clock numbers the traffic of both. */
async function joinFront(left: Bench, right: Bench): Promise<void> {
  await left.guests.open('d', right.path('d'), { ...GUEST, listen: true, later: true });
  await left.guests.connect('d');
}

async function portOf(bench: Bench, name: string) {
  const found = (await bench.client.ports()).find((port) => port.name === name);
  if (!found) throw new Error(`${name}: no such port`);
  return found;
}

/** Of a port, what a restart must not change. */
function settled({ name, path, device, relay, id }: Awaited<ReturnType<typeof portOf>>) {
  return { name, path, device, relay, id };
}

const wait = (thing: string) => ({
  ...{ thing, problem: 'is not as it should be', remedy: 'see stats', ms: 60_000 },
});

/** Waits until traffic passes both ways. */
function flows({ guests, client }: Bench): Promise<unknown> {
  return until(wait('traffic'), async () => {
    const before = (await client.stats()).ports;
    await guests.watch(200);
    const { ports } = await client.stats();
    return (
      ports.every(({ tx_packets }, i) => tx_packets > (before[i]?.tx_packets ?? 0)) || undefined
    );
  });
}

/** Waits until frames are lost at a port for a reason. */
function drops(bench: Bench, port: string, reason: string): Promise<unknown> {
  return until(wait(`${port} ${reason}`), async () => {
    return ((await bench.drops())[`${port} ${reason}`] ?? 0) > 0 || undefined;
  });
}
