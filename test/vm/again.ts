/** Removes the port of guest a and adds it with these settings; waits until the guest is back on it. */
import { until } from '../../lab/poll.js';
import type { Running } from './use-lab.js';

/** The port's counters begin anew. */
export async function portAgain({ lab }: Running, ...settings: string[]): Promise<void> {
  await lab.vmlane('switch', 'remove', 'a.0');
  await lab.vmlane('switch', 'add', 'a.0', '--path', '/run/vmlane/guests/a/0.sock', ...settings);
  const wait = { thing: 'port a.0', problem: 'stays without its guest', remedy: 'see logs' };
  await until({ ...wait, ms: 15_000 }, async () => {
    const { ports } = JSON.parse(await lab.vmlane('switch', 'ports', '--json'));
    const found = ports.find((port: { name: string }) => port.name === 'a.0');
    return found?.state === 'up' || undefined;
  });
}
