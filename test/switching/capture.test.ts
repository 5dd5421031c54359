/** Captures of a real switch: frame by frame, what guests sent, what they got, and what was dropped. */
import { connect } from 'node:net';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { compileFilter } from '../../src/switch/capture-filter.js';
import { SwitchClient } from '../../src/switch/index.js';
import { type CapturedFrame, Capturing } from '../switch/captured.js';
import { builtProgram } from '../switch/real-switch.js';
import { type Bench, useBench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';

const shared = useBench();

/** What `port` shows of frames, whatever else is captured. */
const of = (frames: readonly CapturedFrame[], name: string) =>
  frames.filter(({ port }) => port === name).map(({ port: _, ...rest }) => rest);

const wait = (thing: string) => ({
  ...{ thing, problem: 'is not as it should be', remedy: 'see the log', ms: 60_000 },
});

const whole = (bytes: string) => ({ bytes, length: bytes.length / 2 });

/** Sends what all of `to` get, in this order. */
async function pass(bench: Bench, from: string, frames: string[], to: string[]): Promise<void> {
  await bench.guests.send(from, frames);
  expect(await bench.received()).toEqual(Object.fromEntries(to.map((name) => [name, frames])));
}

it('every frame is there as it was, in both directions, in order', async () => {
  const bench = shared();
  await bench.plug(['a', 'b', 'c']);
  const capturing = await Capturing.begin(bench.client);
  const one = await Capturing.begin(bench.client, { ports: ['b'], direction: 'out' });
  expect([capturing.ports, one.ports]).toEqual([3, 1]);
  expect((await bench.client.ports()).map(({ captures }) => captures)).toEqual([1, 2, 1]);
  // Of a length that is in no multiple of 4, longer than what is copied at first, and the longest.
  const first = [60, 61, 64, 65, 127, 600, 1514].map((length) =>
    frame({ to: BROADCAST, from: mac(1), length }),
  );
  await pass(bench, 'a', first, ['b', 'c']);
  const answers = Array.from({ length: 40 }, (_, i) =>
    frame({ to: mac(1), from: mac(2), length: 60 + i }),
  );
  await pass(bench, 'b', answers, ['a']);
  const { frames, lost, ports } = await capturing.end();
  expect([lost, ports]).toEqual([0, ['a', 'b', 'c']]);
  const sent = (some: string[]) => some.map((bytes) => ({ direction: 'in', ...whole(bytes) }));
  const got = (some: string[]) => some.map((bytes) => ({ direction: 'out', ...whole(bytes) }));
  expect(of(frames, 'a')).toEqual([...sent(first), ...got(answers)]);
  expect(of(frames, 'b')).toEqual([...got(first), ...sent(answers)]);
  expect(of(frames, 'c')).toEqual(got(first));
  expect(of((await one.end()).frames, 'b')).toEqual(got(first));
  expect((await bench.client.ports()).map(({ captures }) => captures)).toEqual([0, 0, 0]);
});

it('what is dropped is there once, with the reason, where it is counted', async () => {
  const bench = shared();
  await bench.plug(['a', 'b']);
  await bench.plug(['t'], { mode: 'trunk', trunks: '5' });
  await bench.client.setPort({ name: 'a', mac: mac(1) });
  await bench.client.setPort({ name: 'b', mac: mac(2) });
  const all = await Capturing.begin(bench.client);
  const passing = await Capturing.begin(bench.client, { drops: false });
  const spoofed = frame({ to: mac(2), from: mac(9) });
  const good = frame({ to: mac(2), from: mac(1) });
  await bench.guests.send('a', [spoofed, good, spoofed]);
  expect(await bench.received()).toEqual({ b: [good] });
  const unknown = frame({ to: BROADCAST, from: mac(7), tags: [6] });
  await bench.guests.send('t', [unknown]);
  await bench.client.setPort({ name: 'b', link: 'disable' });
  await bench.guests.send('a', [good]);
  await until(wait('drops'), async () => {
    const drops = await bench.drops();
    return Object.keys(drops).length >= 3 || undefined;
  });
  expect(await bench.drops()).toEqual({
    'a spoofed': 2,
    'b link_down': 1,
    't vlan_unknown': 1,
  });
  const { frames } = await all.end();
  expect(of(frames, 'a')).toEqual([
    { direction: 'in', dropped: 'spoofed', ...whole(spoofed) },
    { direction: 'in', ...whole(good) },
    { direction: 'in', dropped: 'spoofed', ...whole(spoofed) },
    { direction: 'in', ...whole(good) },
  ]);
  expect(of(frames, 'b')).toEqual([
    { direction: 'out', ...whole(good) },
    { direction: 'out', dropped: 'link_down', ...whole(good) },
  ]);
  expect(of(frames, 't')).toEqual([
    { direction: 'in', dropped: 'vlan_unknown', ...whole(unknown) },
  ]);
  expect((await passing.end()).frames.map(({ bytes }) => bytes)).toEqual([good, good, good]);
});

it('a receiver that does not empty its ring: what it got and what it did not', async () => {
  const bench = shared();
  await bench.plug(['a']);
  await bench.plug(['b'], { size: 4 });
  const capturing = await Capturing.begin(bench.client, { ports: ['b'] });
  const sent = Array.from({ length: 10 }, (_, i) =>
    frame({ to: BROADCAST, from: mac(1), length: 60 + i }),
  );
  await bench.guests.send('a', sent);
  const full = async () => ((await bench.drops())['b ring_full'] ?? 0) || undefined;
  const dropped = await until(wait('drops'), full);
  const { frames } = await capturing.end();
  expect(frames.map(({ bytes }) => bytes)).toEqual(sent);
  const reasons = frames.map((one) => one.dropped);
  expect(reasons.filter((one) => one === 'ring_full')).toHaveLength(dropped);
  expect(reasons.filter((one) => one === undefined)).toHaveLength(10 - dropped);
});

it('a filter of tcpdump takes what it says; the snap length cuts', async () => {
  const bench = shared();
  await bench.plug(['a', 'b']);
  const filter = await compileFilter(`ether src ${mac(3)} and greater 100`);
  const capturing = await Capturing.begin(bench.client, { filter, snap: 70 });
  const sent = [1, 3, 3, 1, 3].map((n, i) =>
    frame({ to: BROADCAST, from: mac(n), length: i === 2 ? 64 : 300 + i }),
  );
  await pass(bench, 'a', sent, ['b']);
  const wanted = [sent[1], sent[4]].map((bytes = '') => ({
    ...{ bytes: bytes.slice(0, 140), length: bytes.length / 2 },
  }));
  const { frames } = await capturing.end();
  expect(of(frames, 'a')).toEqual(wanted.map((one) => ({ direction: 'in', ...one })));
  expect(of(frames, 'b')).toEqual(wanted.map((one) => ({ direction: 'out', ...one })));
});

it('ports that come later are in it, under their own name', async () => {
  const bench = shared();
  await bench.plug(['a']);
  const all = await Capturing.begin(bench.client);
  const named = await Capturing.begin(bench.client, { ports: ['d', 'b'] });
  expect([all.ports, named.ports]).toEqual([1, 0]);
  await bench.plug(['b', 'c']);
  const sent = frame({ to: BROADCAST, from: mac(1) });
  await pass(bench, 'a', [sent], ['b', 'c']);
  // Another one in its place.
  await bench.guests.close('b');
  await bench.client.removePort('b');
  await bench.plug(['d']);
  await pass(bench, 'a', [sent], ['c', 'd']);
  const names = (some: readonly CapturedFrame[]) => some.map(({ port }) => port);
  const end = await all.end();
  expect(end.ports).toEqual(['a', 'b', 'c', 'd']);
  expect(names(end.frames).toSorted()).toEqual(['a', 'a', 'b', 'c', 'c', 'd']);
  expect(names((await named.end()).frames)).toEqual(['b', 'd']);
});

it('bad programs are refused, and bad parameters', async () => {
  const { client } = shared();
  const refused = (filter: unknown) => expect(client.capture({ filter } as never)).rejects;
  await refused([]).toThrow('filter: instruction 0 is missing');
  await refused([[0x15, 1, 0, 0]]).toThrow('jumps beyond the end');
  await refused([[0x99, 0, 0, 0]]).toThrow('is no instruction');
  await refused([[6, 0, 0, 1, 1]]).toThrow('each as [code, jt, jf, k] in numbers');
  await refused([[6, 0, 256, 1]]).toThrow('each as [code, jt, jf, k] in numbers');
  await refused(Array(513).fill([6, 0, 0, 1])).toThrow('at most 512');
  await refused('tcp').toThrow('filter');
  await expect(client.capture({ ports: ['/x'] })).rejects.toThrow('names');
  await expect(client.capture({ direction: 'up' } as never)).rejects.toThrow('direction');
  await expect(client.capture({ snap: 0 })).rejects.toThrow('snap');
  await (await Capturing.begin(client, { filter: Array(512).fill([6, 0, 0, 1]) })).end();
});

it('64 run at once, of whom each has its frames; one more is refused until one goes', async () => {
  const bench = shared();
  await bench.plug(['a', 'b']);
  const many: Capturing[] = [];
  // One by one, as until the answer each has one of the 64 places of clients.
  while (many.length < 64) many.push(await Capturing.begin(bench.client));
  await expect(bench.client.capture()).rejects.toThrow('capture: 64 run already; end one of them');
  const sent = frame({ to: BROADCAST, from: mac(1) });
  await pass(bench, 'a', [sent], ['b']);
  // One just goes, as its program was killed.
  many.pop()?.socket.destroy();
  const again = await until(wait('captures'), () =>
    Capturing.begin(bench.client).catch(() => undefined),
  );
  for (const one of many)
    expect((await one.end()).frames.map(({ port, bytes }) => [port, bytes])).toEqual([
      ['a', sent],
      ['b', sent],
    ]);
  await again.end();
  expect((await bench.client.ports()).map(({ captures }) => captures)).toEqual([0, 0]);
});

/** So many times 100 frames from a to b, none of which gets lost on the way. */
async function flood(bench: Bench, times: number): Promise<string[]> {
  const some = Array.from({ length: 100 }, (_, i) =>
    frame({ to: BROADCAST, from: mac(1), length: 1514 - i }),
  );
  for (let i = 0; i < times; i++) {
    await bench.guests.send('a', some);
    expect((await bench.received()).b).toHaveLength(some.length);
  }
  return some;
}

it('readers that hang cost nobody a frame; what they miss is counted', async () => {
  const bench = shared();
  await bench.plug(['a', 'b']);
  // Read for nothing before its end.
  const { socket } = await bench.client.capture({ ports: ['a'] });
  const reading = await Capturing.begin(bench.client, { ports: ['a'], snap: 14 });
  const some = await flood(bench, 50);
  expect((await reading.end()).frames).toHaveLength(5000);
  const late = await Capturing.begin({ capture: async () => ({ ports: 1, socket }) });
  const { frames, lost } = await late.end();
  expect(frames.length + lost).toBe(5000);
  expect(lost).toBeGreaterThan(100);
  // In order, and none but those that found no room.
  expect(frames.slice(0, 100).every(({ bytes }, i) => bytes === some[i])).toBe(true);
});

it('a reader that takes nothing is disconnected', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b']);
    await bench.client.set({ client_idle: 1 });
    const { socket } = await bench.client.capture({ ports: ['a'] });
    await flood(bench, 5);
    const none = async () => (await ports(bench)).every((n) => n === 0) || undefined;
    await until(wait('capture'), none);
    socket.destroy();
    // One that has nothing to take is not.
    const quiet = await Capturing.begin(bench.client, { ports: ['b'] });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await ports(bench)).toEqual([0, 1]);
    await quiet.end();
  }));

