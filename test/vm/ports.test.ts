import { expect, test } from 'vitest';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const running = useLab();

test('a guest that takes another MAC is not heard, until its port lets other addresses in', async () => {
  tellAllOnFailure();
  const { lab, a } = running;
  expect(await replies()).toBe(3);
  const link = 'ip link set eth0';
  const { output } = await a.run(`${link} down && ${link} address 02:00:00:00:00:77 && ${link} up`);
  expect(output).toBe('');
  expect(await replies(2)).toBe(0);
  const { drops } = JSON.parse(await lab.vmlane('domain', 'show', 'a', '--json')).nics[0];
  expect(drops.spoofed).toBeGreaterThan(0);
  await lab.vmlane('switch', 'set', 'a.0', '--other-macs', '1');
  expect(await replies()).toBe(3);
  await a.run(`${link} down && ${link} address 52:54:00:00:00:0a && ${link} up`);
  await lab.vmlane('switch', 'set', 'a.0', '--other-macs', '0');
  expect(await replies()).toBe(3);
});

test('a port that is removed and added again, in a VLAN and out of it, serves its running guest', async () => {
  tellAllOnFailure();
  const before = await running.lab.qemuPid('a');
  await again('--vlan', '100');
  expect(await replies(2)).toBe(0);
  await again();
  expect(await replies()).toBe(3);
  expect(await running.lab.qemuPid('a')).toBe(before);
});

/** Removes guest a's port and adds it with these settings; waits until the guest is back on it. */
async function again(...settings: string[]): Promise<void> {
  const { lab } = running;
  await lab.vmlane('switch', 'remove', 'a.0');
  await lab.vmlane('switch', 'add', 'a.0', '--path', '/run/vmlane/guests/a/0.sock', ...settings);
  const wait = { thing: 'port a.0', problem: 'stays without its guest', remedy: 'see logs' };
  await until({ ...wait, ms: 15_000 }, async () => {
    const { ports } = JSON.parse(await lab.vmlane('switch', 'ports', '--json'));
    return ports.some((port: { name: string; state: string }) => {
      return port.name === 'a.0' && port.state === 'up';
    })
      ? true
      : undefined;
  });
}

/** How many of three pings from guest a to guest b come back within the seconds. */
async function replies(seconds = 15): Promise<number> {
  return (await pingFrom(running.a, '10.77.0.2', { seconds })).times.size;
}
