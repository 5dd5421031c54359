/** Who polls what: an lcore is chosen for a port, a device's too, kept, and changed under traffic. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { vmlane } from '../cli/test-io.js';
import { type Bench, withBench } from './bench.js';
import { frame, mac } from './frames.js';
import { startSwitch } from './start.js';
import { heardAt } from './wire.js';

/** Two lcores, on the processors with the other's number. */
const CROSSED = { lcores: '0@1,1@0' };

const FRAMES = Array.from({ length: 20 }, (_, seed) =>
  frame({ to: mac(2), from: mac(1), length: 100, seed }),
);

/** Frames that each lcore has polled. */
async function polled({ client }: Bench): Promise<number[]> {
  const { lcores = [] } = await client.stats();
  return lcores.map(({ busy_packets }) => busy_packets);
}

/** Who polls each port, and whether an operator said so. */
async function places({ client }: Bench): Promise<Record<string, [number, boolean | undefined]>> {
  const ports = await client.ports();
  return Object.fromEntries(ports.map(({ name, lcore, pinned }) => [name, [lcore, pinned]]));
}

/** A relay of the guest `a` and a device from which all comes that goes in. */
async function joinRing(bench: Bench): Promise<void> {
  await bench.client.addPort({ name: 'w', path: '', device: 'net_ring0', relay: 'r' });
  await bench.plug(['a'], { relay: 'r' });
}

/** What 20 frames from `a` to the device and back add to each lcore's count. */
async function carried(bench: Bench): Promise<number[]> {
  const before = await polled(bench);
  await bench.guests.send('a', FRAMES);
  expect(await heardAt(bench, FRAMES.length)).toEqual({ a: FRAMES });
  // A round is counted when it ends, which may be after its frames have been heard.
  const wait = { thing: 'a frame', problem: 'is not counted', remedy: 'see stats', ms: 60_000 };
  return until(wait, async () => {
    const added = (await polled(bench)).map((count, i) => count - (before[i] ?? 0));
    const sum = added.reduce((all, one) => all + one, 0);
    return sum >= 2 * FRAMES.length ? added : undefined;
  });
}

describe('a port is polled by its lcore', () => {
  it('a device, too: each direction of a relay where the operator wants it', () =>
    withBench(async (bench) => {
      await joinRing(bench);
      // The ring has a queue for each lcore that sends, and the switch hears the first one only.
      await bench.client.setPort({ name: 'a', lcore: 0 });
      for (const [lcore, expected] of [
        [1, [20, 20]],
        [0, [40, 0]],
        [1, [20, 20]],
      ] as const) {
        await bench.client.setPort({ name: 'w', lcore });
        expect([lcore, await carried(bench)]).toEqual([lcore, expected]);
      }
      expect(await bench.drops()).toEqual({});
    }, CROSSED));

  it('the processor that is shown is the one that the lcore runs on', () =>
    withBench(async ({ client, one }) => {
      const { lcores } = await client.info();
      expect(lcores.map(({ lcore, cpu }) => [lcore, cpu])).toEqual([
        [0, 1],
        [1, 0],
      ]);
      const pid = one.process.pid ?? 0;
      // The main thread is lcore 0.
      const status = await readFile(`/proc/${pid}/task/${pid}/status`, 'utf8');
      expect(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1]).toBe('1');
    }, CROSSED));

  it('moved a hundred times under traffic: nothing is polled twice, nothing is lost for it', () =>
    withBench(async (bench) => {
      await joinRing(bench);
      await bench.client.setPort({ name: 'a', lcore: 0 });
      await bench.plug(['x', 'y'], { relay: 's' });
      await bench.guests.traffic(['x', 'y']);
      for (let i = 0; i < 100; i++)
        for (const name of ['x', 'y', 'w']) await bench.client.setPort({ name, lcore: i % 2 });
      const { directions } = await bench.guests.quiet();
      expect(directions.map(({ repeated, foreign }) => [repeated, foreign])).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(await carried(bench)).toEqual([20, 20]);
      // A receiver that is not polled for a moment is still there.
      const gone = Object.keys(await bench.drops()).filter((drop) => !drop.endsWith('ring_full'));
      expect(gone).toEqual([]);
    }, CROSSED));
});

