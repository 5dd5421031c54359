/** Bonds: two veths, at whose other ends DPDK's testpmd has a bond, too. Needs root. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { inFolder } from '../switch/folder.js';
import { type Bench, withBench } from './bench.js';
import { frame, mac } from './frames.js';
import { ip } from './tap.js';
import { makeVeth, removeVeths, type Veth } from './veth.js';

afterEach(removeVeths);

/** Its own frames go back to who sent them. */
async function withTestpmd(
  veths: readonly Veth[],
  mode: number,
  use: (say: (...lines: string[]) => void) => Promise<void>,
): Promise<void> {
  const [first] = veths;
  // Both far ends in one namespace, which is the first one's.
  for (const { far } of veths.slice(1))
    await ip('-n', far.name, 'link', 'set', far.name, 'netns', first?.far.name ?? '');
  for (const { far } of veths) await ip('-n', first?.far.name ?? '', 'link', 'set', far.name, 'up');
  await inFolder(async (folder) => {
    const members = veths.map((_, i) => `net_af_packet${i}`);
    const vdevs = veths.map(({ far }, i) => `--vdev=${members[i]},iface=${far.name}`);
    const bond = `--vdev=net_bonding0,mode=${mode},${members.map((one) => `slave=${one}`).join(',')}`;
    const words = [
      ...['-l', '0-1', '--no-huge', '-m', '256', '--no-pci', '--no-shconf', '--log-level=warning'],
      ...[`--file-prefix=bond-${process.pid}`, ...vdevs, bond, '--', '-i', '--no-lsc-interrupt'],
      ...['--port-topology=loop', '--total-num-mbufs=4096'],
    ];
    const testpmd = execa(
      'ip',
      ['netns', 'exec', first?.far.name ?? '', 'dpdk-testpmd', ...words],
      {
        reject: false,
        cwd: folder,
        stdin: 'pipe',
      },
    );
    try {
      const say = (...lines: string[]) => testpmd.stdin.write(`${lines.join('\n')}\n`);
      say(`set portlist ${veths.length}`);
      await use(say);
    } finally {
      testpmd.stdin.end('stop\nquit\n');
      await testpmd;
    }
  });
}

function withBond(
  veths: readonly Veth[],
  mode: number,
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  const members = veths.map(({ near }, i) => `net_af_packet${i},iface=${near}`).join('+');
  const own = ['--device', `b=bond:mode=${mode},members=${members}`];
  return withBench(use, { own, memory: 256 });
}

async function bondOf({ client }: Bench) {
  return (await client.info()).devices?.find(({ of }) => of === 'b');
}

/** Until so many members carry frames. The guest sends meanwhile, as testpmd says nothing by itself. */
async function isWhole(bench: Bench, count: number): Promise<void> {
  const wait = { thing: 'bond', problem: 'has not come up', remedy: 'see the log', ms: 120_000 };
  await until(wait, async () => {
    await bench.guests.send('a', [frame({ to: mac(9), from: mac(1), seed: 2, length: 100 })]);
    const { members = [] } = (await bondOf(bench)) ?? {};
    return members.filter(({ active }) => active).length === count || undefined;
  });
}

/** A frame that the far end sends back, which takes as long as it needs to be ready. */
async function comesBack(bench: Bench, name: string): Promise<void> {
  const own = mac(1);
  const other = mac(9);
  const sent = frame({ to: other, from: own, seed: 1, length: 100 });
  const back = frame({ to: own, from: other, seed: 1, length: 100 });
  const wait = { thing: 'frame', problem: 'does not come back', remedy: 'see stats', ms: 60_000 };
  await until(wait, async () => {
    await bench.guests.send(name, [sent]);
    return (await bench.received())[name]?.includes(back) || undefined;
  });
}

