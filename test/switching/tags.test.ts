/** The rules for tags (native/README.md, "Tags") through real ports: what is carried is carried byte for byte. */
import { expect, it } from 'vitest';
import { BROADCAST, frame, mac } from './frames.js';
import { heard, plugFour, withPcap } from './uplink.js';

/** What follows the addresses: tags, type; of 64 bytes, or cut off. */
interface Row {
  tags: { type: number; tci: number }[];
  /** Length without addresses. */
  cut?: number;
  /** A port in a VLAN may send and get it. */
  inVlan?: boolean;
}

const q = (tci: number, type = 0x8100) => ({ type, tci });

const rows: Record<string, Row> = {
  untagged: { tags: [], inVlan: true },
  'nothing but a header': { tags: [], cut: 2, inVlan: true },
  priority: { tags: [q(0xe000)], inVlan: true },
  'priority 0': { tags: [q(0)], inVlan: true },
  'priority, nothing but headers': { tags: [q(0xe000)], cut: 6, inVlan: true },
  "the port's own VLAN": { tags: [q(100)] },
  'another VLAN': { tags: [q(7)] },
  'VLAN 4095': { tags: [q(4095)] },
  nested: { tags: [q(7), q(8)] },
  'behind a priority': { tags: [q(0), q(7)] },
  'priority twice': { tags: [q(0), q(0)] },
  '802.1ad behind a priority': { tags: [q(0), q(7, 0x88a8)] },
  '0x9100 behind a priority': { tags: [q(0), q(7, 0x9100)] },
  'cut off behind a priority': { tags: [q(0), q(7)], cut: 6 },
  '802.1ad': { tags: [q(7, 0x88a8)] },
  '802.1ad, VLAN 0': { tags: [q(0, 0x88a8)] },
  '802.1ad, 802.1Q': { tags: [q(7, 0x88a8), q(8)] },
  '0x9100': { tags: [q(7, 0x9100)] },
  '0x9200': { tags: [q(7, 0x9200)] },
  '0x9300': { tags: [q(7, 0x9300)] },
  'cut off behind the type': { tags: [q(7)], cut: 2 },
  'cut off in the tag': { tags: [q(0)], cut: 4 },
  'cut off before the next type': { tags: [q(0)], cut: 5 },
  '802.1ad, cut off': { tags: [q(7, 0x88a8)], cut: 2 },
};

/** How frames of a port in a VLAN leave: its tag takes the place of one that is a mere priority. */
function leaving(from: string, vlan: number): string[] {
  const bare = frames(from, 'in a VLAN');
  return frames(from, 'in a VLAN', vlan).map((text, i) => {
    const own = bare[i] ?? '';
    const isPriority = own.slice(24, 28) === '8100';
    const tci = (Number.parseInt(own.slice(28, 32), 16) & 0xf000) | vlan;
    return isPriority
      ? `${own.slice(0, 28)}${tci.toString(16).padStart(4, '0')}${own.slice(32)}`
      : text;
  });
}

/** Frames of all rows, or those that a port in a VLAN may have; `outer`: the uplink's tag before all else. */
function frames(from: string, which: 'all' | 'in a VLAN', outer?: number): string[] {
  return Object.values(rows).flatMap(({ tags, cut, inVlan }, seed) => {
    if (which === 'in a VLAN' && !inVlan) return [];
    const before = outer === undefined ? [] : [outer];
    const length = (cut === undefined ? 64 : 12 + cut) + 4 * before.length;
    return [frame({ to: BROADCAST, from, tags: [...before, ...tags], length, seed })];
  });
}

const count = (which: 'all' | 'in a VLAN'): number => frames(mac(0), which).length;

it('from guests: to guests of the same VLAN, and out with the port’s tag before all else', async () => {
  const out = await withPcap([], [], async (bench) => {
    await plugFour(bench);
    await bench.guests.send('a', frames(mac(0), 'all'));
    expect(await bench.received()).toEqual({ b: frames(mac(0), 'all') });
    await bench.guests.send('c', frames(mac(2), 'all'));
    expect(await bench.received()).toEqual({ d: frames(mac(2), 'in a VLAN') });
    const refused = count('all') - count('in a VLAN');
    expect(await bench.drops()).toEqual({ 'c vlan_tagged': refused });
    expect((await bench.client.stats()).uplink?.tx_packets).toBe(count('all') + count('in a VLAN'));
  });
  expect(out).toEqual([...frames(mac(0), 'all', 1000), ...leaving(mac(2), 100)]);
});

it.each([true, false])(
  'from the uplink, to those who have its tag (stripped: %s)',
  async (strip) => {
    const from = mac(99);
    const incoming = [...frames(from, 'all', 1000), ...frames(from, 'all', 100)];
    // Neither of these is a tag of the uplink: of another kind, or with a priority before it.
    const none = [
      frame({ to: BROADCAST, from, tags: [q(1000, 0x88a8)] }),
      frame({ to: BROADCAST, from, tags: [q(100, 0x9100)] }),
      frame({ to: BROADCAST, from, tags: [0, 1000] }),
    ];
    const own = ['-P', '--vlan-strip', strip ? '1' : '0'];
    await withPcap([...incoming, ...none], own, async (bench) => {
      await plugFour(bench);
      const seen = (which: 'all' | 'in a VLAN', tag: number) =>
        frames(from, which, strip ? undefined : tag).sort();
      const inVlan = seen('in a VLAN', 100);
      expect(await heard(bench, count('all') + 2 * count('in a VLAN'))).toEqual({
        a: seen('all', 1000),
        c: inVlan,
        d: inVlan,
      });
      const drops = (await bench.client.stats()).uplink?.drops;
      expect(drops?.vlan_tagged).toBeGreaterThan(0);
      expect(drops?.tag_unknown).toBeGreaterThan(0);
    });
  },
);
