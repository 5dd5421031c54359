/** Devices that are interfaces of the host, of which the kernel leaves work to the other end. Needs root. */
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { PYTHON } from '../../lab/python.js';
import { type Bench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { ip, type Tap, tcp } from './tap.js';
import { deviceOf, makeVeth, plugTap, removeVeths, sendFrom, withDevice } from './veth.js';

afterEach(removeVeths);

const DRIVERS = ['net_af_packet0', 'net_af_xdp0'];

const OFFLOADS: [what: string, own: string[]][] = [
  ['whole frames', []],
  ['checksums left out', ['--tx-csum', '1']],
  ['segments of 64 KiB', ['--tx-csum', '1', '--tso', '1', '--mergeable', '1']],
];

describe.each(DRIVERS)('through %s', (driver) => {
  it.each(OFFLOADS)('TCP arrives whole, both ways: %s', async (_, own) => {
    const veth = await makeVeth();
    await withDevice(veth, driver, own, async (bench) => {
      const tap = await plugTap(bench);
      await tcp(veth.far, tap, 16);
      await tcp(tap, veth.far, 16);
    });
  });

  it.each(['10.9.0', 'fd09:'])(
    'UDP that was handed over as one arrives as it is: %s',
    async (net) => {
      const veth = await makeVeth();
      await withDevice(veth, driver, [], async (bench) => {
        const tap = await plugTap(bench);
        const to = await addressIn(net, tap, 1);
        await addressIn(net, veth.far, 2);
        expect(await sendDatagrams(veth.far, tap, to)).toEqual([...Array(7).fill(1000), 400]);
      });
    },
  );
});

/** Gives a host one more address, and returns it. */
async function addressIn(net: string, { name }: Tap, n: number): Promise<string> {
  const ipv6 = net.includes(':');
  const address = ipv6 ? `${net}:${n}` : `${net}.${n + 100}`;
  const words = ipv6 ? [`${address}/64`, 'dev', name, 'nodad'] : [`${address}/24`, 'dev', name];
  await ip('-n', name, 'address', 'add', ...words);
  return address;
}

const HEAR_DATAGRAMS = `import random, socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 5001))
s.settimeout(60)
print("ready", flush=True)
want, lengths, got = random.Random(2).randbytes(7400), [], b""
while len(got) < 7400:
    one = s.recv(65535)
    lengths.append(len(one))
    got += one
print(lengths if got == want else "other bytes")`;

/** UDP_SEGMENT of Linux, as senders of QUIC use it: 7,400 bytes in one go, in datagrams of 1,000. */
const SEND_DATAGRAMS = `import random, socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(17, 103, 1000)
s.sendto(random.Random(2).randbytes(7400), (sys.argv[1], 5001))`;

/** The lengths of datagrams that arrive, with the bytes that were sent. */
async function sendDatagrams(from: Tap, to: Tap, address: string): Promise<number[]> {
  const inside = ({ name }: Tap) => ['netns', 'exec', name, PYTHON, '-c'];
  const server = execa('ip', [...inside(to), HEAR_DATAGRAMS, address]);
  await new Promise((resolve, reject) => {
    server.stdout?.setEncoding('utf8').once('data', resolve);
    server.catch(reject);
  });
  await ip(...inside(from), SEND_DATAGRAMS, address);
  return JSON.parse((await server).stdout.split('\n').at(-1) ?? '') as number[];
}

const ALL_OFFLOADS = ['--tx-csum', '1', '--tso', '1', '--mergeable', '1'];

it('TCP passes a trunk between two switches, with the tag of its VLAN', async () => {
  const [host, wire] = [await makeVeth(), await makeVeth()];
  // Both ends of the wire are the switches'.
  await ip('-n', wire.far.name, 'link', 'set', wire.far.name, 'netns', String(process.pid));
  await ip('link', 'set', wire.far.name, 'up');
  const trunk = { vlan_mode: 'trunk', trunks: '7,8' } as const;
  const own = (device: string) => [
    ...ALL_OFFLOADS,
    '--device',
    `trunk=net_af_packet0,iface=${device}`,
  ];
  const plain = ['--device', `plain=${deviceOf('net_af_packet1', host)}`];
  await withBench(
    async (one) => {
      await one.client.setPort({ name: 'trunk', ...trunk });
      await one.client.setPort({ name: 'plain', vlan: 8 });
      await withBench(
        async (other) => {
          await other.client.setPort({ name: 'trunk', ...trunk });
          await other.plug(['in7'], { vlan: 7 });
          const tap = await plugTap(other, { vlan: 8 });
          await tcp(host.far, tap, 16);
          await tcp(tap, host.far, 16);
          expect((await other.received()).in7 ?? []).toEqual([]);
        },
        { own: own(wire.far.name) },
      );
    },
    { own: [...own(wire.near), ...plain] },
  );
});

/** Waits until guests have heard what they should; returns all frames that they heard. */
async function hear(bench: Bench, wanted: Record<string, string[]>): Promise<typeof wanted> {
  const heard: typeof wanted = {};
  const wait = { thing: 'a guest', problem: 'does not hear its frames', remedy: '', ms: 60_000 };
  return until(wait, async () => {
    for (const [guest, frames] of Object.entries(await bench.received())) {
      heard[guest] = [...(heard[guest] ?? []), ...frames];
    }
    const whole = Object.entries(wanted).every(([guest, texts]) =>
      texts.every((text) => heard[guest]?.some((one) => one.startsWith(text))),
    );
    return whole ? heard : undefined;
  });
}

const TAGS: [from: number[], hear: Record<string, number[]>][] = [
  [[7], { in7: [], trunk: [7] }],
  [[8], { trunk: [8] }],
  [[9], {}],
  [[], {}],
];

it.each(DRIVERS)('frames through %s pass with their tags, whoever they are for', async (driver) => {
  const veth = await makeVeth();
  await withDevice(veth, driver, [], async (bench) => {
    await bench.client.setPort({ name: 'x', vlan_mode: 'trunk', trunks: '7,8' });
    await bench.plug(['trunk'], { mode: 'trunk' });
    await bench.plug(['in7'], { vlan: 7 });
    for (const to of [mac(1), BROADCAST, '01:00:5e:00:00:fb', '33:33:00:00:00:01']) {
      const wanted: Record<string, string[]> = { in7: [], trunk: [] };
      for (const [tags, seen] of TAGS) {
        await sendFrom(veth, frame({ to, from: mac(9), tags, length: 68 }));
        for (const [guest, own] of Object.entries(seen)) {
          // Up to what is behind the tag.
          const text = frame({ to, from: mac(9), tags: own }).slice(0, 28 + 8 * own.length);
          wanted[guest]?.push(text);
        }
      }
      const heard = await hear(bench, wanted);
      expect([heard.in7?.length, heard.trunk?.length]).toEqual([1, 2]);
    }
    // Each of the others; the far end's kernel has something to say by itself, too.
    expect((await bench.drops())['x vlan_unknown']).toBeGreaterThanOrEqual(8);
  });
});

it("DPDK's own driver, which other settings ask for, has its checksums completed, too", async () => {
  const veth = await makeVeth();
  const device = `x=${deviceOf('net_af_packet0', veth)},qpairs=1`;
  await withBench(
    async (bench) => {
      await tcp(await plugTap(bench), veth.far, 4);
      expect((await bench.client.info()).devices?.[0]?.driver).toBe('net_af_packet');
    },
    { own: [...ALL_OFFLOADS, '--device', device], memory: 192 },
  );
});
