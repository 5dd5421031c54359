/** Guards of ports, as libvirt's network filters: what a guest sends in another's name goes nowhere. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import type { PortChange } from '../../src/switch/index.js';
import { inFolder } from '../switch/folder.js';
import { type Bench, openBench, withBench } from './bench.js';
import { BROADCAST, mac } from './frames.js';
import { arp, dhcp, ipv4, neighbour, tagged } from './packets.js';

const A = { mac: mac(1), ip: '10.0.0.1', ip6: 'fd00::1' };
const B = { mac: mac(2), ip: '10.0.0.2', ip6: 'fd00::2' };
const NOBODY = '0.0.0.0';

type Guards = Omit<PortChange, 'name'>;

async function sends(bench: Bench, name: string, frame: string): Promise<boolean> {
  await bench.received();
  await bench.guests.send(name, [frame]);
  const others = Object.entries(await bench.received()).filter(([other]) => other !== name);
  return others.length > 0;
}

/** Three guests, of which the first has guards. */
function guarded(guards: Guards, use: (bench: Bench) => Promise<void>): Promise<void> {
  return withBench(async (bench) => {
    for (const name of ['a', 'b', 'server']) await bench.plug([name], { listen: false });
    await bench.client.setPort({ name: 'a', mac: A.mac, ...guards });
    await use(bench);
  });
}

const ALL = 'ipv4,ipv6,arp,servers,others';

it('spoofed MAC, IPv4, ARP, IPv6, discovery and servers are stopped, honest ones are not', () =>
  guarded({ guards: ALL, ip_addresses: `${A.ip},${A.ip6}` }, async (bench) => {
    const rows: [what: string, frame: string, reason?: string][] = [
      ['its own address', ipv4({ from: A, to: B })],
      ['ARP of its own', arp({ from: A, asks: B.ip })],
      ['a probe', arp({ from: { ...A, ip: NOBODY }, asks: A.ip })],
      ['a request of DHCP', dhcp({ from: A, type: 'discover' })],
      ['discovery of its own', neighbour({ from: A, target: A.ip6, mac: A.mac })],
      ['another MAC', ipv4({ from: { ...A, mac: B.mac }, to: B }), 'spoofed'],
      ['another address', ipv4({ from: { ...A, ip: B.ip }, to: B }), 'spoofed_ip'],
      [
        'another address behind a tag',
        tagged(ipv4({ from: { ...A, ip: B.ip }, to: B })),
        'spoofed_ip',
      ],
      ['two tags', tagged(tagged(ipv4({ from: A, to: B }))), 'unreadable'],
      ['ARP of another address', arp({ from: { ...A, ip: B.ip }, asks: A.ip }), 'spoofed_arp'],
      ['ARP with another MAC', arp({ from: A, asks: B.ip, mac: B.mac }), 'spoofed_arp'],
      [
        'discovery of another address',
        neighbour({ from: A, target: B.ip6, mac: A.mac }),
        'spoofed_nd',
      ],
      [
        'discovery with another MAC',
        neighbour({ from: A, target: A.ip6, mac: B.mac }),
        'spoofed_nd',
      ],
      [
        'an answer of DHCP',
        dhcp({ from: A, type: 'ack', client: B, gives: '10.0.0.9' }),
        'rogue_server',
      ],
      ['LLDP', `${BROADCAST}${A.mac}88cc`.replaceAll(':', '').padEnd(128, '0'), 'other_protocol'],
    ];
    const counted: Record<string, number> = {};
    for (const [what, frame, reason] of rows) {
      expect(await sends(bench, 'a', frame), what).toBe(reason === undefined);
      if (reason !== undefined) counted[`a ${reason}`] = (counted[`a ${reason}`] ?? 0) + 1;
      expect(await bench.drops(), what).toEqual(counted);
    }
    // The others may all of this.
    await bench.client.setPort({ name: 'a', guards: null, mac: null });
    for (const [what, frame, reason] of rows)
      if (reason !== 'spoofed') expect(await sends(bench, 'a', frame), what).toBe(true);
  }));

