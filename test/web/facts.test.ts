import { describe, expect, test } from 'vitest';
import type { FdbEntry, Stats } from '../../src/contract/types.js';
import { ratesBetween } from '../../src/switch/rates.js';
import type { WatchedEvent } from '../../src/switch/watch.js';
import { Addresses, BOUNDS } from '../../src/web/addresses.js';
import { dropsOf, rowOf, totalOf } from '../../src/web/facts.js';
import { Latest } from '../../src/web/happened.js';

function stats(counts: Record<string, Record<string, number>>): Stats {
  const fdb = { entries: 0, capacity: 1, learned: 0, moved: 0, aged: 0, evicted: 0, refused: 0 };
  const none = { rx_packets: 0, rx_bytes: 0, tx_packets: 0, tx_bytes: 0 };
  return { fdb, ports: Object.entries(counts).map(([name, drops]) => ({ ...none, name, drops })) };
}

test('drops: by reason, of all ports, with their meaning and where most were', () => {
  const before = stats({ a: { ring_full: 0 }, b: {}, c: {}, d: {} });
  const after = stats({
    a: { ring_full: 10, too_short: 0 },
    b: { ring_full: 30, of_later: 1 },
    c: { ring_full: 20 },
    d: { ring_full: 5 },
  });
  const rates = ratesBetween({ stats: before, ms: 0 }, { stats: after, ms: 2000 });
  expect(dropsOf(after, rates)).toEqual([
    {
      reason: 'ring_full',
      meaning: 'the guest does not empty its receive ring',
      total: 65,
      rate: 32.5,
      most: ['b', 'c', 'a'],
    },
    { reason: 'of_later', meaning: '', total: 1, rate: 0.5, most: ['b'] },
  ]);
});

test('rows: nothing known, nothing there, and numbers that are short', () => {
  const rates = {
    rx_packets: 1,
    rx_bits: 123_456,
    tx_packets: 0,
    tx_bits: 0,
    drops: 2,
    reasons: {},
  };
  const silent = { ...rates, rx_packets: 0, rx_bits: 0, drops: 0 };
  expect([rowOf(undefined), rowOf(silent), rowOf(rates)]).toEqual([null, 0, [123_500, 1, 0, 0, 2]]);
  expect(totalOf([rates, rates, silent])).toEqual([246_900, 2, 0, 0, 4]);
});

describe('events', () => {
  const event = (name: string, port: string) =>
    ({ time: 't', event: name, port, mac: '02:00:00:00:00:01' }) as WatchedEvent;

  test('a storm of addresses pushes nothing else out, and there is an end of it', () => {
    const latest = new Latest();
    latest.add({ ...event('port-added', 'first') });
    for (let i = 0; i < 5000; i += 1) latest.add(event('address-learned', `p${i}`));
    latest.add({ time: 't', event: 'switch-down' });
    const all = latest.all();
    expect(all).toHaveLength(102);
    expect(all[0]).toEqual({
      number: 1,
      time: 't',
      event: 'port-added',
      port: 'first',
      text: expect.anything(),
    });
    expect(all.at(-2)).toMatchObject({ port: 'p4999', text: 'mac 02:00:00:00:00:01' });
    const last = { number: 5002, time: 't', event: 'switch-down', port: '', text: '' };
    expect(all.at(-1)).toEqual(last);
  });

  test('what is fresh is told once', () => {
    const latest = new Latest();
    latest.add(event('port-added', 'a'));
    expect(latest.fresh().map(({ port }) => port)).toEqual(['a']);
    expect(latest.fresh()).toEqual([]);
    latest.add(event('port-added', 'b'));
    expect(latest.fresh().map(({ port }) => port)).toEqual(['b']);
    expect(latest.all()).toHaveLength(2);
  });
});

describe('addresses', () => {
  const entry = (n: number): FdbEntry => ({
    mac: `02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`,
    vlan: n % 3,
    port: `web${n % 10}.0`,
    age: n,
  });
  const table = Array.from({ length: 1000 }, (_, i) => entry(i));

  /** A switch that counts how often it is asked. */
  function asked() {
    const client = {
      limits: [] as (number | undefined)[],
      fdb: async ({ limit }: { limit?: number } = {}) => {
        client.limits.push(limit);
        return { entries: table, total: 70_000 };
      },
    };
    return client;
  }

  test.each([
    ['', 1000],
    ['02:00:00:00:03', 232],
    ['WEB7', 100],
    ['web7 vlan0', 33],
    ['nobody', 0],
    ['00:00 nobody', 0],
  ])('%j: %i of 1000', async (words, matched) => {
    const answer = await new Addresses().search(asked(), words);
    expect(answer).toMatchObject({ matched, searched: 1000, total: 70_000 });
    expect(answer.entries).toHaveLength(Math.min(matched, BOUNDS.answered));
  });

  test('many who search at once ask the switch once', async () => {
    const client = asked();
    const addresses = new Addresses();
    await Promise.all(['a', 'b', 'c'].map((words) => addresses.search(client, words)));
    await addresses.search(client, 'd');
    expect(client.limits).toEqual([BOUNDS.searched]);
  });

  test('a failure is not kept', async () => {
    const client = asked();
    const addresses = new Addresses();
    const broken = { fdb: () => Promise.reject(new Error('gone')) };
    await expect(addresses.search(broken, '')).rejects.toThrow('gone');
    expect((await addresses.search(client, '')).matched).toBe(1000);
  });
});
