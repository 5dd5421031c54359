/** Who may take an address from whom (native/datapath/moves.h), through real ports. */
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { openDomain } from '../../src/domain/index.js';
import { registerPorts } from '../../src/switch/index.js';
import { type Bench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { plugFour, withPcap } from './uplink.js';

const [A, B, C] = [mac(1), mac(2), mac(3)];
const GATEWAY = mac(99);

/** Sends until it is not dropped any more. */
async function sendsAtLast(bench: Bench, guest: string, text: string): Promise<void> {
  const dropped = async () => (await bench.stats(guest)).drops.address_held ?? 0;
  const wait = { thing: guest, problem: 'may not use the address', remedy: 'see hold', ms: 60_000 };
  await until(wait, async () => {
    const before = await dropped();
    await bench.guests.send(guest, [text]);
    return (await dropped()) === before || undefined;
  });
}

it('a guest that sends keeps its address; one that is silent or gone loses it', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b', 'c']);
    await bench.client.set({ hold: 1000 });
    await bench.guests.send('a', [frame({ to: BROADCAST, from: A })]);
    await bench.received();
    const theft = frame({ to: BROADCAST, from: A, seed: 2 });
    await bench.guests.send(
      'c',
      Array.from({ length: 100 }, () => theft),
    );
    const there = frame({ to: A, from: B });
    await bench.guests.send('b', [there]);
    expect(await bench.received()).toEqual({ a: [there] });
    expect(await bench.drops()).toEqual({ 'c address_held': 100 });
    await bench.client.set({ hold: 1 });
    await sendsAtLast(bench, 'c', theft);
    await bench.received();
    await bench.guests.send('b', [there]);
    expect(await bench.received()).toEqual({ c: [there] });
    expect((await bench.client.stats()).fdb.moved).toBe(1);
    await bench.client.set({ hold: 1000 });
    await bench.guests.disconnect('c');
    await sendsAtLast(bench, 'a', frame({ to: BROADCAST, from: A }));
    await bench.received();
    await bench.guests.send('b', [there]);
    expect(await bench.received()).toEqual({ a: [there] });
  }));

it('of two ports with one mac, as in a migration, the one that sends has it', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b', 'c']);
    await bench.client.setPort({ name: 'a', mac: A });
    await bench.client.setPort({ name: 'c', mac: A });
    const there = frame({ to: A, from: B });
    for (const [who, seed] of ['a', 'c', 'a'].map((one, i) => [one, i] as const)) {
      const here = frame({ to: BROADCAST, from: A, seed });
      // The control thread, which looks after pinned addresses each second, leaves it there.
      await bench.guests.send(who, [here]);
      await setTimeout(2200);
      await bench.received();
      await bench.guests.send('b', [there]);
      expect(await bench.received()).toEqual({ [who]: [there] });
    }
    expect(await bench.drops()).toEqual({});
  }));

it("other addresses beside the own one: learned and moved like any, but none that is another port's own", () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b', 'c']);
    await bench.client.set({ hold: 1 });
    await bench.client.setPort({ name: 'a', mac: A, other_macs: 1 });
    await bench.client.setPort({ name: 'b', mac: B });
    await bench.client.setPort({ name: 'c', mac: C, other_macs: 1 });
    const router = '00:00:5e:00:01:07';
    const claim = frame({ to: BROADCAST, from: router });
    const there = frame({ to: router, from: B });
    await bench.guests.send('b', [claim]);
    expect(await bench.received()).toEqual({});
    for (const who of ['a', 'c']) {
      await sendsAtLast(bench, who, claim);
      await bench.received();
      await bench.guests.send('b', [there]);
      expect(await bench.received()).toEqual({ [who]: [there] });
    }
    // B is silent for longer than that; C claims it in vain, and keeps its own.
    await setTimeout(2200);
    await bench.guests.send('c', [frame({ to: BROADCAST, from: B })]);
    const back = frame({ to: B, from: A });
    await bench.guests.send('a', [back]);
    expect(await bench.received()).toEqual({ b: [back] });
    const { entries } = await bench.client.fdb();
    const found = entries.map(
      ({ mac, port, pinned }) => `${mac} ${port}${pinned ? ' pinned' : ''}`,
    );
    expect(found.sort()).toEqual(
      [`${A} a pinned`, `${B} b pinned`, `${C} c pinned`, `${router} c`].sort(),
    );
    expect(await bench.drops()).toEqual({
      'b spoofed': 1,
      'c address_held': expect.any(Number),
    });
    await bench.client.setPort({ name: 'c', other_macs: 0 });
    await bench.guests.send('c', [claim]);
    expect(await bench.drops()).toMatchObject({ 'c spoofed': 1 });
    expect((await bench.client.fdb()).entries.map(({ mac }) => mac)).not.toContain(router);
  }));

