/** What is checked before a start, and that every caller of it does. */

import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { QEMU } from '../../src/domain/read/override.js';
import { checkStart, START_CHECKS, type StartFacts } from '../../src/guests/checks.js';
import type { GuestHost } from '../../src/guests/host.js';
import { startGuest } from '../../src/guests/start.js';
import { settledPorts } from '../../src/guests/start-facts.js';
import { Failed, InvalidInput } from '../../src/values/errors.js';
import { domainXml, vhostUser } from '../hook/xml.js';
import { FakePorts } from '../switch/fake-ports.js';
import { inFolder } from '../switch/folder.js';
import { fakeHost } from './fake-host.js';

const PATH = '/run/vmlane/guests/web.0.sock';
const wanted = [{ name: 'web.0', path: PATH, listener: 'qemu' as const }];
const up = (request: object) => new FakePorts([{ ...wanted[0], ...request } as never], 'up').list;

const switchListens = { wanted: [{ name: 'web.0', path: PATH, listener: 'switch' as const }] };

/** One refused start for each check, by what it needs. */
const REFUSED: [check: string, facts: Partial<StartFacts>, message: string][] = [
  [
    'switch',
    { unreachable: new Failed({ thing: 's.sock', problem: 'no switch', remedy: 'start it' }) },
    's.sock: no switch; start it',
  ],
  ['memory', { memory: { problem: 'private', remedy: 'share it' } }, 'domain web: private; share'],
  [
    'memory file',
    { memoryFile: { problem: 'on a disk', remedy: 'move it' } },
    'domain web: on a disk; move it',
  ],
  ['mtu', { mtu: { problem: 'too large', remedy: 'lower it' } }, 'domain web: too large; lower it'],
  [
    'relay mac',
    { relayMac: { problem: 'another MAC', remedy: 'give its' } },
    'domain web: another MAC; give its',
  ],
  [
    'folder',
    { folders: new Map([['/run/vmlane/guests', { problem: 'no folder', remedy: 'make it' }]]) },
    '/run/vmlane/guests: no folder; make it',
  ],
  [
    'laid',
    { ...switchListens, laid: new Map([[PATH, { problem: 'not there', remedy: 'lay it' }]]) },
    `${PATH}: not there; lay it`,
  ],
  ['huge pages', { hugePages: { thing: '/p', problem: 'none', remedy: 'x' } }, '/p: none; x'],
  ['socket', { listening: new Set([PATH]) }, `${PATH}: another process listens on this socket`],
  ['port', { ports: up({}) }, `port web.0: another guest is connected to it at ${PATH}`],
  ['port', { ports: up({ path: '/x' }) }, 'port web.0: another guest is connected to it at /x'],
  ['port', { ports: up({ name: 'mine' }) }, `port mine: another guest is connected to it`],
  ['port', { ports: up({ listener: 'switch' }) }, `${PATH}: the switch has it as port web.0`],
];

describe('the list', () => {
  const facts = { guest: 'domain web', wanted };
  test('each check has a case', () => {
    expect(new Set(REFUSED.map(([name]) => name))).toEqual(
      new Set(START_CHECKS.map(({ name }) => name)),
    );
  });

  test.each(REFUSED)('%s: %o', (_name, given, message) => {
    expect(() => checkStart({ ...facts, ...given })).toThrow(message);
    expect(() => checkStart({ ...facts, ...given, wanted: [] })).not.toThrow();
  });

  test('what is not known is not checked, and what is fine passes', () => {
    checkStart(facts);
    checkStart({
      ...{ ...facts, unreachable: null, memory: null, memoryFile: null, hugePages: null },
      ...{ folders: new Map([['/run/vmlane/guests', null]]), listening: new Set(['/run/other']) },
      ports: new FakePorts([{ name: 'web.0', path: '/left/over' }]).list,
    });
    // The switch listens: it has the socket, and makes its folder's trouble its own.
    checkStart({
      ...{ guest: 'domain web', wanted: [{ ...wanted[0], listener: 'switch' } as never] },
      listening: new Set([PATH]),
    });
  });

  test('a guest that has just gone is waited for', async () => {
    const ports = new FakePorts(wanted, 'up');
    let looks = 0;
    const client = {
      ports: async () => {
        if (++looks === 3) Object.assign(ports.list[0] ?? {}, { state: 'waiting' });
        return ports.ports();
      },
    };
    expect(await settledPorts(client, wanted, 60_000)).toMatchObject([{ state: 'waiting' }]);
    expect(await settledPorts(new FakePorts(wanted, 'up'), wanted, 0)).toMatchObject([
      { state: 'up' },
    ]);
  });
});

