/** Static relays: the settings' alone, made anew at each start of the switch. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreStaticRelays } from '../../src/relays/index.js';
import { launchOptions, type StaticRelay } from '../../src/switch/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { differencesAt } from '../../src/switch/running.js';
import { runningSwitch } from '../../src/switch/start.js';
import { vmlane } from '../cli/test-io.js';
import { inFolder } from '../switch/folder.js';
import { type Bench, withBench } from './bench.js';
import { frame, mac } from './frames.js';
import { Guests } from './guests.js';
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

  it('has its VLANs and its link from the settings, at each start and however they were changed', () =>
    withBench(async (bench) => {
      const wanted = relay(bench, '3', { trunks: '7,100-102', link: 'disable' });
      const has = async () => {
        const all = await bench.client.ports();
        const of = (name: string) => all.find((port) => port.name === `static:3.${name}`);
        const { link, link_state: state } = of('vm') ?? {};
        return { trunks: of('vf')?.trunks, link, state };
      };
      expect(await restoreStaticRelays(bench.client, [wanted])).toEqual([]);
      const asked = { trunks: '7,100-102', link: 'disable', state: 'down' };
      expect(await has()).toEqual(asked);
      await bench.client.setPort({ name: 'static:3.vf', trunks: null });
      await bench.client.setPort({ name: 'static:3.vm', link: 'enable' });
      expect(await restoreStaticRelays(bench.client, [wanted])).toEqual([]);
      expect(await has()).toEqual(asked);
      await restarted(bench, '3');
      expect(await restoreStaticRelays(bench.client, [wanted])).toEqual([]);
      expect(await has()).toEqual(asked);
      // Settings that do not say it leave it as it is while the switch runs, and it ends with the switch.
      expect(await restoreStaticRelays(bench.client, [relay(bench, '3')])).toEqual([]);
      expect(await has()).toEqual(asked);
      await restarted(bench, '3');
      expect(await restoreStaticRelays(bench.client, [relay(bench, '3')])).toEqual([]);
      expect(await has()).toEqual({ trunks: null, link: 'auto', state: 'up' });
    }, started('3')));

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
      expect(await differing({ ...wanted, trunks: '7' })).toEqual([['--relay', false]]);
      expect(await differing({ ...wanted, link: 'enable' })).toEqual([['--relay', false]]);
      expect(await differing({ ...wanted, link: 'auto' })).toEqual([]);
      await bench.client.setPort({ name: 'static:3.vf', trunks: '7' });
      expect(await differing({ ...wanted, trunks: '7' })).toEqual([]);
      expect(await differing(wanted)).toEqual([]);
      const [unknown] = await restoreStaticRelays(bench.client, [relay(bench, '5')]);
      expect(unknown?.message).toBe(
        'static relay 5: the switch was started without its device; restart the switch; guests keep their NICs',
      );
    }, started('3')));
});

/** `vmlane switch start --foreground` as built, as a service runs it, until `use` is over. */
async function inForeground(
  folder: string,
  settings: string,
  use: (socket: string, said: () => string) => Promise<void>,
): Promise<void> {
  const socket = join(folder, 'switch.sock');
  const file = join(folder, 'switch.yaml');
  await writeFile(file, settings, { mode: 0o600 });
  const main = join(packageRoot(), 'dist/bin/main.js');
  const words = ['switch', 'start', '--foreground', '--settings', file, '--no-huge'];
  words.push('--memory', '128', '--idle-sleep', '50', '--control-socket', socket);
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const end of [child.stdout, child.stderr])
    end.on('data', (data: Buffer) => {
      said += data.toString();
    });
  const closed = once(child, 'close');
  try {
    await expect.poll(() => runningSwitch(socket).catch(() => undefined)).toBeDefined();
    await use(socket, () => said);
  } finally {
    child.kill('SIGTERM');
    expect(await closed, said).toEqual([0, null]);
  }
}

describe('switch start --foreground', () => {
  const setting = (folder: string, names: string[]) =>
    `relay: ${JSON.stringify(Object.fromEntries(names.map((name) => [name, { device: `net_ring${name}`, path: join(folder, `${name}.sock`) }])))}\n`;
  const names = async (socket: string) => {
    const { out } = await vmlane(['switch', 'ports', '--json', '--control-socket', socket]);
    return JSON.parse(out)
      .ports.map(({ name, relay: of }: { name: string; relay: string }) => `${name} ${of}`)
      .sort();
  };

  it('makes the static relays of its settings file, whole, at each start', () =>
    inFolder(async (folder) => {
      await inForeground(folder, setting(folder, ['3', '4']), async (socket) => {
        await expect
          .poll(() => names(socket))
          .toEqual(['static:3.vf 3', 'static:3.vm 3', 'static:4.vf 4', 'static:4.vm 4']);
        const guests = new Guests();
        try {
          await guests.open('a', join(folder, '3.sock'));
          await guests.send('a', [one]);
          await expect.poll(() => guests.receive()).toEqual({ a: [one] });
        } finally {
          await guests.end();
        }
      });
      await inForeground(folder, setting(folder, ['4']), async (socket) => {
        await expect.poll(() => names(socket)).toEqual(['static:4.vf 4', 'static:4.vm 4']);
      });
    }));

  it('says which of them cannot be, and makes the others', () =>
    inFolder(async (folder) => {
      await inForeground(folder, '{}\n', async (socket) => {
        const taken = ['switch', 'add', 'web', '--path', join(folder, '3.sock')];
        expect((await vmlane([...taken, '--control-socket', socket])).status).toBe(0);
      });
      await inForeground(folder, setting(folder, ['3', '4']), async (socket, said) => {
        await expect
          .poll(() => names(socket))
          .toEqual(['static:3.vf 3', 'static:4.vf 4', 'static:4.vm 4', 'web null']);
        // It says so when it has made the others.
        await expect
          .poll(said)
          .toContain(`static relay 3: its socket ${join(folder, '3.sock')} is that of port web`);
      });
    }));
});
