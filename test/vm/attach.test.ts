import { execa } from 'execa';
import { expect, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { until } from '../../lab/poll.js';
import { packageRoot } from '../../src/switch/paths.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const XML = `${packageRoot()}/test/vm/attach.xml`;
const MACS = ['52:54:00:00:02:01', '52:54:00:00:02:02'] as const;
const running = useLab();

const wait = (thing: string) => ({
  thing,
  problem: 'is not there',
  remedy: 'see logs',
  ms: 120_000,
});

async function ports(): Promise<Record<string, string>> {
  const { ports } = JSON.parse(await running.lab.vmlane('switch', 'ports', '--json'));
  return Object.fromEntries(
    ports.map(({ name, state }: { name: string; state: string }) => [name, state]),
  );
}

/** The guest's name of the NIC, once its driver has it. */
function deviceOf(guest: GuestConsole, mac: string): Promise<string> {
  return until(wait(`NIC ${mac}`), async () => {
    const { output } = await guest.run(`grep -l ${mac} /sys/class/net/*/address`);
    return /net\/(\w+)\//.exec(output)?.[1];
  });
}

test('NICs come to a running guest and carry frames, and go, their ports with them', async () => {
  tellAllOnFailure();
  const { lab, b } = running;
  await execa('virsh', ['--quiet', 'define', XML]);
  await execa('virsh', ['--quiet', 'start', 'h']);
  const h = new GuestConsole('h');
  await h.ready();

  for (const [i, mac] of MACS.entries()) {
    await lab.vmlane('domain', 'attach', 'h', '--mac', mac);
    expect(await ports()).toMatchObject({ [`h.${i}`]: expect.stringMatching(/up|waiting/) });
    const device = await deviceOf(h, mac);
    await h.run(`ip link set ${device} up; ip addr add 10.77.${i}.40/24 dev ${device}`);
  }
  await b.run('ip addr add 10.77.1.2/24 dev eth0');
  for (const address of ['10.77.0.2', '10.77.1.2']) {
    await until(wait(`answer from ${address}`), async () => {
      const { status } = await h.run(`ping -c 1 -W 1 ${address}`);
      return status === 0 || undefined;
    });
    const { output } = await h.run(`ping -c 10 -i 0.05 -W 15 ${address}`);
    expect(output).toContain('10 packets transmitted, 10 packets received');
  }

  const again = JSON.parse(
    await lab.vmlane('domain', 'attach', 'h', '--mac', MACS[0], '--json'),
  ) as object;
  expect(again).toMatchObject({ changed: false, path: '/run/vmlane/guests/h/0.sock' });
  const planned = await lab.vmlane('domain', 'attach', 'h', '--dry-run', '--json');
  expect(JSON.parse(planned)).toMatchObject({
    changed: false,
    path: '/run/vmlane/guests/h/2.sock',
  });

  await lab.vmlane('domain', 'detach', 'h', MACS[0]);
  expect(await ports()).not.toHaveProperty(['h.0']);
  expect((await h.run('ping -c 3 -i 0.05 -W 15 10.77.1.2')).status).toBe(0);
  await lab.vmlane('domain', 'detach', 'h', MACS[1]);
  expect(Object.keys(await ports()).filter((name) => name.startsWith('h.'))).toEqual([]);
  const { stdout } = await execa('virsh', ['dumpxml', 'h']);
  expect(stdout).not.toContain('<interface');
  h.close();
});
