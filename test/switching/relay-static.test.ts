/** Static relays: the settings' alone, made anew at each start of the switch. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreStaticRelays } from '../../src/relays/index.js';
import { launchOptions, type StaticRelay } from '../../src/switch/index.js';
import { differencesAt } from '../../src/switch/running.js';
import { vmlane } from '../cli/test-io.js';
import { type Bench, withBench } from './bench.js';
import { frame, mac } from './frames.js';
import { startSwitch } from './start.js';
import { heardAt } from './wire.js';

const one = frame({ to: mac(2), from: mac(1), tags: [7], length: 100 });

/** What leaves by such a device comes in by it. */
function relay(bench: Bench, name: string, more: Partial<StaticRelay> = {}): StaticRelay {
  const path = join(bench.one.folder, `${name}.sock`);
  return { name, device: `net_ring${name}`, path, listener: 'switch', ...more };
}

/** As planLaunch gives devices of static relays to the switch. */
function started(...names: string[]) {
  const own = names.flatMap((name) => ['--device', `static:${name}.vf=net_ring${name}`]);
  return { own, memory: 128 };
}

async function ports({ client }: Bench): Promise<string[]> {
  const all = await client.ports();
  return all.map(({ name, relay: of }) => `${name} ${of ?? '-'}`).sort();
}

async function restarted(bench: Bench, ...names: string[]): Promise<void> {
  await bench.one.end('SIGKILL');
  bench.one = await startSwitch(bench.one.folder, started(...names));
}

describe('a static relay', () => {
  it('is a relay before its guest is there, is kept by no state file, and goes with its setting', () =>
    withBench(async (bench) => {
      expect(await ports(bench)).toEqual(['static:3.vf 3']);
      expect(await restoreStaticRelays(bench.client, [relay(bench, '3')])).toEqual([]);
      const whole = ['static:3.vf 3', 'static:3.vm 3'];
      expect(await ports(bench)).toEqual(whole);
      await bench.guests.open('a', join(bench.one.folder, '3.sock'));
      await bench.guests.send('a', [one]);
      expect(await heardAt(bench, 1)).toEqual({ a: [one] });
      // Again, as when the switch is started that runs: nothing changes.
      const before = await bench.client.ports();
      expect(await restoreStaticRelays(bench.client, [relay(bench, '3')])).toEqual([]);
      expect(await bench.client.ports()).toEqual(before);
      await restarted(bench, '3', '4');
      expect(await ports(bench)).toEqual(['static:3.vf 3', 'static:4.vf 4']);
      const both = [relay(bench, '3'), relay(bench, '4')];
      expect(await restoreStaticRelays(bench.client, both)).toEqual([]);
      expect(await ports(bench)).toEqual([...whole, 'static:4.vf 4', 'static:4.vm 4']);
      await restarted(bench, '4');
      expect(await ports(bench)).toEqual(['static:4.vf 4']);
    }, started('3')));

  it('takes the place of one that was added by hand; a port of others stays', () =>
    withBench(async (bench) => {
      const at = `--path ${bench.one.folder}/3.sock --control-socket ${bench.one.socket}`;
      const add = `relay add 3 --device net_ring3 ${at}`.split(' ');
      expect((await vmlane(add)).status).toBe(0);
      const path = join(bench.one.folder, '4.sock');
      await bench.client.addPort({ name: 'web', path, listener: 'switch' });
      await restarted(bench, '3', '4');
      // The device is the start's, so the state file's port for it is refused; the socket is still the other one's.
      expect(await ports(bench)).toEqual([
        'relay:3.vm 3',
        'static:3.vf 3',
        'static:4.vf 4',
        'web -',
      ]);
      const failed = await restoreStaticRelays(bench.client, [
        relay(bench, '3'),
        relay(bench, '4'),
      ]);
      expect(failed.map(({ message }) => message)).toEqual([
        `static relay 4: its socket ${path} is that of port web; vmlane switch remove web, and restart the switch`,
      ]);
      expect(await ports(bench)).toEqual([
        'static:3.vf 3',
        'static:3.vm 3',
        'static:4.vf 4',
        'web -',
      ]);
    }));

  it('is not removed by hand, is added again by nobody, and may get its socket later', () =>
    withBench(
      async (bench) => {
        const later = relay(bench, '4', { path: null });
        expect(await restoreStaticRelays(bench.client, [relay(bench, '3'), later])).toEqual([]);
        const { socket, folder } = bench.one;
        const before = await bench.client.ports();
        const said = 'relay 3: is static, from the switch';
        for (const [line, text] of [
          ['remove 3', said],
          ['remove 3 --device net_ring3', said],
          [`remove-socket --vhost-path ${folder}/3.sock`, said],
          [`add 3 --device net_ring3 --path ${folder}/3.sock`, 'is there already'],
          ['add 5 --device net_ring3', 'net_ring3: is attached to relay 3 already'],
        ] as const) {
          const ran = await vmlane(['relay', ...line.split(' '), '--control-socket', socket]);
          expect([line, ran.status, ran.out]).toEqual([line, 2, '']);
          expect(ran.err).toContain(text);
          expect(await bench.client.ports()).toEqual(before);
        }
        const give = ['add-socket', '4', '--vhost-path', join(folder, 'late.sock')];
        expect((await vmlane(['relay', ...give, '--control-socket', socket])).status).toBe(0);
        expect(await restoreStaticRelays(bench.client, [later])).toEqual([]);
        expect(await ports(bench)).toContain('relay:4.vm 4');
        const gone = ['remove-socket', '--vhost-path', join(folder, 'late.sock')];
        expect((await vmlane(['relay', ...gone, '--control-socket', socket])).status).toBe(0);
      },
      started('3', '4'),
    ));

  it('that the running switch has otherwise is a difference to its settings', () =>
    withBench(async (bench) => {
      const wanted = relay(bench, '3');
      const differing = async (asked: StaticRelay) =>
        (await differencesAt(bench.one.socket, launchOptions({ relay: [asked] }))).found.map(
          ({ option, live }) => [option, live],
        );
      expect(await differing(wanted)).toEqual([['--relay', false]]);
      await restoreStaticRelays(bench.client, [wanted]);
      expect(await differing(wanted)).toEqual([]);
      expect(await differing({ ...wanted, device: 'net_ring4' })).toEqual([['--relay', false]]);
      const [unknown] = await restoreStaticRelays(bench.client, [relay(bench, '5')]);
      expect(unknown?.message).toBe(
        'static relay 5: the switch was started without its device; restart the switch; guests keep their NICs',
      );
    }, started('3')));
});
