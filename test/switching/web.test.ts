/** `vmlane web` as a process, of a real switch. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';
import type { AddressAnswer, History, Message, PortAnswer } from '../../src/web/wire.js';
import { ask, json, Viewer } from '../web/ask.js';
import { withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { startSwitch } from './start.js';

const MAIN = join(packageRoot(), 'dist/bin/main.js');

/** A name that would be an element, if it were taken for markup. */
const NAME = '<img src=x onerror=alert(1)>';

/** libvirt's own test driver, with a guest of that name whose NIC is at that socket. */
function libvirtWith(folder: string, socket: string): string {
  const name = NAME.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const file = join(folder, 'libvirt.xml');
  writeFileSync(
    file,
    `<node><domain type='test'><name>${name}</name><memory>65536</memory><os><type>hvm</type></os>
<devices><interface type='vhostuser'><mac address='02:00:00:00:00:01'/>
<source type='unix' path='${socket}' mode='client'/><model type='virtio'/></interface></devices></domain></node>`,
  );
  return `test://${file}`;
}

/** Runs it until `use` is done; Ctrl-C must end it well. */
async function beside(
  words: string[],
  use: (url: string, said: () => string) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, [MAIN, 'web', '--json', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (part) => {
    said += part;
  });
  try {
    const line = await Promise.race([once(child.stdout, 'data'), ended]);
    const { url } = JSON.parse(String(line[0])) as { url: string };
    await use(url, () => said);
  } finally {
    child.kill('SIGINT');
    expect([await ended, said]).toEqual([[0, null], expect.any(String)]);
  }
}

it('shows a switch: ports, rates, drops, networks, addresses, events, restarts', () =>
  withBench(async (bench) => {
    const { folder, socket } = bench.one;
    await bench.plug(['a.0', 'b.0'], { vlan: 7, listen: false });
    await bench.add('waits.0', { vlan: 8 });
    const connect = libvirtWith(folder, bench.path('a.0'));
    const words = ['--listen', '127.0.0.1:0', '--control-socket', socket, '--connect', connect];
    await beside(words, async (url, said) => {
      const viewer = await Viewer.at(url);
      expect(viewer.messages[0]).toMatchObject({ whole: true, switch: { up: true } });
      const facts = () => new Map(viewer.latest('ports')?.map((one) => [one.name, one]));
      // What libvirt says may come a second later.
      await expect.poll(() => facts().get('a.0')?.of).toBe(NAME);
      expect(facts().get('b.0')).toMatchObject({ of: 'b', state: 'up', vlan: '7' });
      expect(facts().get('waits.0')).toMatchObject({ state: 'waiting', networks: ['VLAN 8'] });
      expect(viewer.latest('no_libvirt')).toBeNull();
      const [network] = viewer.latest('networks') ?? [];
      expect(network).toMatchObject({
        kind: 'vlan',
        name: 'VLAN 7',
        guests: [
          { title: NAME, ports: ['a.0'] },
          { title: 'b', ports: ['b.0'] },
        ],
      });

      const send = () =>
        bench.guests.send(
          'a.0',
          Array.from({ length: 100 }, (_, i) => frame({ to: BROADCAST, from: mac(1), seed: i })),
        );
      const at = (name: string) => {
        const i = viewer.latest('ports')?.findIndex((one) => one.name === name) ?? -1;
        return viewer.latest('rows')?.[i];
      };
      await expect
        .poll(async () => {
          await send();
          await bench.guests.receive();
          return [at('a.0'), at('b.0')];
        })
        .toEqual([
          [expect.toSatisfy((bits) => bits > 0), expect.any(Number), 0, 0, 0],
          [0, 0, expect.toSatisfy((bits) => bits > 0), expect.any(Number), 0],
        ]);
      const { columns } = await json<History>(url, '/api/history?port=b.0');
      expect(columns[2]?.some((bits) => (bits ?? 0) > 0)).toBe(true);
      const counters = { rx_packets: (await bench.stats('a.0')).rx_packets };
      await expect
        .poll(() => json<PortAnswer>(url, '/api/port?name=a.0'))
        .toMatchObject({ counters });
      const found = await json<AddressAnswer>(url, '/api/addresses?search=vlan7');
      expect(found.entries).toMatchObject([{ mac: mac(1), vlan: '7', port: 'a.0' }]);

      await bench.guests.send('a.0', [frame({ to: BROADCAST, from: mac(1), tags: [9] })]);
      await expect
        .poll(() => viewer.latest('drops'))
        .toMatchObject([{ reason: 'vlan_tagged', total: 1, most: ['a.0'] }]);

      await bench.add('new.0');
      await bench.client.removePort('waits.0');
      await expect
        .poll(() => viewer.happened)
        .toEqual(expect.arrayContaining(['port-added new.0', 'port-removed waits.0']));
      await expect.poll(() => [...facts().keys()]).toEqual(['a.0', 'b.0', 'new.0']);

      await bench.one.end('SIGTERM');
      await expect.poll(() => viewer.latest('switch')?.up).toBe(false);
      bench.one = await startSwitch(folder);
      await expect.poll(() => viewer.latest('switch')?.up).toBe(true);
      await expect.poll(() => viewer.happened).toEqual(expect.arrayContaining(['switch-up']));
      expect([...facts().keys()]).toEqual(['a.0', 'b.0', 'new.0']);
      expect(said()).toContain('vmlane: the switch answers\n');
      viewer.close();
    });
  }));

it('at a Unix socket, which is gone afterwards; it starts before the switch, and without libvirt', () =>
  withBench(async (bench) => {
    const { folder, socket } = bench.one;
    const path = join(folder, 'web.sock');
    await bench.one.end('SIGTERM');
    const words = ['--listen', `unix:${path}`, '--control-socket', socket];
    await beside([...words, '--connect', 'test:///nonexistent.xml'], async (url) => {
      expect(url).toBe(`unix:${path}`);
      expect(lstatSync(path).mode & 0o777).toBe(0o660);
      const how = { socketPath: path };
      const state = () => json<Message>('http://localhost', '/api/state', how);
      await expect
        .poll(async () => (await state()).switch)
        .toMatchObject({
          up: false,
          why: expect.stringContaining('no switch is running there'),
        });
      bench.one = await startSwitch(folder);
      await expect.poll(async () => (await state()).switch?.up).toBe(true);
      await expect.poll(async () => (await state()).no_libvirt).toContain('nonexistent.xml');
      const named = { ...how, headers: { host: 'evil.example' } };
      expect(await ask('http://localhost', '/', named)).toMatchObject({ status: 403 });
    });
    expect(existsSync(path)).toBe(false);
  }));