/** By port: the captures that it is in; by a client of its own, as others may be disconnected. */
async function ports({ one }: Bench): Promise<(number | undefined)[]> {
  const client = await SwitchClient.connect(one.socket, { deadlineMs: 60_000 });
  try {
    return (await client.ports()).map(({ captures }) => captures);
  } finally {
    client.close();
  }
}

it('the answer comes first, further lines are not answered, a client that goes meanwhile is none', async () => {
  const bench = shared();
  await bench.plug(['a']);
  const ask = (method: string, id: number) =>
    `${JSON.stringify({ jsonrpc: '2.0', id, method, params: {} })}\n`;
  const socket = connect(bench.one.socket);
  socket.write(ask('capture.start', 1) + ask('port.list', 2));
  socket.end();
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);
  const end = all.indexOf(10) + 1;
  expect(JSON.parse(all.subarray(0, end).toString())).toEqual({
    ...{ jsonrpc: '2.0', id: 1 },
    result: { ports: 1 },
  });
  expect(all.readUInt32LE(end)).toBe(0x0a0d0d0a);
  expect(all.includes('"id":2')).toBe(false);
  for (let i = 0; i < 100; i++) {
    const gone = connect(bench.one.socket);
    gone.on('error', () => undefined);
    gone.write(ask('capture.start', i), () => gone.destroy());
  }
  const none = async () => (await ports(bench)).every((n) => n === 0) || undefined;
  await until(wait('captures'), none);
});

it('a switch that ends ends its captures', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b']);
    const capturing = await Capturing.begin(bench.client);
    const sent = frame({ to: BROADCAST, from: mac(1) });
    await pass(bench, 'a', [sent], ['b']);
    const hanging = await bench.client.capture();
    await bench.one.end('SIGTERM');
    expect(bench.one.process.exitCode).toBe(0);
    expect((await capturing.end()).frames).toHaveLength(2);
    hanging.socket.destroy();
  }));

it('tcpdump reads what comes, with the ports in it', async () => {
  const bench = shared();
  await bench.plug(['a', 'b']);
  const { socket } = await bench.client.capture();
  const sent = frame({ to: BROADCAST, from: mac(1) });
  await pass(bench, 'a', [sent], ['b']);
  socket.end();
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  const read = await execa('tcpdump', ['-n', '-e', '-r', '-'], { input: Buffer.concat(chunks) });
  expect(read.stdout.split('\n').filter((line) => line.includes(mac(1)))).toHaveLength(2);
});

it('the options and settings of mirrors are gone', async () => {
  const { stdout } = await execa(builtProgram('vhost-switch'), ['--help']);
  expect(stdout).not.toContain('capture');
});
