import type { GuestConsole } from '../../lab/console.js';
import { until } from '../../lab/poll.js';

/** Waits until eth0 of a guest has a carrier, or none. */
export function carrierIs(guest: GuestConsole, wanted: '0' | '1'): Promise<unknown> {
  const thing = 'the carrier of eth0';
  const wait = { thing, problem: `is not ${wanted}`, remedy: 'see logs', ms: 60_000 };
  return until(wait, async () => {
    const { output } = await guest.run('cat /sys/class/net/eth0/carrier');
    return output.trim() === wanted || undefined;
  });
}
