import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BROADCAST, frame, mac } from './frames.js';
import { heard, plugFour, withPcap } from './uplink.js';

const OUTSIDE = mac(99);

it('out: the tag of the port stands before all that the guest sent', async () => {
  const sent = (from: string) => [
    frame({ to: OUTSIDE, from }),
    frame({ to: BROADCAST, from, length: 60, seed: 2 }),
    frame({ to: OUTSIDE, from, length: 1514, seed: 3 }),
    frame({ to: OUTSIDE, from, tags: [7], seed: 4 }),
    frame({ to: OUTSIDE, from, length: 17, seed: 5 }),
  ];
  const expected: string[] = [];
  const tagged = (text: string, tag: number) =>
    `${text.slice(0, 24)}8100${tag.toString(16).padStart(4, '0')}${text.slice(24)}`;
  const out = await withPcap([], [], async (bench) => {
    await plugFour(bench);
    for (const [guest, tag, from] of [
      ['a', 1000, mac(0)],
      ['b', 1001, mac(1)],
      ['c', 100, mac(2)],
    ] as const) {
      const all = sent(from).filter((text) => guest !== 'c' || text.slice(24, 28) !== '8100');
      await bench.guests.send(guest, all);
      expected.push(...all.map((text) => tagged(text, tag)));
    }
    expect((await bench.client.stats()).uplink?.tx_packets).toBe(expected.length);
  });
  expect(out).toEqual(expected);
});

it('out: with --vm2vm 0 guest to guest leaves, too, with the tag of the sender', async () => {
  const one = frame({ to: mac(1), from: mac(0), length: 100 });
  const out = await withPcap([], ['--vm2vm', '0'], async (bench) => {
    await bench.plug(['a', 'b']);
    // The switch knows where b is.
    await bench.guests.send('b', [frame({ to: OUTSIDE, from: mac(1) })]);
    await bench.guests.send('a', [one]);
    expect((await bench.client.stats()).uplink?.tx_packets).toBe(2);
    expect(await bench.received()).toEqual({});
  });
  expect(out[1]).toBe(`${one.slice(0, 24)}810003e8${one.slice(24)}`);
});

it('--vm2vm 2 is refused where the NIC would not bring frames back', async () => {
  const started = withPcap([], ['--vm2vm', '2'], async () => undefined);
  await expect(started).rejects.toThrow(
    'device net_pcap0: --vm2vm 2 needs a NIC that loops frames back between pools, as only ixgbe',
  );
});

it.each([true, false])('in: tag and destination say whose it is (stripped: %s)', async (strip) => {
  const one = (to: string, tags: number[], seed: number, length = 64) => ({
    tagged: frame({ to, from: OUTSIDE, tags, seed, length: length + 4 * tags.length }),
    bare: frame({
      to,
      from: OUTSIDE,
      tags: tags.slice(1),
      seed,
      length: length + 4 * tags.length - 4,
    }),
  });
  const wanted = {
    a: [one(mac(0), [1000], 1), one(mac(0), [1000], 2, 1514), one(mac(0), [1000, 7], 3)],
    b: [one(mac(1), [1001], 4), one(mac(1), [1001], 5, 60)],
    c: [one(mac(2), [100], 6)],
    d: [one(mac(3), [100], 7, 900)],
  };
  // Frames with a bad tag, none, or nobody's address; broadcast, while the uplink is not -P.
  const unwanted = [
    one(mac(0), [1001], 10),
    one(mac(1), [1000], 11),
    one(mac(2), [1002], 12),
    one(mac(0), [100], 13),
    one(mac(0), [], 14),
    one(mac(9), [1000], 15),
    one(BROADCAST, [1000], 16),
    one(BROADCAST, [100], 17),
    one(mac(0), [1000], 18, 10),
  ];
  const all = [...Object.values(wanted).flat(), ...unwanted].map(({ tagged }) => tagged);
  await withPcap(all, strip ? [] : ['--vlan-strip', '0'], async (bench) => {
    await plugFour(bench);
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) {
      await bench.guests.send(name, [frame({ to: mac(i), from: mac(i) })]);
    }
    await bench.guests.send('a', [frame({ to: mac(0), from: mac(0), tags: [7] })]);
    await bench.received();
    expect(await heard(bench, Object.values(wanted).flat().length)).toEqual(
      Object.fromEntries(
        Object.entries(wanted).map(([guest, frames]) => [
          guest,
          frames.map(({ tagged, bare }) => (strip ? bare : tagged)).sort(),
        ]),
      ),
    );
  });
});

it('a promiscuous uplink: broadcast and multicast reach who has the tag', async () => {
  const from = OUTSIDE;
  const tagged = (tag: number, seed: number) => frame({ to: BROADCAST, from, tags: [tag], seed });
  const bare = (seed: number) => frame({ to: BROADCAST, from, seed, length: 60 });
  const multicast = frame({ to: '01:00:5e:00:00:01', from, tags: [100], seed: 4 });
  const incoming = [tagged(1000, 1), tagged(1001, 2), tagged(100, 3), tagged(1003, 5), multicast];
  await withPcap(incoming, ['-P'], async (bench) => {
    await plugFour(bench);
    const { a, b, c, d } = await heard(bench, 6);
    expect([a, b]).toEqual([[bare(1)], [bare(2)]]);
    const both = [bare(3), frame({ to: '01:00:5e:00:00:01', from, seed: 4, length: 60 })].sort();
    expect([c, d]).toEqual([both, both]);
  });
});

it('no port can get what another one’s tag brings', async () => {
  await withPcap([], [], async ({ client, one }) => {
    const add = (name: string, vlan: number) =>
      client.addPort({ name, path: join(one.folder, name), vlan });
    await add('a', 0);
    await add('b', 1001);
    await expect(add('c', 1000)).rejects.toThrow(
      'c: 1000 is the tag of port a, which is in no VLAN, at a device with a tag per guest; ' +
        'choose another VLAN, or put a into one',
    );
    // Number 2 is the next one whose tag is nobody's; 1 is VLAN b's own, not its tag.
    await add('d', 0);
    await expect(client.setPort({ name: 'd', vlan: 1000 })).rejects.toThrow('choose another VLAN');
    await add('e', 1003);
    await add('f', 0);
    await expect(client.setPort({ name: 'b', vlan: 0 })).resolves.toBeDefined();
    await expect(client.setPort({ name: 'e', vlan: 0 })).resolves.toBeDefined();
    const tags = (await client.ports()).map(({ name, tag }) => `${name} ${tag}`);
    expect(new Set(tags.map((text) => text.split(' ')[1])).size).toBe(tags.length);
  });
});