describe('vmlane', () => {
  it('relay add --pin gives each direction its processor, and stats say so', () =>
    withBench(async (bench) => {
      const add = 'relay add 3 --device net_ring0 --path DIR/3.sock --listener qemu';
      expect(await told(bench, `${add} --pin 0,1 --dry-run`)).toEqual([
        'vmlane switch add relay:3.vf --device net_ring0 --relay 3',
        'vmlane switch add relay:3.vm --path DIR/3.sock --listener qemu --relay 3',
        'vmlane switch set relay:3.vf --lcore 1',
        'vmlane switch set relay:3.vm --lcore 0',
      ]);
      await told(bench, `${add} --pin 0,1`);
      const placed = { 'relay:3.vf': [1, true], 'relay:3.vm': [0, true] };
      expect(await places(bench)).toEqual(placed);
      const cpus = async () =>
        (await told(bench, 'relay stats 3 --delay 1')).filter((line) => line.includes('_3.cpu.'));
      expect(await cpus()).toEqual(['relay_3.cpu.vf_to_vm=0', 'relay_3.cpu.vm_to_vf=1']);
      // One for both, of a relay that is there; and none.
      await told(bench, `${add} --conditional --pin 0`);
      expect(await cpus()).toEqual(['relay_3.cpu.vf_to_vm=0', 'relay_3.cpu.vm_to_vf=0']);
      await told(bench, `${add} --conditional --pin none`);
      const pins = Object.values(await places(bench)).map(([, pinned]) => pinned);
      expect(pins).toEqual([false, false]);
    }, CROSSED));

  it('switch add --pin and switch set --pin, and what they refuse in one line', () =>
    withBench(async (bench) => {
      await told(bench, 'switch add a --path DIR/a.sock --pin 0');
      await told(bench, 'switch add w --device net_ring0 --pin 0');
      expect(await places(bench)).toEqual({ a: [1, true], w: [1, true] });
      await told(bench, 'switch set a --pin 1');
      await told(bench, 'switch set w --pin none');
      expect(await places(bench)).toEqual({ a: [0, true], w: [1, false] });
      const before = await bench.client.ports();
      for (const [line, said] of REFUSED) {
        const { status, out, err } = await on(bench, line);
        expect([line, status, out]).toEqual([line, 2, '']);
        expect(err).toContain(said);
        expect(err).toMatch(/^vmlane[^\n]*\n$/);
        expect([line, await bench.client.ports()]).toEqual([line, before]);
      }
    }, CROSSED));
});

const REFUSED: readonly [line: string, said: string][] = [
  ['switch add b --path DIR/b.sock --pin 7', '--pin 7: is no processor of the switch; give one of'],
  ['switch add b --path DIR/b.sock --pin 0,1', '--pin 0,1: is 2 processors; give a number such'],
  ['switch add b --path DIR/b.sock --pin all', '--pin all: is no processor; give a number such'],
  ['switch add b --device net_ring1 --pin 7', '--pin 7: is no processor of the switch'],
  ['switch add b --host --pin 0', '--pin: has no meaning with --host'],
  ['switch add --from x.yaml --pin 0', '--from: has no meaning with --pin'],
  ['switch set a --pin 7', '--pin 7: is no processor of the switch; give one of 1, 0'],
  ['switch set a --pin 1,0', '--pin 1,0: is 2 processors'],
  ['switch set a --pin 1.5', '--pin 1.5: is no processor'],
  ['switch set a --pin 1 --lcore 0', '--pin: is given with --lcore; leave one of them out'],
  ['switch set --pin 1', '--pin: is a setting of a port; name the port'],
  ['switch set a --lcore -2', '"-2" is not a whole number from -1 to 127'],
  ['switch set --balance 2', '"2" is not a whole number from 0 to 1'],
  ['switch set --balance-sensitivity 0', '"0" is not a whole number from 1 to 100'],
  ['switch set --balance-sensitivity 0.25', '"0.25" is not a whole number from 1 to 100'],
  ['switch set --balance-interval 0', '"0" is not a whole number from 1 to 3600'],
  ['switch set a --balance 1', '--balance: is a setting of the whole switch'],
];

function on(bench: Bench, line: string) {
  const words = line.replaceAll('DIR', bench.one.folder).split(' ');
  return vmlane([...words, '--control-socket', bench.one.socket]);
}

/** What a command that is done prints, without the folder. */
async function told(bench: Bench, line: string): Promise<string[]> {
  const { status, out, err } = await on(bench, line);
  expect([line, status, status === 0 ? '' : err]).toEqual([line, 0, '']);
  return out.replaceAll(bench.one.folder, 'DIR').trimEnd().split('\n');
}

