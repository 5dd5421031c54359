/** The hook's file, run as libvirt runs it: guest and operation as words, XML on stdin. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { SwitchClient } from '../../src/switch/client.js';
import { vmlane } from '../cli/test-io.js';
import { FAKE_HELLO, withFake } from '../switch/fake-switch.js';
import { inFolder } from '../switch/folder.js';
import { withRealSwitch } from '../switch/real-switch.js';
import { bridged, domainXml, vhostUser } from './xml.js';

const LIMIT = 8 * 1024 * 1024;

interface Ran {
  status: number | undefined;
  err: string;
}

/** Installs the hook for the switch and gives what calls it. */
async function installed(folder: string, socket: string) {
  const words = [
    '--unchecked',
    '--root',
    folder,
    '--control-socket',
    socket,
    '--socket-dir',
    folder,
  ];
  expect(await vmlane(['hook', 'install', ...words])).toMatchObject({ status: 0 });
  const path = join(folder, 'etc/libvirt/hooks/qemu.d/vmlane');
  const call = async (operation: string, input: string, name = 'web'): Promise<Ran> => {
    const ran = await execa(path, [name, ...operation.split('/'), '-'], {
      input,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      extendEnv: false,
      reject: false,
    });
    expect(ran.stdout).toBe('');
    return { status: ran.exitCode, err: ran.stderr };
  };
  return { path, call };
}

const fine = { status: 0, err: '' };

describe('whatever becomes of it, the hook for networks keeps none from starting:', () => {
  const started = 'started/begin';
  const rows: [what: string, operation: string, log: string, line: RegExp][] = [
    ['another call', 'stopped/end', 'hook.log', /^$/],
    ['a call of future versions', 'thaw/-', 'hook.log', /^$/],
    [
      'its program is gone',
      started,
      'hook.log',
      /^\S+Z network net: the hook ended with status 127; /m,
    ],
    ['and no log can be written', started, 'no/hook.log', /^$/],
  ];
  test.each(rows)('%s', (_what, operation, log, line) =>
    inFolder(async (folder) => {
      const { path } = await installed(folder, join(folder, 's.sock'));
      const file = path.replace('qemu.d', 'network.d');
      const text = readFileSync(file, 'utf8')
        .replace(/^node=.*$/m, "node='/opt/gone'")
        .replace(/^log=.*$/m, `log=${folder}/${log}`)
        // There is something to be attached.
        .replace('/etc/vmlane/interfaces', folder);
      writeFileSync(file, text);
      const words = ['net', ...operation.split('/'), '-'];
      const ran = await execa(file, words, { input: '<hookData/>', reject: false });
      expect(ran).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
      const logged = existsSync(`${folder}/${log}`) ? readFileSync(`${folder}/${log}`, 'utf8') : '';
      expect(logged).toMatch(line);
    }),
  );
});