describe('who starts a guest', () => {
  /** A guest that is off, or runs, with a NIC on the path. */
  const libvirt = (xml: string, state: 'shut off' | 'running' = 'shut off') => {
    const calls: string[] = [];
    const never = async () => {};
    return {
      calls,
      xml: async () => xml,
      state: async () => state,
      start: async (name: string) => void calls.push(name),
      definition: async () => xml,
      attach: async () => void calls.push('attach'),
      ...{ detach: never, define: never },
    };
  };
  /** Somebody listens on a socket of this folder meanwhile. */
  const listened = (use: (path: string) => Promise<void>) =>
    inFolder(async (folder) => {
      const path = join(folder, 'web.0.sock');
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(path, resolve));
      try {
        await use(path);
      } finally {
        await new Promise((resolve) => other.close(resolve));
      }
    });
  type Calls = 'xml' | 'state' | 'start' | 'definition' | 'attach' | 'detach' | 'define';
  const on = (guest: ReturnType<typeof libvirt>, ports = new FakePorts([])): GuestHost<Calls> =>
    fakeHost<Calls>(guest, ports, '/');

  test('startGuest does not take the socket of a guest that runs', () =>
    listened(async (path) => {
      const guest = libvirt(domainXml('web', [vhostUser(path)]));
      const ports = new FakePorts([]);
      await expect(startGuest(on(guest, ports), 'web')).rejects.toThrow(
        `${path}: another process listens on this socket`,
      );
      expect([guest.calls, ports.names()]).toEqual([[], []]);
    }));

  test('startGuest: the socket of a guest that runs already is its own', () =>
    listened(async (path) => {
      const guest = libvirt(domainXml('web', [vhostUser(path)]), 'running');
      const started = await startGuest(
        on(guest, new FakePorts([{ name: 'web.0', path }], 'up')),
        'web',
      );
      expect(started.changed).toBe(false);
    }));

  test('startGuest does not take a port that somebody is on, and starts no guest without shared memory', async () => {
    const nic = vhostUser('/run/web.0.sock');
    const ports = new FakePorts([{ name: 'web.0', path: '/run/web.0.sock' }], 'up');
    const guest = libvirt(domainXml('web', [nic]));
    await expect(startGuest(on(guest, ports), 'web')).rejects.toThrow('another guest is connected');
    const lonely = libvirt(domainXml('web', [nic], { memory: '' }));
    const refused = startGuest(on(lonely), 'web');
    await expect(refused).rejects.toBeInstanceOf(InvalidInput);
    await expect(refused).rejects.toThrow('domain web: its memory is private');
    expect([guest.calls, lonely.calls]).toEqual([[], []]);
  });

  test('startGuest refuses an MTU whose frames the switch drops', async () => {
    const nic = vhostUser('/run/web.0.sock').replace('</interface>', "<alias name='ua-x'/>$&");
    const override = `<q:override xmlns:q='${QEMU}'><q:device alias='ua-x'><q:frontend>
      <q:property name='host_mtu' type='unsigned' value='9000'/></q:frontend></q:device></q:override>`;
    const ports = new FakePorts([]);
    const guest = libvirt(domainXml('web', [nic]).replace('</domain>', `${override}$&`));
    await expect(startGuest(on(guest, ports), 'web')).rejects.toThrow(
      'domain web: its MTU is 9000, and the switch carries 1504 at most',
    );
    expect([guest.calls, ports.names()]).toEqual([[], []]);
    ports.maxFrame = 9018;
    expect((await startGuest(on(guest, ports), 'web')).changed).toBe(true);
  });

  // On tmpfs a real guest has its network, on a disk none: test/vm/nvdimm.test.ts.
  test('startGuest refuses an NVDIMM that is not on tmpfs, which the switch does not map', async () => {
    const nvdimm = (path: string) =>
      `<memory model='nvdimm'><source><path>${path}</path></source></memory>`;
    const nic = vhostUser('/run/web.0.sock');
    const ports = new FakePorts([]);
    // A file that every host has, on what is no tmpfs.
    const guest = libvirt(domainXml('web', [nic, nvdimm('/proc/version')]));
    const refused = startGuest(on(guest, ports), 'web');
    await expect(refused).rejects.toBeInstanceOf(InvalidInput);
    await expect(refused).rejects.toThrow(
      'domain web: its memory has the file "/proc/version", on proc, and the switch takes memory on',
    );
    expect([guest.calls, ports.names()]).toEqual([[], []]);
    // libvirt says that of a file that is not there.
    const gone = libvirt(domainXml('web', [nic, nvdimm('/dev/shm/nonexistent')]));
    expect((await startGuest(on(gone), 'web')).changed).toBe(true);
  });

  test('startGuest refuses a folder that is not there', async () => {
    const guest = libvirt(domainXml('web', [vhostUser('/nonexistent/web.0.sock')]));
    await expect(startGuest(on(guest), 'web')).rejects.toThrow(
      "/nonexistent: no folder for the guests' sockets (ENOENT)",
    );
  });
});
