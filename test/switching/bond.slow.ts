/**
 * A member of a bond that fails, found by LACP: DPDK's af_packet tells no link, so nothing is quicker
 * here. A NIC that tells its link is found by that, within 10 ms (DPDK's bonding driver).
 */
import { afterEach, expect, it } from 'vitest';
import { bondOf, comesBack, isWhole, withBond, withTestpmd } from './bonds.js';
import { frame, mac } from './frames.js';
import { ip } from './tap.js';
import { makeVeth, removeVeths } from './veth.js';

afterEach(removeVeths);

/** Addresses that frames are sent to: some go by each member. */
const FLOWS = 16;

it('loses no more than was sent until it was found, and nothing from then on', async () => {
  const veths = [await makeVeth(), await makeVeth()];
  await withBond(veths, 4, (bench) =>
    withTestpmd(veths, 4, async (say) => {
      await bench.plug(['a'], { listen: false });
      say('set fwd flowgen', 'start');
      await isWhole(bench, 2);
      say('stop', 'set fwd macswap', 'start');
      await comesBack(bench, 'a');
      // The whole cable: neither end hears the other.
      await ip('link', 'set', veths[0]?.near ?? '', 'down');
      const from = Date.now();
      await isWhole(bench, 1);
      const seconds = Math.round((Date.now() - from) / 1000);
      console.log(`LACP: a member that failed is known after ${seconds} s`);
      // The other end has found it, too, when each flow comes back.
      await comesBack(bench, 'a');
      const pairs = Array.from({ length: FLOWS }, (_, i) => ({
        sent: frame({ to: mac(20 + i), from: mac(1), seed: i, length: 100 }),
        back: frame({ to: mac(1), from: mac(20 + i), seed: i, length: 100 }),
      }));
      const missing = new Set(pairs.map(({ back }) => back));
      await bench.guests.send(
        'a',
        pairs.map(({ sent }) => sent),
      );
      await expect
        .poll(async () => {
          for (const one of (await bench.received()).a ?? []) missing.delete(one);
          return missing.size;
        })
        .toBe(0);
      const { members = [] } = (await bondOf(bench)) ?? {};
      expect(members.map(({ active }) => active)).toEqual([false, true]);
    }),
  );
});