test("for another's guest, and for other calls, the hook starts no program at all", () =>
  inFolder(async (folder) => {
    const { path, call } = await installed(folder, join(folder, 's.sock'));
    // Whatever it may start leaves a line.
    const log = join(folder, 'started');
    writeFileSync(log, '');
    for (const name of ['head', 'cat', 'dd', 'sed', 'grep', 'awk', 'tr', 'wc', 'node']) {
      writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} >>${log}\n`, { mode: 0o755 });
    }
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/^node=.*$/m, `PATH=${folder}\nnode='${folder}/node'`));
    const foreign = domainXml('web', [bridged('net0')]);
    for (const operation of ['prepare/begin', 'start/begin', 'release/end', 'reconnect/begin']) {
      expect(await call(operation, foreign)).toEqual(fine);
    }
    expect(readFileSync(log, 'utf8')).toBe('');
    await call('prepare/begin', domainXml('web', [vhostUser('/run/a.sock')]));
    expect(readFileSync(log, 'utf8')).toBe('node\n');
  }));

test('with a real switch: registered, again the same, removed', () =>
  withRealSwitch(async ({ folder, socket }) => {
    const { call } = await installed(folder, socket);
    const client = await SwitchClient.connect(socket);
    const path = join(folder, 'a.sock');
    const ports = `<vmlane:port path="${path}" vlan="100" pinned="yes"/>`;
    const xml = domainXml('web', [vhostUser(path)], { ports });
    for (const _ of [1, 2]) {
      expect(await call('prepare/begin', xml)).toMatchObject(fine);
      expect(await client.ports()).toMatchObject([
        { name: 'web.0', path, listener: 'qemu', vlan: 100, mac: '52:54:00:00:00:0a' },
      ]);
    }
    for (const operation of ['start/begin', 'started/begin', 'reconnect/begin', 'stopped/end']) {
      expect(await call(operation, xml)).toMatchObject(fine);
    }
    expect(await client.ports()).toHaveLength(1);
    // libvirt has chosen the label only by now.
    const label = 'libvirt-6c1b6a1e-6c2c-4cb2-9f0e-2d1b5ce01234';
    const seclabel = `<seclabel type='dynamic' model='apparmor' relabel='yes'><label>${label}</label></seclabel>`;
    expect(
      await call('start/begin', xml.replace('</domain>', `${seclabel}</domain>`)),
    ).toMatchObject(fine);
    expect(await client.ports()).toMatchObject([{ name: 'web.0', vlan: 100, peer_label: label }]);
    await client.addPort({ name: 'web.hostnet0', path: join(folder, 'web.hostnet0.sock') });
    await client.addPort({ name: 'other', path: join(folder, 'other.sock') });
    const wrapped = [vhostUser(path), bridged('net0')];
    const emulator = '/opt/vmlane/wrapper/qemu-wrap';
    for (const _ of [1, 2]) {
      const end = await call('release/end', domainXml('web', wrapped, { emulator }));
      expect(end).toMatchObject(fine);
      expect((await client.ports()).map(({ name }) => name)).toEqual(['other']);
    }
    client.close();
  }));

test('of two ports, one refused: none stays', () =>
  withRealSwitch(async ({ folder, socket }) => {
    const { call } = await installed(folder, socket);
    const nics = [vhostUser(join(folder, 'a')), vhostUser(join(folder, 'nowhere/b'), 'client')];
    const ran = await call('prepare/begin', domainXml('web', nics));
    expect(ran.status).not.toBe(0);
    expect(ran.err).toMatch(/^vmlane hook: .*nowhere\/b/);
    const client = await SwitchClient.connect(socket);
    expect(await client.ports()).toEqual([]);
    client.close();
  }));

describe('with a dead switch', () => {
  const withDead = (
    use: (call: Awaited<ReturnType<typeof installed>>['call'], folder: string) => Promise<void>,
  ) =>
    inFolder(async (folder) => use((await installed(folder, join(folder, 's.sock'))).call, folder));

  test('a guest on it does not start, and is told why at once', () =>
    withDead(async (call, folder) => {
      for (const mode of ['server', 'client']) {
        const xml = domainXml('web', [vhostUser(join(folder, 'a'), mode)]);
        const ran = await call('prepare/begin', xml);
        expect(ran).toMatchObject({
          status: 1,
          err: `vmlane hook: ${folder}/s.sock: no switch is running there (no such file); start it with 'vmlane switch start'`,
        });
      }
    }));

  test('nobody else is held up', () =>
    withDead(async (call, folder) => {
      const ours = domainXml('web', [vhostUser(join(folder, 'a'))]);
      const calls: [string, string][] = [
        ['reconnect/begin', ours],
        ['migrate/begin', ours],
        ['restore/begin', ours],
        ['attach/begin', ours],
        ['stopped/end', ours],
        ['thaw/begin', ours],
        ['prepare/-', ours],
        ['prepare/begin', domainXml('web', [bridged('net0')])],
        ['prepare/begin', domainXml('web', [vhostUser('/run/openvswitch/a')])],
        ['release/end', domainXml('web', [vhostUser('/run/openvswitch/a')])],
        ['prepare/begin', domainXml('web', [bridged('net0')], { emulator: '/x/qemu-wrap' })],
        ['prepare/begin', ''],
        ['prepare/begin', "no XML type='vhostuser'"],
        ['prepare/begin', `<domain>${'x'.repeat(LIMIT + 100_000)}`],
      ];
      for (const [operation, xml] of calls) {
        expect([operation, await call(operation, xml)]).toMatchObject([operation, fine]);
      }
      expect(await call('prepare/begin', domainXml('web', []), '--; $(false) "\'')).toMatchObject(
        fine,
      );
    }));

  test('what goes wrong at the end is told', () =>
    withDead(async (call, folder) => {
      const ran = await call('release/end', domainXml('web', [vhostUser(join(folder, 'a'))]));
      expect(ran).toMatchObject({
        status: 1,
        err: expect.stringContaining('no switch is running'),
      });
    }));

  test.each([
    ['longer than 8 MiB', 'x'.repeat(LIMIT), ''],
    ['declares a document type', '', '<!DOCTYPE domain>'],
  ])('a guest on it whose XML is odd does not start: %s', (problem, long, head) =>
    withDead(async (call, folder) => {
      const nic = vhostUser(join(folder, 'a'));
      const ran = await call('prepare/begin', head + domainXml('web', [nic, `<!--${long}-->`]));
      expect(ran).toMatchObject({ status: 2 });
      expect(ran.err).toContain(`vmlane hook: domain XML: ${problem}`);
    }),
  );
});

test('at the end, a port that somebody still uses stays, and that is told', () =>
  inFolder((folder) => {
    const guest = { id: 0, vlan: 0, queues: 1, features: '0x0', lcore: 1, listener: 'qemu' };
    const port = { ...guest, name: 'web.0', path: join(folder, 'a'), state: 'up' };
    const gone = { ...guest, name: 'web.1', path: join(folder, 'b'), state: 'waiting' };
    return withFake(
      ({ method }) =>
        method === 'port.list'
          ? { result: { ports: [port, gone] } }
          : { result: { changed: true } },
      async (socket, { asked }) => {
        const { call } = await installed(folder, socket);
        const nics = [vhostUser(port.path), vhostUser(gone.path)];
        expect(await call('release/end', domainXml('web', nics))).toMatchObject({
          status: 1,
          err: `vmlane hook: port web.0: somebody is still connected to it, so it stays; see who uses it: 'vmlane switch ports'; 'vmlane switch remove' takes it away`,
        });
        const removed = asked.filter(({ method }) => method === 'port.remove');
        expect(removed.map(({ params }) => params)).toEqual([{ name: 'web.1' }]);
      },
    );
  }));

describe('with a switch that hangs, the start fails in time:', () => {
  const xml = (folder: string) => domainXml('web', [vhostUser(join(folder, 'a'))]);

  test('it says nothing', () =>
    inFolder((folder) =>
      withFake(
        () => undefined,
        async (socket) => {
          const { call } = await installed(folder, socket);
          const ran = await call('prepare/begin', xml(folder));
          expect(ran.status).toBe(1);
          expect(ran.err).toMatch(
            /^vmlane hook: \S+switch\.sock: no answer to hello within 2000 ms; /,
          );
        },
        () => undefined,
      ),
    ));

  test('it takes more than a second for each answer', () => {
    const slow = async (result: object) => {
      await sleep(1200);
      return { result };
    };
    return inFolder((folder) =>
      withFake(
        ({ method }) => slow(method === 'port.list' ? { ports: [] } : {}),
        async (socket) => {
          const { call } = await installed(folder, socket);
          const ran = await call('prepare/begin', xml(folder));
          expect(ran.status).toBe(1);
          expect(ran.err).toMatch(
            /^vmlane hook: \S+: it took more than 2000 ms for the guest's ports; /,
          );
        },
        () => ({ result: FAKE_HELLO }),
      ),
    );
  });
});

test.each(['node', 'main'])(
  'without its %s, only guests with vhost-user NICs are refused',
  (name) =>
    inFolder(async (folder) => {
      const { path, call } = await installed(folder, join(folder, 's.sock'));
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}='/opt/gone'`));
      expect(await call('prepare/begin', domainXml('web', [bridged('net0')]))).toMatchObject(fine);
      const ran = await call('prepare/begin', domainXml('web', [vhostUser(join(folder, 'a'))]));
      expect(ran).toMatchObject({
        status: 1,
        err: `vmlane hook: /opt/gone: cannot be read; build or install vmlane again and run 'vmlane hook install', or remove ${path}`,
      });
    }),
);

test('a guest whose memory no switch could read is refused', () =>
  withRealSwitch(async ({ folder, socket }) => {
    const { call } = await installed(folder, socket);
    const xml = domainXml('web', [vhostUser(join(folder, 'a'))], { memory: '' });
    const ran = await call('prepare/begin', xml);
    expect(ran).toMatchObject({ status: 2 });
    expect(ran.err).toContain('domain web: its memory is private, the switch could not read it');
  }));

test('a socket on which another guest listens is not taken from it', () =>
  withRealSwitch(async ({ folder, socket }) => {
    const { call } = await installed(folder, socket);
    // Any listener will do; the switch's own is one.
    const ran = await call('prepare/begin', domainXml('web', [vhostUser(socket)]));
    expect(ran).toMatchObject({ status: 1 });
    expect(ran.err).toContain(`${socket}: another process listens on this socket`);
  }));
