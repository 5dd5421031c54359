/** What `trace.frame` says of a frame is what then becomes of it; and it changes nothing itself. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';
import { type Bench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { arp, dhcp, ipv4 } from './packets.js';
import { toPcap } from './pcap.js';

/** Names, and their guests' numbers: address mac(n), 10.0.0.n. */
const NUMBER = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, t: 7, g: 8, x: 9, y: 10, o: 11 } as const;
type Name = keyof typeof NUMBER;
const NAMES = Object.keys(NUMBER) as Name[];
const NOBODY = 99;

/** In no VLAN, in one, isolated in it, a trunk, guarded, the ends of a relay, transparent. */
async function scene(bench: Bench): Promise<void> {
  await bench.plug(['a', 'b'], { listen: false });
  await bench.plug(['c', 'd', 'e', 'f'], { listen: false, vlan: 50 });
  await bench.plug(['t'], { listen: false, mode: 'trunk', trunks: '50,60' });
  await bench.plug(['g'], { listen: false });
  await bench.plug(['x', 'y'], { listen: false, relay: 'r' });
  await bench.plug(['o'], { listen: false, mode: 'transparent', vlan: 60 });
  for (const name of ['e', 'f']) await bench.client.setPort({ name, isolated: 1 });
  const guards = { guards: 'ipv4,ipv6,arp,servers,others', ip_addresses: '10.0.0.8' };
  await bench.client.setPort({ name: 'g', mac: mac(NUMBER.g), ...guards });
  // Else what is held now may be free when it is sent.
  await bench.client.set({ hold: 1_000_000 });
  for (const name of ['a', 'c', 'e', 'g', 't'] as const) {
    const tags = name === 't' ? [50] : [];
    await bench.guests.send(name, [frame({ to: BROADCAST, from: mac(NUMBER[name]), tags })]);
  }
}

interface Sent {
  from: Name;
  frame: string;
}

const of = (n: number) => ({ mac: mac(n), ip: `10.0.0.${n}`, ip6: `fd00::${n}` });

/** Each sender to others, everybody and nobody, with tags and without, in its own name and in another's. */
function frames(): Sent[] {
  const targets = [...NAMES.map((name) => mac(NUMBER[name])), mac(NOBODY), BROADCAST];
  const plain = NAMES.flatMap((from, i) =>
    targets.flatMap((to, j) =>
      [[], [0], [50], [60], [7]].flatMap((tags, k) => {
        const source = (i + j + k) % 4 ? NUMBER[from] : NUMBER.c;
        // A seventh of all, another one of each sender, target and tag.
        if ((3 * i + 2 * j + k) % 7) return [];
        return [{ from, frame: frame({ to, from: mac(source), tags, type: 0x88b5 }) }];
      }),
    ),
  );
  const g = of(NUMBER.g);
  const guarded: Sent[] = (
    [
      ipv4({ from: g, to: of(NUMBER.a) }),
      ipv4({ from: { ...g, ip: '10.0.0.77' }, to: of(NUMBER.a) }),
      arp({ from: g, asks: '10.0.0.1' }),
      dhcp({ from: g, type: 'discover' }),
    ] as const
  ).map((bytes) => ({ from: 'g', frame: bytes }));
  const bad = ['', mac(1).replaceAll(':', '').repeat(2), frame({ to: BROADCAST, from: BROADCAST })];
  return [
    ...plain,
    ...guarded,
    ...bad.slice(1).map((bytes) => ({ from: 'a' as const, frame: bytes })),
  ];
}

/** VLAN of a frame's tag; undefined: it has none. */
function tagOf(bytes: string): number | undefined {
  return bytes.slice(24, 28) === '8100'
    ? Number.parseInt(bytes.slice(28, 32), 16) & 0xfff
    : undefined;
}

