/** Ports without a link: by an operator's word, or because the device of their relay has none. */
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import type { Port } from '../../src/switch/index.js';
import { type Bench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { Guests } from './guests.js';
import { ip, makeTap, removeTap, settle, type Tap } from './tap.js';
import { heardAt, wire, withTwo } from './wire.js';

const DOWN = { state: 'waiting', link_state: 'down' } as const;
const UP = { state: 'up', link_state: 'up' } as const;

/** Waits until a port is as it should be. */
function portIs({ client }: Bench, name: string, wanted: Partial<Port>): Promise<unknown> {
  const wait = {
    thing: name,
    problem: `is not ${wanted.state}`,
    remedy: 'see the log',
    ms: 60_000,
  };
  return until(wait, async () => {
    const found = (await client.ports()).find((port) => port.name === name);
    return Object.entries(wanted).every(([key, value]) => found?.[key as keyof Port] === value)
      ? true
      : undefined;
  });
}

const toB = frame({ to: mac(2), from: mac(1) });
const toA = frame({ to: mac(1), from: mac(2) });

describe.each([true, false])('a guest that listens: %s', (listen) => {
  it('disable: it loses its connection and is reached by nothing, enable: it is served again', () =>
    withBench(async (bench) => {
      const { client, guests } = bench;
      await bench.plug(['a', 'b'], { listen });
      await guests.send('a', [toB]);
      await guests.send('b', [toA]);
      expect(await bench.received()).toEqual({ a: [toA], b: [toB] });
      const { changed, port } = await client.setPort({ name: 'a', link: 'disable' });
      expect([changed, port.link, port.link_state]).toEqual([true, 'disable', 'down']);
      await portIs(bench, 'a', DOWN);
      await guests.send('b', [toA, frame({ to: BROADCAST, from: mac(2) })]);
      expect(await bench.drops()).toEqual({ 'a link_down': 1, 'b no_port': 1 });
      expect(await bench.received()).toEqual({});
      // Nobody else loses anything.
      expect((await client.ports()).find(({ name }) => name === 'b')).toMatchObject(UP);
      await client.setPort({ name: 'a', link: 'enable' });
      await guests.connect('a');
      await portIs(bench, 'a', UP);
      await guests.send('b', [toA]);
      await guests.send('a', [toB]);
      expect(await bench.received()).toEqual({ a: [toA], b: [toB] });
    }));

  it('a new guest at such a port is served until it is up, as QEMU does not start otherwise', () =>
    withBench(async (bench) => {
      const first = new Guests();
      const path = bench.path('a');
      const options = { listen, ms: 60_000 };
      if (listen) await first.open('a', path, { ...options, later: true });
      await bench.add('a', { listen });
      await bench.client.setPort({ name: 'a', link: 'disable' });
      await (listen ? first.connect('a') : first.open('a', path, options));
      await portIs(bench, 'a', DOWN);
      await first.end();
      // Another process, and, where guests listen, another socket.
      if (listen) await bench.guests.open('a', path, { ...options, later: true });
      await (listen ? bench.guests.connect('a') : bench.guests.open('a', path, options));
      await portIs(bench, 'a', DOWN);
      await bench.client.setPort({ name: 'a', link: 'auto' });
      await bench.guests.connect('a');
      await portIs(bench, 'a', UP);
    }));
});

it('a guest with packed rings, too', () =>
  withBench(async (bench) => {
    const { client, guests } = bench;
    await bench.plug(['a'], { packed: true });
    await bench.plug(['b']);
    for (let round = 0; round < 2; round++) {
      await guests.send('a', [toB]);
      await guests.send('b', [toA]);
      expect(await bench.received()).toEqual({ a: [toA], b: [toB] });
      await client.setPort({ name: 'a', link: 'disable' });
      await portIs(bench, 'a', DOWN);
      await client.setPort({ name: 'a', link: 'auto' });
      await guests.connect('a');
      await portIs(bench, 'a', UP);
    }
  }));

describe('a tap', () => {
  let tap: Tap | undefined;
  afterEach(async () => {
    if (tap) await removeTap(tap);
  });

  it('has no carrier, and a later one neither', () =>
    withBench(async (bench) => {
      tap = await makeTap();
      const { name } = tap;
      await bench.client.addPort({ name, path: '', interface: name, link: 'disable' });
      await settle(tap);
      expect(await ip('-n', name, 'link', 'show', name)).toContain('NO-CARRIER');
      await bench.plug(['a']);
      await bench.guests.send('a', [frame({ to: BROADCAST, from: mac(1) })]);
      expect(await bench.drops()).toEqual({ 'a no_port': 1 });
      await bench.client.setPort({ name, link: 'auto' });
      expect(await ip('-n', name, 'link', 'show', name)).not.toContain('NO-CARRIER');
      await portIs(bench, name, UP);
      await bench.client.setPort({ name, link: 'disable' });
      expect(await ip('-n', name, 'link', 'show', name)).toContain('NO-CARRIER');
    }));
});

describe('a relay', () => {
  it('its guest has the link of its device, unless the port says otherwise', () =>
    withTwo(async ({ left, right }, plug) => {
      await plug({ relay: 'r' });
      await left.plug(['a'], { relay: 'r' });
      await right.plug(['d'], { relay: 'r' });
      await right.client.setPort({ name: 'd', link: 'enable' });
      await right.guests.send('d', [toA]);
      expect(await heardAt(left, 1)).toEqual({ a: [toA] });
      // The memif's other end goes.
      await right.client.removePort('w');
      await portIs(left, 'a', DOWN);
      await left.client.setPort({ name: 'a', link: 'enable' });
      await left.guests.connect('a');
      await portIs(left, 'a', UP);
      await left.client.setPort({ name: 'a', link: 'auto' });
      await portIs(left, 'a', DOWN);
      const device = wire(left.one.folder, 'client');
      await right.client.addPort({ name: 'w', path: '', device, relay: 'r' });
      await left.guests.connect('a');
      await portIs(left, 'a', UP);
      await right.guests.send('d', [toA]);
      expect(await heardAt(left, 1)).toEqual({ a: [toA] });
    }));

  it('what comes for a guest without a link is counted at its port; a device without one takes its guest along', () =>
    withTwo(async ({ left, right }, plug) => {
      await plug({ relay: 'r' });
      await left.plug(['a'], { relay: 'r' });
      await right.plug(['d'], { relay: 'r' });
      await left.client.setPort({ name: 'a', link: 'disable' });
      await portIs(left, 'a', DOWN);
      await right.guests.send('d', [toA, toA, toA]);
      const wait = { thing: 'frames', problem: 'are not counted', remedy: 'see stats', ms: 30_000 };
      await until(wait, async () => ((await left.drops())['a link_down'] === 3 ? true : undefined));
      await right.client.setPort({ name: 'w', link: 'disable' });
      await portIs(right, 'd', DOWN);
      await portIs(right, 'w', { link_state: 'down' });
    }));
});