it('a domain as any tool writes it: its guest keeps to its MAC; one that libvirt trusts does not', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b', 'c']);
    const nic = (name: string, address: string, trust = '') =>
      `<interface type='vhostuser'${trust}><mac address='${address}'/><source type='unix' path='${bench.path(name)}' mode='server'/></interface>`;
    const nics = [nic('a', A), nic('b', B), nic('c', C, " trustGuestRxFilters='yes'")];
    const xml = `<domain><name>web</name><devices>${nics.join('')}</devices></domain>`;
    await registerPorts(bench.client, openDomain(xml).portRequests());
    const router = frame({ to: BROADCAST, from: '00:00:5e:00:01:01' });
    for (const who of ['a', 'c']) {
      await bench.guests.send(who, [router]);
      await bench.guests.send(who, [frame({ to: BROADCAST, from: B })]);
    }
    expect(await bench.received()).toEqual({ a: [router], b: [router] });
    expect(await bench.drops()).toEqual({ 'a spoofed': 2, 'c address_held': 1 });
  }));

it("the gateway's address: not taken while it sends", async () => {
  const incoming = [frame({ to: BROADCAST, from: GATEWAY, tags: [100] })];
  await withPcap(incoming, ['-P'], async (bench) => {
    await plugFour(bench);
    const entries = async () =>
      (await bench.client.fdb()).entries.map((one) => `${one.mac} ${one.port}`);
    const wait = {
      thing: 'gateway',
      problem: 'is not behind the uplink',
      remedy: 'see fdb',
      ms: 60_000,
    };
    await until(wait, async () => (await entries()).includes(`${GATEWAY} uplink`) || undefined);
    for (let i = 0; i < 20; i++) {
      await bench.guests.send('c', [frame({ to: BROADCAST, from: GATEWAY, seed: i })]);
      expect(await entries()).toContain(`${GATEWAY} uplink`);
    }
    expect((await bench.stats('c')).drops.address_held).toBeGreaterThan(0);
  });
});

it('announcements by QEMU are let in like frames, and count as flooded', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b', 'c']);
    await bench.client.setPort({ name: 'a', mac: A });
    await bench.client.setPort({ name: 'b', mac: B, other_macs: 1 });
    await bench.client.setPort({ name: 'c', address_limit: 1 });
    await bench.guests.announce('a', [A, mac(7)]);
    await bench.guests.announce('c', ['01:00:5e:00:00:01', A, C, mac(8)]);
    await bench.guests.announce('b', [mac(9), A]);
    const heard = await bench.received();
    const sources = Object.fromEntries(
      Object.entries(heard).map(([name, all]) => [name, all.map((text) => text.slice(12, 24))]),
    );
    const [a, c, other] = [A, C, mac(9)].map((text) => text.replaceAll(':', ''));
    expect(sources).toEqual({ a: [c, other], b: [a, c], c: [a, other] });
    expect(await bench.drops()).toEqual({
      'a spoofed': 1,
      'b address_held': 1,
      'c bad_source': 1,
      'c address_held': 1,
      'c address_limit': 1,
    });
  }));

it.each([1, 0])('no more of them than the port may flood (limit %i)', (limit) =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b']);
    await bench.client.setPort({ name: 'a', mac: A, flood_limit: limit });
    const from = performance.now();
    await bench.guests.announce('a', [A], 3000);
    const seconds = (performance.now() - from) / 1000;
    const dropped = (await bench.stats('a')).drops.flood_limit ?? 0;
    // Unlimited ports may announce 100 a second, ten of them in one go.
    const [rate, once] = limit ? [limit, 1] : [100, 11];
    expect(3000 - dropped).toBeGreaterThan(0);
    expect(3000 - dropped).toBeLessThanOrEqual(once + rate * (seconds + 1));
  }),
);
