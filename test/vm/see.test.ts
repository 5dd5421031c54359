/** What is shown of real guests' frames: capture, trace, top, watch; and a capture whose disk is full. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { packageRoot } from '../../src/switch/paths.js';
import { inFile } from '../switch/captured.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const running = useLab();
const MAIN = join(packageRoot(), 'dist/bin/main.js');
const BACK = '10.77.0.1';

const wait = (problem: string) => ({
  ...{ thing: 'the switch', problem, remedy: 'see its log', ms: 60_000 },
});

/** A command of `vmlane switch` that goes on until it is told to end. */
const going = (...words: string[]) =>
  execa(process.execPath, [MAIN, 'switch', ...words], { stdin: 'ignore', reject: false });

const ports = async () => JSON.parse(await running.lab.vmlane('switch', 'ports', '--json')).ports;

/** When as many captures as that look at a's port. */
const captured = (count: number) =>
  until(wait(`has not ${count} captures`), async () => {
    const port = (await ports()).find(({ name }: { name: string }) => name === 'a.0');
    return (port.captures ?? 0) === count || undefined;
  });

test('a capture has each frame as one guest sends it and the other gets it', async () => {
  tellAllOnFailure();
  const path = '/run/lab/see.pcapng';
  const capture = going('capture', 'a.0', 'b.hostnet0', 'icmp', '-w', path, '--json');
  await captured(1);
  const { times } = await pingFrom(running.a, '10.77.0.2');
  expect(times.size).toBe(3);
  capture.kill('SIGINT');
  const ended = await capture;
  expect([ended.exitCode, JSON.parse(ended.stdout)]).toMatchObject([
    0,
    { packets: 12, dropped: 0, lost: 0, ended: 'asked' },
  ]);
  const { frames } = inFile(readFileSync(path));
  const of = (port: string) => frames.filter((one) => one.port === port).map(({ bytes }) => bytes);
  expect(of('a.0')).toHaveLength(6);
  expect(of('b.hostnet0')).toEqual(of('a.0'));
  const { stdout } = await execa('tcpdump', ['-n', '-r', path]);
  expect(stdout.match(/10\.77\.0\.1 > 10\.77\.0\.2: ICMP echo request/g)).toHaveLength(6);
});

test('a capture whose disk is full says so in one line, and the guests go on', async () => {
  tellAllOnFailure();
  await mkdir('/run/lab/small');
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'small', '/run/lab/small']);
  const capture = going('capture', '-w', '/run/lab/small/full.pcapng');
  await captured(1);
  await running.a.run('ping -c 60 -i 0.02 -s 1400 10.77.0.2');
  const ended = await capture;
  expect([ended.exitCode, ended.stderr.trim().split('\n').at(-1)]).toEqual([
    1,
    expect.stringMatching(/^vmlane: .*ENOSPC/),
  ]);
  await captured(0);
  expect((await pingFrom(running.b, BACK)).times.size).toBe(3);
});

test('trace says where a frame of a guest would go', async () => {
  tellAllOnFailure();
  // The switch has learned both.
  expect((await pingFrom(running.a, '10.77.0.2')).times.size).toBe(3);
  const of = (frame: string) =>
    running.lab.vmlane('switch', 'trace', '--from', 'a.0', '--frame', frame);
  const arrives = await of('ether src 52:54:00:00:00:0a and ether dst 52:54:00:00:00:0b');
  expect(arrives).toContain('b.hostnet0');
  expect(await of('ether src 52:54:00:00:00:99 and ether dst 52:54:00:00:00:0b')).toContain(
    'spoofed',
  );
});

test('top has the rates of a guest that pings; watch tells when one goes and comes', async () => {
  tellAllOnFailure();
  const watch = going('watch');
  await running.a.run('ping -i 0.1 10.77.0.2 >/dev/null 2>&1 &');
  const top = await running.lab.vmlane(
    'switch',
    'top',
    '--count',
    '2',
    '--filter',
    'a.0',
    '--json',
  );
  const [port] = JSON.parse(top.trim().split('\n').at(-1) ?? '').ports;
  expect(port).toMatchObject({ name: 'a.0', state: 'up', rates: { drops: 0 } });
  for (const rate of ['rx_packets', 'tx_packets']) expect(port.rates[rate]).toBeGreaterThan(0);
  await running.a.run('killall ping');
  await running.lab.destroy('b');
  running.b = await running.lab.start('b');
  expect((await pingFrom(running.b, BACK)).times.size).toBe(3);
  watch.kill('SIGINT');
  const events = (await watch).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.filter((one) => one.port === 'b.hostnet0')).toMatchObject([
    { event: 'port-down' },
    { event: 'port-up' },
  ]);
});
