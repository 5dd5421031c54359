/** `vmlane switch capture` against a real switch: lines, files, pipes, and how it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { packageRoot } from '../../src/switch/paths.js';
import { vmlane } from '../cli/test-io.js';
import { inFile } from '../switch/captured.js';
import { type Bench, useBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';

const shared = useBench();

/** The command line, until `act` has been done and is followed by Ctrl-C. */
async function during(
  words: string[],
  act: (bench: Bench, isOver: () => boolean) => Promise<void>,
) {
  const bench = shared();
  const stop = new AbortController();
  const at = ['--control-socket', bench.one.socket];
  const before = await running(bench);
  const ran = vmlane(['switch', 'capture', ...words, ...at], { interrupted: () => stop.signal });
  let over = false;
  void ran.finally(() => {
    over = true;
  });
  await until(wait('capture'), async () => over || (await running(bench)) > before || undefined);
  if (!over) await act(bench, () => over);
  stop.abort();
  return ran;
}

const wait = (thing: string) => ({
  ...{ thing, problem: 'is not as it should be', remedy: 'see the log', ms: 60_000 },
});

const running = async (bench: Bench) =>
  (await bench.client.ports()).reduce((sum, { captures = 0 }) => sum + captures, 0);

const arp = (to: string, from: string) => {
  const sender = from.replaceAll(':', '');
  const body = `0001080006040001${sender}0a000001${'00'.repeat(6)}0a000002`;
  return `${to.replaceAll(':', '')}${sender}0806${body}${'00'.repeat(18)}`;
};

it('prints a line for each frame as tcpdump does, with port, direction and reason', async () => {
  const bench = shared();
  await bench.plug(['web0', 'db1']);
  await bench.client.setPort({ name: 'web0', mac: mac(1) });
  const ran = await during([], async () => {
    await bench.guests.send('web0', [arp(BROADCAST, mac(1)), arp(BROADCAST, mac(9))]);
    expect(Object.keys(await bench.received())).toEqual(['db1']);
    await until(wait('drop'), async () => (await bench.drops())['web0 spoofed'] || undefined);
  });
  const said = /\d\d:\d\d:\d\d\.\d{6} ARP, Request who-has 10\.0\.0\.2 tell 10\.0\.0\.1, length 46/;
  const lines = ran.out.trimEnd().split('\n');
  expect(lines.map((line) => line.replace(said, 'ARP')).toSorted()).toEqual([
    'db1 out ARP',
    'web0 in  ARP',
    'web0 in  dropped: spoofed ARP',
  ]);
  expect([ran.status, ran.err]).toEqual([
    0,
    'vmlane: all 2 ports: frames go to standard output until this is interrupted\n' +
      'vmlane: 3 frames, 1 of them dropped by the switch; 0 missing, as they came too fast\n',
  ]);
});

