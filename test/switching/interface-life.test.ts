/** What becomes of a device that is an interface of the host, when that goes, comes or changes. Needs root. */
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import type { Port } from '../../src/switch/index.js';
import { inFolder } from '../switch/folder.js';
import { ANOTHER_USER } from '../switch/real-switch.js';
import { type Bench, openBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { startSwitch } from './start.js';
import { ip, tcp } from './tap.js';
import { deviceOf, layVeth, makeVeth, plugTap, removeVeths, withDevice } from './veth.js';

afterEach(removeVeths);

async function deviceIs(bench: Bench, state: Port['state'], link: string): Promise<void> {
  const wait = {
    thing: 'x',
    problem: `is not ${state}, ${link}`,
    remedy: 'see the log',
    ms: 60_000,
  };
  await until(wait, async () => {
    const port = (await bench.client.ports()).find(({ name }) => name === 'x');
    const device = (await bench.client.info()).devices?.[0];
    return (port?.state === state && device?.link === link) || undefined;
  });
}

describe('an interface', () => {
  it('that goes and comes is waited for, and taken again, with its settings', async () => {
    const veth = await makeVeth();
    await withDevice(veth, 'net_af_packet0', [], async (bench) => {
      await bench.client.setPort({ name: 'x', vlan: 7 });
      const tap = await plugTap(bench, { vlan: 7 });
      await tcp(veth.far, tap, 1);
      const before = (await bench.stats('x')).nic?.rx_packets ?? 0;
      await ip('link', 'del', veth.near);
      await deviceIs(bench, 'waiting', 'down');
      await layVeth(veth);
      await deviceIs(bench, 'up', 'up');
      await tcp(veth.far, tap, 1);
      await tcp(tap, veth.far, 1);
      expect((await bench.stats('x')).nic?.rx_packets).toBeGreaterThan(before);
    });
  });

  it('that is down loses frames under their reason, and has them again when it is up', async () => {
    const veth = await makeVeth();
    await withDevice(veth, 'net_af_packet0', [], async (bench) => {
      const tap = await plugTap(bench);
      await bench.plug(['a']);
      await ip('link', 'set', veth.near, 'down');
      await deviceIs(bench, 'up', 'down');
      await bench.guests.send('a', [frame({ to: BROADCAST, from: mac(1) })]);
      await dropped(bench, 'interface_down');
      await ip('link', 'set', veth.near, 'up');
      await deviceIs(bench, 'up', 'up');
      await tcp(veth.far, tap, 1);
    });
  });

  it('refuses frames that are longer than its MTU, under their reason', async () => {
    const veth = await makeVeth();
    await ip('link', 'set', veth.near, 'mtu', '1200');
    await withDevice(veth, 'net_af_packet0', [], async (bench) => {
      await bench.plug(['a']);
      await bench.guests.send('a', [frame({ to: BROADCAST, from: mac(1), length: 1400 })]);
      await dropped(bench, 'too_long');
      expect((await bench.client.info()).devices?.[0]?.mtu).toBe(1200);
    });
  });

  it('keeps its settings over a restart, and goes for good when its port is removed', () =>
    inFolder(async (folder) => {
      const veth = await makeVeth();
      const options = { own: ['--device', `x=${deviceOf('net_af_packet0', veth)}`] };
      const first = await openBench(folder, options);
      await first.bench.client.setPort({ name: 'x', vlan: 7 });
      await first.end();
      const { bench, end } = await openBench(folder, options);
      try {
        const { device } = options.own.map((word) => ({ device: word.slice(2) }))[1] ?? {};
        expect(await bench.client.ports()).toMatchObject([
          { name: 'x', vlan: 7, device, state: 'up' },
        ]);
        await tcp(veth.far, await plugTap(bench, { vlan: 7 }), 1);
        await bench.client.removePort('x');
        const again = bench.client.addPort({ name: 'x', path: '', device: device ?? '' });
        await expect(again).rejects.toThrow('rights that a running switch has given up');
      } finally {
        await end();
      }
    }));
});

function dropped(bench: Bench, reason: string): Promise<true> {
  const wait = { thing: 'x', problem: `drops nothing as ${reason}`, remedy: '', ms: 60_000 };
  return until(wait, async () => ((await bench.drops())[`x ${reason}`] ?? 0) > 0 || undefined);
}

const REFUSED: [device: string, problem: string][] = [
  [
    'net_af_packet0,iface=nowhere0',
    "the host has no interface 'nowhere0'; 'ip link' shows those that there are",
  ],
  ['net_af_packet0,iface=lo', 'lo is no Ethernet interface; give another'],
];

it.each(REFUSED)('a switch does not start with %s', (device, problem) =>
  inFolder(async (folder) => {
    const started = startSwitch(folder, { own: ['--device', `x=${device}`] });
    await expect(started).rejects.toThrow(`vhost-switch: device ${device}: ${problem}\n`);
  }),
);

it('a switch does not start with two devices that are one interface', () =>
  inFolder(async (folder) => {
    const veth = await makeVeth();
    const names = ['net_af_packet0', 'net_af_packet1'];
    const own = names.flatMap((name) => ['--device', `${name}=${deviceOf(name, veth)}`]);
    const problem = `interface ${veth.near} is another device's; give each an interface of its own`;
    const started = startSwitch(folder, { own });
    await expect(started).rejects.toThrow(`${deviceOf('net_af_packet1', veth)}: ${problem}\n`);
  }));

it.runIf(ANOTHER_USER !== undefined)(
  'af_xdp starts with the buffers that it needs, ends as it should, and starts again',
  () =>
    inFolder(async (folder) => {
      const veth = await makeVeth();
      const options = { own: ['--device', `x=${deviceOf('net_af_xdp0', veth)}`], memory: 128 };
      for (const _ of ['first', 'again']) {
        const { bench, end } = await openBench(folder, options);
        try {
          const tap = await plugTap(bench);
          await tcp(tap, veth.far, 1);
          await bench.client.removePort(tap.name);
          const devices = (await bench.client.info()).devices ?? [];
          expect(devices.map(({ driver }) => driver)).toEqual(['net_af_xdp']);
        } finally {
          await end();
        }
      }
    }),
);