describe('LACP', () => {
  it('comes up, says so, carries frames, and does without a member that is lost', async () => {
    const veths = [await makeVeth(), await makeVeth()];
    await withBond(veths, 4, (bench) =>
      withTestpmd(veths, 4, async (say) => {
        await bench.plug(['a'], { listen: false });
        // It sends and receives whatever happens: so does LACP, by what DPDK says of it.
        say('set fwd flowgen', 'start');
        await isWhole(bench, 2);
        say('stop', 'set fwd macswap', 'start');
        const { members = [] } = (await bondOf(bench)) ?? {};
        const flags = ['active', 'aggregatable', 'in_sync', 'collecting', 'distributing'];
        for (const { actor, partner, partner_system: system } of members) {
          expect(actor).toEqual(expect.arrayContaining(flags));
          expect(partner).toEqual(expect.arrayContaining(['active', 'aggregatable', 'in_sync']));
          expect(system).not.toBe('00:00:00:00:00:00');
        }
        expect(await bondOf(bench)).toMatchObject({
          ...{ driver: 'net_bonding', bond_mode: 4, link: 'up' },
          members: [
            { name: 'net_af_packet0', link: 'up', active: true },
            { name: 'net_af_packet1', link: 'up', active: true },
          ],
        });
        await comesBack(bench, 'a');
        // A guest that speaks it in the switch's place is not heard.
        const lacp = `0180c2000002${mac(1)}8809`.replaceAll(':', '').padEnd(220, '01');
        await bench.guests.send('a', [lacp]);
        const drops = async () => (await bench.stats('b')).drops.reserved;
        const wait = { thing: 'LACP', problem: 'of a guest is sent', remedy: '', ms: 60_000 };
        await until(wait, async () => (await drops()) === 1 || undefined);
        await ip('link', 'set', veths[0]?.near ?? '', 'down');
        await isWhole(bench, 1);
        await comesBack(bench, 'a');
      }),
    );
  });
});

it.each([0, 1, 2, 3, 5, 6])('mode %i carries frames', async (mode) => {
  const veths = [await makeVeth(), await makeVeth()];
  // The other end has one MAC for both, as a switch with a bundle of links has.
  await withBond(veths, mode, (bench) =>
    withTestpmd(veths, mode === 1 ? 1 : 0, async (say) => {
      say('set fwd macswap', 'start');
      await bench.plug(['a'], { listen: false });
      await comesBack(bench, 'a');
      expect(await bondOf(bench)).toMatchObject({ bond_mode: mode });
    }),
  );
});

it('is taken apart with its port, and made anew by a restart', async () => {
  const veths = [await makeVeth(), await makeVeth()];
  await withBond(veths, 1, async (bench) => {
    expect(await bondOf(bench)).toMatchObject({ bond_mode: 1 });
    await bench.client.removePort('b');
    expect(await readFile(join(bench.one.folder, 'test.log'), 'utf8')).not.toContain('cannot be');
    expect((await bench.client.info()).devices).toEqual([]);
    await expect(
      bench.client.addPort({ name: 'c', path: '', device: 'bond:members=net_null0+net_null1' }),
    ).resolves.toMatchObject({ changed: true });
  });
});

it.each([
  ['bond:', 'its settings are mode and, at the end, members'],
  ['bond:mode=7,members=net_null0', 'its mode is a digit from 0 to 6'],
  ['bond:mode=10,members=net_null0', 'its mode is a digit from 0 to 6'],
  ['bond:members=', 'a member has no name'],
  ['bond:members=net_null0+', 'a member has no name'],
  ['bond:members=net_null0+net_null0', 'a member is named twice'],
  ['bond:members=bond:members=net_null0', 'a bond is no member of a bond'],
  ['bond:speed=1,members=net_null0', 'its settings are mode and, at the end, members'],
  [`bond:members=${Array.from({ length: 9 }, (_, i) => `net_null${i}`).join('+')}`, 'at most 8'],
  ['bond:members=net_nothing0', 'its member net_nothing0: '],
  ['bond:members=net_tap0,iface=x', 'it takes rights that a running switch has given up'],
])('%s is refused in a line', (device, problem) =>
  withBench(async ({ client }) => {
    await expect(client.addPort({ name: 'b', path: '', device })).rejects.toThrow(problem);
    expect((await client.info()).devices).toEqual([]);
  }),
);
