import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { patience } from '../../lab/slow.js';
import type { Diagnosed } from '../../src/guests/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { portAgain } from './again.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const running = useLab();

test('virsh shows what a guest received and sent, by what host setup --domifstat puts in place', async () => {
  tellAllOnFailure();
  const { lab } = running;
  await lab.vmlane('host', 'setup', '--domifstat', '--unchecked');
  // libvirt asks for its port's name when it starts.
  await lab.destroy('a');
  running.a = await lab.start('a');
  const virsh = async (...words: string[]) => (await execa('virsh', words)).stdout;
  const countOf = (text: string, name: string) =>
    Number(new RegExp(`${name}[ =](-?\\d+)`).exec(text)?.[1]);
  const of = (way: string) => `/sys/class/net/eth0/statistics/${way}_packets`;
  /** Received and sent frames, in the guest and by virsh. */
  const bothCounts = async () => {
    const { output } = await running.a.run(`cat ${of('rx')} ${of('tx')}`);
    const text = await virsh('domifstat', 'a', '52:54:00:00:00:0a');
    const here = ['rx_packets', 'tx_packets', 'rx_drop', 'tx_errs'].map((n) => countOf(text, n));
    return { inGuest: output.trim().split(/\s+/).map(Number), here, text };
  };
  expect(await replies()).toBe(3);
  // While it boots, one that is not read yet may be counted on one side alone, or dropped.
  const before = await bothCounts();
  // Nobody answers: it sends more than it receives.
  await running.a.run('ping -c 5 -i 0.2 -W 1 10.77.0.99');
  const wait = { thing: 'guest a', problem: 'has other counters', remedy: 'see logs', ms: 60_000 };
  const { here, text } = await until(wait, async () => {
    const now = await bothCounts();
    const growth = (which: 'inGuest' | 'here') =>
      [0, 1].map((i) => (now[which][i] ?? 0) - (before[which][i] ?? 0));
    return `${growth('here')}` === `${growth('inGuest')}` ? now : undefined;
  });
  expect((here[1] ?? 0) - (before.here[1] ?? 0)).toBeGreaterThanOrEqual(3);
  expect(here[1]).toBeGreaterThan(here[0] ?? 0);
  expect(countOf(text, 'tx_bytes')).toBeGreaterThan(countOf(text, 'rx_bytes'));
  expect(here.slice(2)).toEqual(before.here.slice(2));
  // virt-manager and exporters ask in this way.
  const stats = await virsh('domstats', 'a', '--interface');
  expect(stats).toContain('net.0.name=a.0\n');
  expect(countOf(stats, 'net.0.tx.pkts')).toBeGreaterThanOrEqual(countOf(text, 'tx_packets'));
  expect(countOf(stats, 'net.0.rx.bytes')).toBeGreaterThanOrEqual(countOf(text, 'rx_bytes'));

  // Where QEMU listens, libvirt asks by the whole path.
  const path = '/run/vmlane/guests/c.sock';
  await lab.vmlane('switch', 'add', 'listens', '--path', path, '--listener', 'qemu');
  const nic = `<interface type='vhostuser'><source type='unix' path='${path}' mode='server'/><model type='virtio'/></interface>`;
  await writeFile(
    '/run/lab/c.xml',
    // libvirt 11 asks for shared memory.
    `<domain type='qemu'><name>c</name><memory unit='MiB'>64</memory><memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>${nic}</devices></domain>`,
  );
  await virsh('create', '/run/lab/c.xml', '--paused');
  expect(await virsh('domifstat', 'c', 'listens')).toContain('listens rx_packets 0\n');
  await virsh('destroy', 'c');
  await lab.vmlane('switch', 'remove', 'listens');

  await lab.vmlane('host', 'setup', '--undo');
  await expect(virsh('domifstat', 'a', 'a.0')).rejects.toThrow('Interface not found');
});

test('a guest that takes another MAC is not heard, until its port lets other addresses in', async () => {
  tellAllOnFailure();
  const { lab, a } = running;
  expect(await replies()).toBe(3);
  const link = 'ip link set eth0';
  const { output } = await a.run(`${link} down && ${link} address 02:00:00:00:00:77 && ${link} up`);
  expect(output).toBe('');
  expect(await replies(2)).toBe(0);
  await a.run('ping -c 60 -W 1 10.77.0.2 >/dev/null 2>&1 &');
  const says = /^NIC 0, sends: \d+ frames were dropped: spoofed: /;
  await expect.poll(diagnosis, { timeout: patience(60_000) }).toMatch(says);
  await a.run('killall ping');
  const { drops } = JSON.parse(await lab.vmlane('domain', 'show', 'a', '--json')).nics[0];
  expect(drops.spoofed).toBeGreaterThan(0);
  await lab.vmlane('switch', 'set', 'a.0', '--other-macs', '1');
  expect(await replies()).toBe(3);
  await a.run(`${link} down && ${link} address 52:54:00:00:00:0a && ${link} up`);
  await lab.vmlane('switch', 'set', 'a.0', '--other-macs', '0');
  expect(await replies()).toBe(3);
  expect(await diagnosis()).toBeUndefined();
});

test('a port that is removed and added again, in a VLAN and out of it, serves its running guest', async () => {
  tellAllOnFailure();
  const before = await running.lab.qemuPid('a');
  await portAgain(running, '--vlan', '100');
  expect(await replies(2)).toBe(0);
  expect(await diagnosis()).toMatch(/^NIC 0, settings: (mac|vlan|other_macs) of port a\.0 is /);
  await portAgain(running);
  expect(await replies()).toBe(3);
  expect(await running.lab.qemuPid('a')).toBe(before);
});

/** The first thing that `vmlane doctor` finds wrong with guest a; undefined: nothing. */
async function diagnosis(): Promise<string | undefined> {
  const program = join(packageRoot(), 'dist/bin/main.js');
  const ran = await execa(process.execPath, [program, 'doctor', 'a', '--json'], { reject: false });
  const { steps } = JSON.parse(ran.stdout) as { steps: Diagnosed[] };
  const wrong = steps.find(({ ok }) => !ok);
  expect(ran.exitCode).toBe(wrong ? 1 : 0);
  return wrong && `NIC ${wrong.nic}, ${wrong.step}: ${wrong.says}`;
}

/** How many of three pings from guest a to guest b come back within the seconds. */
async function replies(seconds = 15): Promise<number> {
  return (await pingFrom(running.a, '10.77.0.2', { seconds })).times.size;
}