describe('the balancer', () => {
  it('moves busy ports apart, but no pinned one; it says so, counts, and is off at first', () =>
    withBench(async (bench) => {
      const { client } = bench;
      // Each where there are fewest: the two busy ones are together, the two silent ones, too.
      for (const [name, relay] of [
        ['x', 's'],
        ['i', 't'],
        ['y', 's'],
        ['j', 't'],
      ] as const)
        await bench.plug([name], { relay });
      const start = { x: [0, false], i: [1, false], y: [0, false], j: [1, false] };
      await bench.guests.traffic(['x', 'y']);
      const quick = { balance_interval: 1, balance_sensitivity: 1 };
      await client.set(quick);
      await looks(3);
      expect(await places(bench)).toEqual(start);
      const log = () => readFile(join(bench.one.folder, 'test.log'), 'utf8');
      expect(await log()).not.toContain('whose loads were');
      // Pinned, they stay.
      for (const name of ['x', 'y']) await client.setPort({ name, lcore: 0 });
      await client.set({ balance: 1 });
      await looks(3);
      expect(await places(bench)).toMatchObject({ x: [0, true], y: [0, true] });
      // Not pinned any more, and together again.
      await client.set({ balance: 0 });
      for (const name of ['x', 'y']) await client.setPort({ name, lcore: -1 });
      expect(await places(bench)).toEqual(start);
      await client.set({ balance: 1 });
      const wait = { thing: 'x or y', problem: 'does not move', remedy: 'see the log', ms: 60_000 };
      await until(wait, async () => {
        const { x, y } = await places(bench);
        return x?.[0] !== y?.[0] || undefined;
      });
      const line =
        /port [xy]: moved from lcore 0 to 1, whose loads were \d+ % of an lcore apart and should be \d+ %/;
      expect(await log()).toMatch(line);
      const { lcores = [] } = await client.stats();
      expect(lcores[1]?.balanced).toBeGreaterThan(0);
      const { directions } = await bench.guests.quiet();
      expect(directions.map(({ repeated, foreign }) => [repeated, foreign])).toEqual([
        [0, 0],
        [0, 0],
      ]);
    }, CROSSED));
});

/** Time for the balancer to look so many times. */
function looks(times: number): Promise<void> {
  return sleep(times * 1000);
}

describe('over a restart', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('the operator’s choice stays after %s', (signal) =>
    withBench(async (bench) => {
      const { client } = bench;
      await joinRing(bench);
      for (const name of ['b', 'c']) await bench.add(name);
      // Both at the same lcore: it would not choose so.
      for (const name of ['a', 'w']) await client.setPort({ name, lcore: 0 });
      expect(await places(bench)).toMatchObject({ a: [0, true], w: [0, true], b: [0, false] });
      await bench.one.end(signal);
      bench.one = await startSwitch(bench.one.folder, CROSSED);
      const after = await places(bench);
      expect(after).toMatchObject({ a: [0, true], w: [0, true] });
      // The others are the switch's to place, where there is least.
      expect([after.b, after.c]).toEqual([
        [1, false],
        [1, false],
      ]);
      await bench.guests.connect('a');
      expect(await carried(bench)).toEqual([40, 0]);
    }, CROSSED),
  );

  it('it stays with the processor, whatever number its lcore has; and comes back with it', () =>
    withBench(async (bench) => {
      const { client } = bench;
      await bench.add('a');
      await client.setPort({ name: 'a', lcore: 1 });
      const again = async (lcores: string) => {
        await bench.one.end('SIGTERM');
        bench.one = await startSwitch(bench.one.folder, { lcores });
        return (await places(bench)).a;
      };
      // It was lcore 1 on processor 0.
      expect(await again('0@0,1@1')).toEqual([0, true]);
      expect(await again('5@0,6@0')).toEqual([5, true]);
      expect(await again('0@1')).toEqual([0, false]);
      const log = await readFile(join(bench.one.folder, 'test.log'), 'utf8');
      const told =
        'port a: no lcore runs on processor 0, which was chosen for it; lcore 0 polls it';
      expect(log).toContain(told);
      expect(await again('0@1,1@0')).toEqual([1, true]);
      await client.setPort({ name: 'a', lcore: -1 });
      expect(await again('0@1,1@0')).toEqual([0, false]);
    }, CROSSED));

  it('what is no lcore of the switch is refused in one line, and nothing is changed', () =>
    withBench(async (bench) => {
      await bench.add('a');
      const { client } = bench;
      const before = await client.ports();
      for (const lcore of [-2, 7, 128, 1.5, '1', null]) {
        const said = await client
          .setPort({ name: 'a', lcore: lcore as number })
          .then(String, (error: Error) => error.message);
        expect(said).toMatch(/^lcore: [^\n]+ is not possible; give [^\n]+$/);
        expect(await client.ports()).toEqual(before);
      }
    }, CROSSED));
});
