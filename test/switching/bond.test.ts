/** Bonds: two veths, at whose other ends DPDK's testpmd has a bond, too. Needs root. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { withBench } from './bench.js';
import { bondOf, comesBack, isWhole, withBond, withTestpmd } from './bonds.js';
import { mac } from './frames.js';
import { makeVeth, removeVeths } from './veth.js';

afterEach(removeVeths);

describe('LACP', () => {
  it('comes up, says so and carries frames', async () => {
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