it('ports and a filter are told apart; a file, and what it says as JSON', async () => {
  const bench = shared();
  await bench.plug(['web0', 'db1', 'db2']);
  const path = join(bench.one.folder, 'a.pcapng');
  const words = ['db1', 'arp', '-w', path, '--port', 'db2', '--direction', 'out', '--json'];
  const wanted = arp(BROADCAST, mac(1));
  const ran = await during(words, async () => {
    await bench.guests.send('web0', [wanted, frame({ to: BROADCAST, from: mac(1) })]);
    expect((await bench.received()).db2).toHaveLength(2);
  });
  expect(ran.err).toContain('vmlane: ports db2, db1: frames go to ');
  expect(JSON.parse(ran.out)).toEqual({
    ...{ packets: 2, dropped: 0, lost: 0, files: [path], ended: 'asked' },
  });
  const { frames } = inFile(readFileSync(path));
  expect(frames.map(({ port, bytes }) => [port, bytes]).toSorted()).toEqual([
    ['db1', wanted],
    ['db2', wanted],
  ]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const { stdout } = await execa('tcpdump', ['-n', '-r', path]);
  expect(stdout.match(/who-has 10\.0\.0\.2/g)).toHaveLength(2);
});

it('ends by itself at its limits', async () => {
  const bench = shared();
  await bench.plug(['a', 'b']);
  const many = Array.from({ length: 100 }, () =>
    frame({ to: BROADCAST, from: mac(1), length: 1500 }),
  );
  // On a busy machine more are sent than the capture gets.
  const send = (isEnough: () => boolean) =>
    until(wait('limit'), async () => {
      await bench.guests.send('a', many);
      await bench.received();
      return isEnough() || undefined;
    });
  const toTheEnd = async (_: Bench, isOver: () => boolean) => void (await send(isOver));
  const at = join(bench.one.folder, 'limits');
  await execa('mkdir', [at]);
  const packets = await during(['--packets', '5', '-w', join(at, 'p'), '--json'], toTheEnd);
  expect(JSON.parse(packets.out)).toMatchObject({ packets: 5, ended: 'packets' });
  const size = await during(['--file-size', '1', '-w', join(at, 's'), '--json'], toTheEnd);
  expect(JSON.parse(size.out)).toMatchObject({ ended: 'full' });
  expect(statSync(join(at, 's')).size).toBeLessThanOrEqual(1 << 20);
  expect(statSync(join(at, 's')).size).toBeGreaterThan((1 << 20) - 2000);
  await during(['--file-size', '1', '--files', '2', '-w', join(at, 'r.pcapng')], async () => {
    await send(() => readdirSync(at).includes('r.2.pcapng'));
  });
  expect(readdirSync(at)).toEqual(['p', 'r.1.pcapng', 'r.2.pcapng', 's']);
  expect(await running(bench)).toBe(0);
});

it('a pipe gets pcapng; it ends when the reader goes', async () => {
  const bench = shared();
  await bench.plug(['a', 'b']);
  const program = join(packageRoot(), 'dist/bin/main.js');
  const words = ['switch', 'capture', '-w', '-', '--control-socket', bench.one.socket];
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const said = child.stderr.setEncoding('utf8').toArray();
  const tcpdump = execa('tcpdump', ['-n', '-l', '-c', '4', '-r', '-'], { input: child.stdout });
  const sent = Array.from({ length: 50 }, () => arp(BROADCAST, mac(1)));
  await until(wait('capture'), async () => (await running(bench)) > 0 || undefined);
  await bench.guests.send('a', sent);
  expect((await tcpdump).stdout.split('\n')).toHaveLength(4);
  child.stdout.destroy();
  // It sees that with the next frames.
  await until(wait('end'), async () => {
    await bench.guests.send('a', sent);
    await bench.received();
    return child.exitCode === null ? undefined : true;
  });
  expect((await ended)[0]).toBe(0);
  expect((await said).join('')).toMatch(
    /^vmlane: all 2 ports: [^\n]*\nvmlane: \d+ frames, [^\n]*\n$/,
  );
  expect(await running(bench)).toBe(0);
});

it('what is asked for wrongly is one line, and nothing is made', async () => {
  const bench = shared();
  await bench.plug(['a']);
  const path = join(bench.one.folder, 'none.pcapng');
  const refused = async (...words: string[]) => {
    const at = ['-w', path, '--control-socket', bench.one.socket];
    const { status, out, err } = await vmlane(['switch', 'capture', ...words, ...at]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^vmlane[^\n]*\n$/);
    return err;
  };
  expect(await refused('a', 'tcp port')).toContain("filter 'tcp port': ");
  expect(await refused('tcp', 'port', '80')).toContain(
    "'port' is no port, and one word is the filter",
  );
  expect(await refused('--filter', 'tcp', 'udp')).toContain("'udp' is no port");
  expect(await refused('--port', '/x')).toContain('--port');
  expect(() => statSync(path)).toThrow();
});

it('without tcpdump frames still go to files; lines and filters say what helps', async () => {
  const bench = shared();
  await bench.plug(['a']);
  const env = { PATH: '/nonexistent' };
  const at = ['--control-socket', bench.one.socket];
  const path = join(bench.one.folder, 'without.pcapng');
  const help = 'needs it, and it is not installed; apt install tcpdump\n';
  for (const words of [[], ['arp', '-w', path]]) {
    const { status, err } = await vmlane(['switch', 'capture', ...words, ...at], { env });
    expect([status, err]).toEqual([1, expect.stringContaining(help)]);
  }
  const words = ['switch', 'capture', '-w', path, '--seconds', '1'];
  expect((await vmlane([...words, ...at], { env })).status).toBe(0);
});
