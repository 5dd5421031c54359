/** What a hostile guest tries with the addresses that its port learns. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import type { PortChange } from '../../src/switch/index.js';
import { inFolder } from '../switch/folder.js';
import { type Bench, openBench, withBench } from './bench.js';
import { mac } from './frames.js';
import { dhcp, type Host, ipv4 } from './packets.js';

const A = { mac: mac(1), ip: '10.0.0.1' };
const B = { mac: mac(2), ip: '10.0.0.2' };
const SERVER = { mac: mac(3), ip: '10.0.0.254' };

type Guards = Omit<PortChange, 'name'>;

async function plug(bench: Bench, guards: Guards): Promise<void> {
  for (const name of ['a', 'server']) await bench.plug([name], { listen: false });
  await bench.client.setPort({ name: 'a', mac: A.mac, ...guards });
}

async function passes(bench: Bench, frame: string): Promise<boolean> {
  await bench.received();
  await bench.guests.send('a', [frame]);
  return (await bench.received()).server !== undefined;
}

const learned = async (bench: Bench) => (await bench.client.ports())[0]?.learned;

async function leases(bench: Bench, from: Host = SERVER): Promise<void> {
  await bench.guests.send('a', [dhcp({ from: A, type: 'discover' })]);
  const ack = { type: 'ack', client: A, gives: A.ip, lease: 3600 } as const;
  await bench.guests.send('server', [dhcp({ from, ...ack })]);
}

it('who chose an address chooses no other: not when it is given back, nor after a restart', () =>
  inFolder(async (folder) => {
    const mine = ipv4({ from: A, to: B });
    const others = ipv4({ from: { ...A, ip: B.ip }, to: B });
    const first = await openBench(folder);
    try {
      await plug(first.bench, { guards: 'ipv4,servers', address_learning: 'any' });
      expect(await passes(first.bench, mine)).toBe(true);
      expect(await passes(first.bench, others)).toBe(false);
      expect(await passes(first.bench, dhcp({ from: A, type: 'release' }))).toBe(true);
      expect(await learned(first.bench)).toBeNull();
      expect(await passes(first.bench, others)).toBe(false);
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
      for (const name of ['a', 'server'])
        await second.bench.guests.open(name, second.bench.path(name), { listen: false });
      expect(await passes(second.bench, others)).toBe(false);
      expect(await learned(second.bench)).toBeNull();
      // The operator lets it choose again.
      await second.bench.client.setPort({ name: 'a', address_learning: 'none' });
      await second.bench.client.setPort({ name: 'a', address_learning: 'any' });
      expect(await passes(second.bench, others)).toBe(true);
      expect(await learned(second.bench)).toBe(B.ip);
    } finally {
      await second.end();
    }
  }));

it('requests of DHCP are in its own name, so that no server takes a lease from another', () =>
  withBench(async (bench) => {
    await plug(bench, { guards: 'ipv4,servers', ip_addresses: A.ip });
    const rows: [what: string, frame: string, reason?: string][] = [
      ['its own', dhcp({ from: A, type: 'discover' })],
      ['its own lease', dhcp({ from: A, type: 'release' })],
      ["another's MAC", dhcp({ from: A, type: 'discover', client: B }), 'spoofed_ip'],
      ["another's lease", dhcp({ from: A, type: 'release', lends: B.ip }), 'spoofed_ip'],
    ];
    let refused = 0;
    for (const [what, frame, reason] of rows) {
      expect(await passes(bench, frame), what).toBe(reason === undefined);
      if (reason !== undefined) refused++;
    }
    expect(await bench.drops()).toEqual({ 'a spoofed_ip': refused });
  }));

it('nothing is learnt unasked, and what is, does not outlast its VLAN or its server', () =>
  withBench(async (bench) => {
    await plug(bench, { guards: 'ipv4', address_learning: 'dhcp' });
    const ack = { type: 'ack', client: A, gives: A.ip, lease: 3600 } as const;
    await bench.guests.send('server', [dhcp({ from: SERVER, ...ack })]);
    expect((await bench.received()).a).toHaveLength(1);
    expect(await learned(bench)).toBeNull();
    await leases(bench);
    expect(await learned(bench)).toBe(A.ip);
    await bench.client.setPort({ name: 'a', ip_addresses: '10.0.0.77' });
    expect(await learned(bench)).toBe(A.ip);
    await bench.client.setPort({ name: 'a', dhcp_servers: '10.0.0.253' });
    expect(await learned(bench)).toBeNull();
    await bench.client.setPort({ name: 'a', dhcp_servers: '10.0.0.253,10.0.0.254' });
    await leases(bench);
    expect(await learned(bench)).toBe(A.ip);
    await bench.client.setPort({ name: 'a', vlan: 9 });
    expect(await learned(bench)).toBeNull();
  }));
