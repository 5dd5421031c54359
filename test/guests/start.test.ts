import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convertDomain, openDomain } from '../../src/domain/index.js';
import { reachSwitch } from '../../src/guests/host.js';
import { startGuest } from '../../src/guests/start.js';
import type { DomainState } from '../../src/libvirt/index.js';
import { isRemote } from '../../src/libvirt/uri.js';
import { Failed } from '../../src/values/errors.js';
import { xmlOf } from '../domain/convert/cases.js';
import { FakePorts } from '../switch/fake-ports.js';
import { inFolder } from '../switch/folder.js';
import { withPorts } from '../switch/with-ports.js';

const SHARED = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";

/** Not libvirt: one guest, and what was asked. */
class FakeLibvirt {
  readonly calls: string[] = [];
  constructor(
    readonly sources: [path: string, mode: string][],
    public current: DomainState = 'shut off',
    readonly failure?: Error,
  ) {}

  async xml(name: string): Promise<string> {
    const nics = this.sources.map(
      ([path, mode]) =>
        `<interface type='vhostuser'><source type='unix' path='${path}' mode='${mode}'/></interface>`,
    );
    const plain = "<interface type='network'><source network='default'/></interface>";
    return `<domain><name>${name}</name>${SHARED}<devices>${plain}${nics.join('')}</devices></domain>`;
  }

  async state(): Promise<DomainState> {
    return this.current;
  }

  async start(name: string): Promise<void> {
    this.calls.push(`start ${name}`);
    if (this.failure) throw this.failure;
  }
}

/** Of a host whose sockets are not looked at. */
const start = (libvirt: FakeLibvirt, name: string, socket: string | undefined) =>
  startGuest({ libvirt, reach: () => reachSwitch(socket) }, name);

describe('startGuest', () => {
  it('registers each vhost-user interface, in the role that QEMU leaves, then starts', () => {
    const ports = new FakePorts([]);
    const libvirt = new FakeLibvirt([
      ['/run/a.sock', 'server'],
      ['/run/b.sock', 'client'],
    ]);
    return withPorts(ports, async (socket) => {
      const started = await start(libvirt, 'web 1', socket);
      expect(started.changed).toBe(true);
      expect(ports.list).toMatchObject([
        { path: '/run/a.sock', listener: 'qemu', name: expect.stringMatching(/^web-1-\w+\.0$/) },
        { path: '/run/b.sock', listener: 'switch', name: expect.stringMatching(/^web-1-\w+\.1$/) },
      ]);
      expect(libvirt.calls).toEqual(['start web 1']);
    });
  });

  it('gives a port the VLAN that the NIC had before it was converted', () => {
    const ports = new FakePorts([]);
    ports.maxFrame = 9018;
    const libvirt = new FakeLibvirt([]);
    const { xml } = convertDomain(openDomain(xmlOf('taps')));
    libvirt.xml = async () => xml;
    return withPorts(ports, async (socket) => {
      await start(libvirt, 'taps', socket);
      expect(ports.list).toMatchObject([
        { name: 'taps.0', path: '/run/vmlane/guests/taps/0.sock', vlan: 42 },
        { name: 'taps.1', vlan: 0 },
      ]);
    });
  });

  it('starts nothing when the switch is not there', () =>
    inFolder(async (folder) => {
      const libvirt = new FakeLibvirt([['/run/a.sock', 'server']]);
      const dead = start(libvirt, 'a', join(folder, 'switch.sock'));
      await expect(dead).rejects.toThrow("start it with 'vmlane switch start'");
      expect(libvirt.calls).toEqual([]);
    }));

  it('needs no switch for a guest without vhost-user', async () => {
    const libvirt = new FakeLibvirt([]);
    expect(await start(libvirt, 'a', '/nonexistent')).toEqual({ changed: true, ports: [] });
    expect(libvirt.calls).toEqual(['start a']);
  });

  it('removes what it added when the start fails, and nothing else', () => {
    const ports = new FakePorts([{ name: 'other', path: '/run/a.sock' }]);
    const failure = new Failed({ thing: 'domain a', problem: 'no memory', remedy: 'find some' });
    const sources: [string, string][] = [
      ['/run/a.sock', 'server'],
      ['/run/b.sock', 'server'],
    ];
    const libvirt = new FakeLibvirt(sources, 'shut off', failure);
    return withPorts(ports, async (socket) => {
      await expect(start(libvirt, 'a', socket)).rejects.toBe(failure);
      expect(libvirt.calls).toEqual(['start a']);
      expect(ports.names()).toEqual(['other']);
    });
  });

  it('sees to the ports of a guest that runs already', () => {
    const ports = new FakePorts([]);
    const libvirt = new FakeLibvirt([['/run/a.sock', 'server']], 'running');
    return withPorts(ports, async (socket) => {
      expect((await start(libvirt, 'a', socket)).changed).toBe(false);
      expect(ports.names()).toEqual(['a.0']);
      expect(libvirt.calls).toEqual([]);
    });
  });

  it('does not touch a guest that is paused', () => {
    const ports = new FakePorts([]);
    const libvirt = new FakeLibvirt([['/run/a.sock', 'server']], 'paused');
    return withPorts(ports, async (socket) => {
      await expect(start(libvirt, 'a', socket)).rejects.toThrow(
        "domain a: cannot be started: paused; continue it with 'virsh resume'",
      );
      expect(ports.names()).toEqual([]);
    });
  });

  it('refuses a guest on another host, unless it needs no switch', async () => {
    const libvirt = new FakeLibvirt([['/run/a.sock', 'server']]);
    await expect(start(libvirt, 'a', undefined)).rejects.toThrow('on another host');
    expect(libvirt.calls).toEqual([]);
    expect((await start(new FakeLibvirt([]), 'a', undefined)).changed).toBe(true);
  });

  it('refuses two interfaces on one socket', async () => {
    const sources: [string, string][] = [
      ['/run/a.sock', 'server'],
      ['/run/a.sock', 'server'],
    ];
    const twice = start(new FakeLibvirt(sources), 'a', '/nonexistent');
    await expect(twice).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('a: two of its interfaces use the socket /run/a.sock'),
    });
  });
});

it.each([
  ['qemu:///system', false],
  ['qemu+unix:///system?socket=/run/x', false],
  ['test:///default', false],
  ['qemu+tls://localhost:16514/system', false],
  ['qemu+tcp://[::1]/system', false],
  ['qemu+ssh://host/system', true],
  ['qemu+ssh://root@host:22/system', true],
  ['qemu+ssh://root@localhost/system', false],
])('%s is on another host: %j', (uri, remote) => {
  expect(isRemote(uri)).toBe(remote);
});
