import { expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { withBench } from './bench.js';
import { mac } from './frames.js';
import { startSwitch } from './start.js';

const TIMES = 20;
const pairs = [
  { names: ['a', 'b'], options: { listen: true } },
  { names: ['c', 'd'], options: { listen: true, eventIndex: true } },
  { names: ['e', 'f'], options: { listen: false } },
];

it(`killed with -9 and started again ${TIMES} times under traffic: all ports resume`, () =>
  withBench(async (bench) => {
    for (const { names, options } of pairs) await bench.plug(names, options);
    const names = pairs.flatMap((pair) => pair.names);
    const outages: number[] = [];
    let sent = 0;
    let missing = 0;
    for (let i = 0; i < TIMES; i++) {
      await bench.guests.traffic(names);
      await bench.one.end('SIGKILL');
      bench.one = await startSwitch(bench.one.folder);
      await until(wait('all ports'), async () => {
        const up = (await bench.client.ports()).filter(({ state }) => state === 'up');
        return up.length === names.length || undefined;
      });
      await pause();
      const { directions, reconnects } = await bench.guests.quiet();
      expect(reconnects).toBe(names.length);
      expect(directions).toHaveLength(names.length);
      for (const direction of directions) {
        outages.push(direction.longestMs);
        sent += direction.sent;
        missing += direction.lost;
        // Those that were in the switch when it died, and no more.
        expect(direction.lost).toBeLessThan(500);
      }
      // Each guest hears the other after the restart.
      await until(wait('traffic in all directions'), async () => {
        await bench.guests.traffic(names);
        await pause();
        const { directions: all } = await bench.guests.quiet();
        for (const { lost } of all) expect(lost).toBe(0);
        return all.every(({ received }) => received > 0) || undefined;
      });
    }
    outages.sort((one, other) => one - other);
    const at = (share: number) => outages[Math.floor(share * (outages.length - 1))]?.toFixed(0);
    console.log(
      `${TIMES} restarts, ${names.length} ports: outage median ${at(0.5)} ms, ` +
        `longest ${at(1)} ms; ${missing} of ${sent} frames lost`,
    );
  }));

it('numbers, VLANs, fixed addresses and limits of ports are kept over a restart', () =>
  withBench(async (bench) => {
    const { client } = bench;
    for (const name of ['a', 'b', 'c']) {
      await client.addPort({ name: `${name}.sock`, path: bench.path(name) });
    }
    await client.removePort('a.sock');
    const change = { vlan: 100, mac: mac(1), other_macs: 1, address_limit: 7, flood_limit: 1000 };
    await client.setPort({ name: 'b.sock', ...change });
    const before = await client.ports();
    expect(before).toMatchObject([
      { id: 1, name: 'b.sock', ...change },
      { id: 2, name: 'c.sock', tag: 1002 },
    ]);
    await bench.one.end('SIGKILL');
    // The command line names a port again whose settings have changed since.
    const own = ['--client', '--socket-file', bench.path('b'), '--socket-file', bench.path('d')];
    bench.one = await startSwitch(bench.one.folder, { own });
    const [d, ...others] = await client.ports().catch(() => client.ports());
    expect(d).toMatchObject({ id: 0, name: 'd.sock', tag: 1000 });
    expect(others).toEqual(before);
  }));

const wait = (thing: string) => ({
  ...{ thing, problem: 'not there after the restart', remedy: "see the switch's log" },
  ms: 60_000,
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