it('its address is learnt from a server, and only from one that it may have', () =>
  guarded(
    { guards: 'ipv4,arp', address_learning: 'dhcp', dhcp_servers: '10.0.0.254' },
    async (bench) => {
      const server = { mac: mac(3), ip: '10.0.0.254' };
      const learned = async () => (await bench.client.ports())[0]?.learned;
      const mine = ipv4({ from: A, to: B });
      const answer = (from: typeof server, client: typeof A) =>
        dhcp({ from, type: 'ack', client, gives: client.ip, lease: 3600 });
      expect(await sends(bench, 'a', mine)).toBe(false);
      expect(await sends(bench, 'a', dhcp({ from: A, type: 'discover' }))).toBe(true);
      // Another guest plays server, and is not heard.
      await bench.guests.send('b', [answer({ mac: B.mac, ip: B.ip }, A)]);
      expect((await bench.received()).a).toBeUndefined();
      // What is for others is theirs.
      await bench.guests.send('server', [answer(server, B)]);
      expect(await learned()).toBeNull();
      expect(await sends(bench, 'a', mine)).toBe(false);
      await bench.received();
      await bench.guests.send('server', [answer(server, A)]);
      expect((await bench.received()).a).toHaveLength(1);
      expect(await learned()).toBe(A.ip);
      expect(await sends(bench, 'a', mine)).toBe(true);
      expect(await sends(bench, 'a', arp({ from: A, asks: B.ip }))).toBe(true);
      expect(await sends(bench, 'a', ipv4({ from: { ...A, ip: B.ip }, to: B }))).toBe(false);
      // It gives the address back.
      await bench.guests.send('a', [dhcp({ from: A, type: 'release' })]);
      expect(await learned()).toBeNull();
      expect(await sends(bench, 'a', mine)).toBe(false);
      expect(await bench.drops()).toEqual({ 'a spoofed_ip': 4, 'a rogue_server': 1 });
    },
  ));

it('what was learnt holds over a restart of the switch', () =>
  inFolder(async (folder) => {
    const server = { mac: mac(3), ip: '10.0.0.254' };
    const learned = async ({ client }: Bench) => (await client.ports())[0]?.learned;
    const first = await openBench(folder);
    try {
      for (const name of ['a', 'server']) await first.bench.plug([name], { listen: false });
      const guards = { guards: 'ipv4', address_learning: 'dhcp' } as const;
      await first.bench.client.setPort({ name: 'a', mac: A.mac, ...guards });
      const ack = { type: 'ack', client: A, gives: A.ip, lease: 3600 } as const;
      await first.bench.guests.send('a', [dhcp({ from: A, type: 'discover' })]);
      await first.bench.guests.send('server', [dhcp({ from: server, ...ack })]);
      expect(await learned(first.bench)).toBe(A.ip);
      await until(
        { ms: 20_000, thing: 'ports.json', problem: 'has nothing learnt', remedy: 'see the log' },
        async () =>
          (await readFile(join(folder, 'state', 'ports.json'), 'utf8')).includes(A.ip) || undefined,
      );
    } finally {
      await first.end();
    }
    const second = await openBench(folder);
    try {
      expect(await learned(second.bench)).toBe(A.ip);
    } finally {
      await second.end();
    }
  }));

it('a run of honest frames vouches for none between them', () =>
  guarded({ guards: ALL, ip_addresses: A.ip }, async (bench) => {
    const honest = ipv4({ from: A, to: B });
    const spoofed = ipv4({ from: { ...A, ip: B.ip }, to: B });
    const answer = dhcp({ from: A, type: 'ack', client: B, gives: '10.0.0.9' });
    const run = [honest, honest, spoofed, honest, answer, honest, spoofed];
    await bench.guests.send('a', Array.from({ length: 20 }, () => run).flat());
    const { b = [] } = await bench.received();
    expect(b).toHaveLength(80);
    expect(new Set(b)).toEqual(new Set([honest]));
    expect(await bench.drops()).toEqual({ 'a spoofed_ip': 40, 'a rogue_server': 20 });
  }));

it("discovery, which ends behind a frame's head, is delivered as it was read", () =>
  guarded({ guards: 'ipv6', ip_addresses: A.ip6 }, async (bench) => {
    const honest = neighbour({ from: A, target: A.ip6, mac: A.mac });
    await bench.guests.send(
      'a',
      Array.from({ length: 100 }, () => honest),
    );
    const { b = [] } = await bench.received();
    expect(b.filter((one) => one === honest)).toHaveLength(100);
  }));