it('is what becomes of the frame, in every mode of ports, and changes nothing', () =>
  withBench(async (bench) => {
    await scene(bench);
    await bench.received();
    const state = async () => ({
      drops: await bench.drops(),
      fdb: (await bench.client.fdb()).entries
        .map(({ mac: m, vlan, port }) => `${m} ${vlan} ${port}`)
        .sort(),
      learned: (await bench.client.ports()).map(({ learned }) => learned),
    });
    const seen = { forwarded: 0, flooded: 0, dropped: 0 };
    for (const { from, frame: bytes } of frames()) {
      const before = await state();
      const said = await bench.client.trace(from, bytes);
      expect(await state()).toEqual(before);

      await bench.guests.send(from, [bytes]);
      const got = await bench.received();
      const what = `${from} ${bytes.slice(0, 40)}`;
      const to = Object.entries(got).flatMap(([port, all]) =>
        all.map((one) => ({ port, ...(tagOf(one) !== undefined && { tag: tagOf(one) }) })),
      );
      const byPort = (a: { port: string }, b: { port: string }) => a.port.localeCompare(b.port);
      expect([what, ...[...said.to].sort(byPort)]).toEqual([what, ...to.sort(byPort)]);
      const after = await state();
      const drops = Object.entries(after.drops).flatMap(([key, n]) =>
        Array<string>(n - (before.drops[key] ?? 0)).fill(key),
      );
      expect([what, ...said.drops.map(({ port, reason }) => `${port} ${reason}`).sort()]).toEqual([
        what,
        ...drops.sort(),
      ]);
      const isNew = after.fdb.filter((entry) => !before.fdb.includes(entry));
      expect([what, said.source === 'learned' || said.source === 'moved']).toEqual([
        what,
        isNew.length > 0,
      ]);
      seen[said.flooded ? 'flooded' : to.length > 0 ? 'forwarded' : 'dropped']++;
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
  }));

it('says why a port that has no guest, or no link, gets and sends nothing', () =>
  withBench(async (bench) => {
    await bench.plug(['a'], { listen: false });
    await bench.client.addPort({ name: 'w', path: bench.path('w'), mac: mac(20), vlan: 7 });
    const bytes = frame({ to: mac(20), from: mac(1) });
    expect(await bench.client.trace('w', bytes)).toMatchObject({
      ...{ vlan: 7, to: [], drops: [{ port: 'w', reason: 'not_ready' }] },
    });
    await bench.client.setPort({ name: 'w', vlan: 0 });
    expect((await bench.client.trace('a', bytes)).drops).toEqual([
      { port: 'w', reason: 'not_ready' },
    ]);
    await bench.client.setPort({ name: 'w', link: 'disable' });
    expect((await bench.client.trace('a', bytes)).drops).toEqual([
      { port: 'w', reason: 'link_down' },
    ]);
  }));

it('takes frames in words, as bytes and from captures', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b'], { listen: false });
    await bench.guests.send('b', [frame({ to: BROADCAST, from: mac(2) })]);
    const main = join(packageRoot(), 'dist/bin/main.js');
    const trace = async (...words: string[]) => {
      const { stdout, stderr, exitCode } = await execa(
        process.execPath,
        [main, 'switch', 'trace', '--control-socket', bench.one.socket, '--from', 'a', ...words],
        { reject: false },
      );
      return { stdout, stderr, exitCode };
    };
    const way = `from a, in no VLAN
source ${mac(1)}: would be learned at a
destination ${mac(2)}: at b
goes to b (untagged)`;
    const text = `ether src ${mac(1)} and ether dst ${mac(2)} and ip src 10.0.0.1 and udp dst port 53`;
    expect(await trace('--frame', text)).toMatchObject({ stdout: way, exitCode: 0 });
    const bytes = frame({ to: mac(2), from: mac(1) });
    expect(await trace('--hex', bytes)).toMatchObject({ stdout: way, exitCode: 0 });
    const file = join(bench.one.folder, 'seen.pcap');
    await writeFile(file, toPcap([frame({ to: BROADCAST, from: mac(1) }), bytes]));
    expect(await trace('--file', file, '--number', '2')).toMatchObject({
      stdout: way,
      exitCode: 0,
    });
    expect((await trace('--file', file)).stdout).toContain('goes to all in its VLAN: b (untagged)');
    for (const [words, problem] of [
      [['--file', file, '--number', '3'], `${file}: has no frame 3; give a smaller --number`],
      [['--file', main], 'is no capture'],
      [['--file', join(bench.one.folder, 'none')], 'cannot be read (ENOENT); name a capture'],
      [[], 'trace: wants one of --frame, --file and --hex'],
      [['--hex', 'abc'], '--hex: is no row of bytes; give two digits for each'],
      [['--frame', 'ether dst 1'], 'frame: 1: is not a MAC'],
    ] as const) {
      const { stderr, exitCode } = await trace(...words);
      expect(stderr).toContain(problem);
      expect(exitCode).toBe(2);
    }
  }));
