/** Limits of ports, as libvirt's <bandwidth> means them, and isolated ports. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { PortChange } from '../../src/switch/index.js';
import { type Bench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';

const KIB = 1024;
/** KiB a second. */
const LIMIT = 100;
const SECONDS = 2;

type Limits = Omit<PortChange, 'name'>;

/** KiB that a port sent and got while two guests talk as fast as they can, and the seconds that it took. */
async function talk(bench: Bench, name: string, limits: Limits) {
  await bench.client.setPort({ name, ...limits });
  await bench.guests.traffic(['a', 'b']);
  // What may go in one go, 64 KiB at least, is gone by then.
  await sleep(500);
  const began = performance.now();
  const before = await bench.stats(name);
  await sleep(SECONDS * 1000);
  const after = await bench.stats(name);
  const seconds = (performance.now() - began) / 1000;
  await bench.guests.quiet();
  await bench.client.setPort({ name, inbound: 0, inbound_peak: 0, outbound: 0, outbound_peak: 0 });
  return {
    seconds,
    sent: (after.rx_bytes - before.rx_bytes) / KIB,
    got: (after.tx_bytes - before.tx_bytes) / KIB,
    dropped: after.drops.rate_limit ?? 0,
  };
}

it('what a guest sends beyond its limit waits, what is for it is dropped; the other way is free', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b'], { listen: false });
    const free = await talk(bench, 'a', {});
    expect(free.sent).toBeGreaterThan(3 * LIMIT * free.seconds);
    expect(free.got).toBeGreaterThan(3 * LIMIT * free.seconds);

    const out = await talk(bench, 'a', { outbound: LIMIT });
    // A time that load stretches only makes it less.
    expect(out.sent).toBeLessThan(1.1 * LIMIT * out.seconds);
    expect(out.got).toBeGreaterThan(2 * out.sent);
    expect(out.dropped).toBe(0);

    const into = await talk(bench, 'a', { inbound: LIMIT });
    expect(into.got).toBeLessThan(1.1 * LIMIT * into.seconds);
    expect(into.sent).toBeGreaterThan(2 * into.got);
    expect(into.dropped).toBeGreaterThan(0);

    const peak = await talk(bench, 'a', { inbound: 10 * LIMIT, inbound_peak: LIMIT });
    expect(peak.got).toBeLessThan(1.1 * LIMIT * peak.seconds);
    const shares = [out.sent / out.seconds, into.got / into.seconds, peak.got / peak.seconds];
    console.log(
      `limit ${LIMIT} KiB/s: ${shares.map((one) => one.toFixed(0)).join(', ')} KiB/s ` +
        `(sent, got, got at a peak); without: ${(free.sent / free.seconds).toFixed(0)}`,
    );
  }));

it('no frames pass between isolated ports, whatever they are for', () =>
  withBench(async (bench) => {
    await bench.plug(['a'], { listen: false });
    await bench.plug(['b'], { listen: false });
    await bench.plug(['router'], { listen: false });
    const send = (name: string, to: string, from: string) =>
      bench.guests.send(name, [frame({ to, from })]);
    await bench.client.setPort({ name: 'a', isolated: 1 });
    await send('b', BROADCAST, mac(2));
    await send('a', mac(2), mac(1));
    expect(Object.keys(await bench.received()).sort()).toEqual(['a', 'b', 'router']);
    await bench.client.setPort({ name: 'b', isolated: 1 });
    await send('a', mac(2), mac(1));
    await send('a', BROADCAST, mac(1));
    await send('a', mac(9), mac(1));
    expect(Object.keys(await bench.received())).toEqual(['router']);
    expect(await bench.drops()).toMatchObject({ 'a isolated': 1 });
    await send('router', mac(1), mac(3));
    await send('a', mac(3), mac(1));
    expect(Object.keys(await bench.received()).sort()).toEqual(['a', 'router']);
    // Nobody else is left in its VLAN.
    await bench.client.removePort('router');
    await send('a', BROADCAST, mac(1));
    expect(await bench.drops()).toMatchObject({ 'a isolated': 2 });
  }));
