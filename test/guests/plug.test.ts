import { describe, expect, test } from 'vitest';
import type { NicRequest, PlugOptions } from '../../src/guests/plug.js';
import { plugNic, unplugNic } from '../../src/guests/plug.js';
import type { DomainState } from '../../src/libvirt/index.js';
import { Failed, InvalidInput } from '../../src/values/errors.js';
import { vmlane } from '../cli/test-io.js';
import { FakePorts } from '../switch/fake-ports.js';
import { fakeHost } from './fake-host.js';

const SHARED = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";
const MAC = '52:54:00:00:00:01';
const nic = (mac: string, path: string) =>
  `<interface type='vhostuser'><mac address='${mac}'/><source type='unix' path='${path}' mode='server'/></interface>`;
const domain = (inside = SHARED, devices = '') =>
  `<domain type='kvm'><name>web</name>${inside}<devices>${devices}</devices></domain>`;

/** A libvirt with one domain. It takes what is plugged in as it comes. */
class FakeLibvirt {
  plugged: string[] = [];
  keeps = false;
  refusesDefine = false;
  constructor(
    public stored: string,
    readonly is: DomainState = 'running',
    readonly refuses = '',
  ) {}

  async xml(): Promise<string> {
    return this.stored.replace('</devices>', `${this.plugged.join('')}</devices>`);
  }

  async definition(): Promise<string> {
    return this.stored;
  }

  async define(xml: string): Promise<void> {
    if (this.refusesDefine) throw new Failed({ thing: 'web', problem: 'full', remedy: 'x' });
    this.stored = xml;
  }

  async state(): Promise<DomainState> {
    return this.is;
  }

  async attach(_name: string, device: string): Promise<void> {
    if (this.refuses) throw new Failed({ thing: 'domain web', problem: this.refuses, remedy: 'x' });
    this.plugged.push(device);
  }

  async detach(): Promise<void> {
    if (!this.keeps) this.plugged = [];
  }
}

describe('a VLAN that is to stay', () => {
  const there = domain(undefined, nic(MAC, '/run/vmlane/guests/web/0.sock'));
  const request = { mac: '52:54:00:00:00:02', vlan: 7 };

  test('is in the definition, and out of it again', async () => {
    const libvirt = new FakeLibvirt(there);
    const ports = new FakePorts([]);
    await plug(libvirt, ports, request, { persistent: true });
    expect(libvirt.stored).toContain(
      '<vmlane:port path="/run/vmlane/guests/web/1.sock" vlan="7"/>',
    );
    await unplug(libvirt, ports, request.mac, { persistent: true });
    expect(libvirt.stored).toBe(there);
  });

  test('is not where the NIC is not', async () => {
    const libvirt = new FakeLibvirt(there);
    await plug(libvirt, new FakePorts([]), request);
    expect(libvirt.stored).toBe(there);
  });

  test('takes NIC and port back when it cannot be kept', async () => {
    const libvirt = new FakeLibvirt(there);
    libvirt.refusesDefine = true;
    const ports = new FakePorts([]);
    const plugged = plug(libvirt, ports, request, { persistent: true });
    await expect(plugged).rejects.toThrow('web: full');
    expect([libvirt.plugged, ports.names()]).toEqual([[], []]);
  });
});

describe("a network of the switch's", () => {
  const request = { mac: MAC, network: 'lan' };
  const networks = () => [{ name: 'lan', vlan: 20 }];

  test('says the VLAN of the port, and its name stays in the definition', async () => {
    const libvirt = new FakeLibvirt(domain());
    const ports = new FakePorts([]);
    const host = { ...fakeHost<Calls>(libvirt, ports), networks };
    const { port } = await plugNic(host, 'web', request, { persistent: true });
    expect(port.vlan).toBe(20);
    expect(ports.list).toMatchObject([{ vlan: 20 }]);
    expect(libvirt.stored).toContain(
      '<vmlane:port path="/run/vmlane/guests/web/0.sock" vlan="20" network="lan"/>',
    );
    await unplugNic(host, 'web', MAC, { persistent: true });
    expect(libvirt.stored).toBe(domain());
  });

  const bad: [string, NicRequest, string][] = [
    [
      'unknown',
      { network: 'lam' },
      'network lam: the switch has no such network; did you mean lan?',
    ],
    [
      'and a VLAN',
      { ...request, vlan: 7 },
      '--vlan 7: has no meaning with --network, which says the VLAN; give one of them',
    ],
    ['and no VLAN', { ...request, vlan: 0 }, '--vlan 0: has no meaning with --network, '],
    ['no name', { network: '' }, 'network : the switch has no such network; '],
  ];
  test.each(bad)('%s: refused, and nothing is changed', async (_what, wish, line) => {
    const libvirt = new FakeLibvirt(domain());
    const ports = new FakePorts([]);
    const host = { ...fakeHost<Calls>(libvirt, ports), networks };
    const plugged = plugNic(host, 'web', wish, { persistent: true });
    await expect(plugged).rejects.toThrow(line);
    await expect(plugged).rejects.toThrow(InvalidInput);
    expect([libvirt.stored, libvirt.plugged, ports.list]).toEqual([domain(), [], []]);
  });
});

type Calls = 'xml' | 'state' | 'attach' | 'detach' | 'definition' | 'define';
function plug(libvirt: FakeLibvirt, ports: FakePorts, request?: NicRequest, how?: PlugOptions) {
  return plugNic(fakeHost<Calls>(libvirt, ports), 'web', request, how);
}
const plan = (libvirt: FakeLibvirt, request?: NicRequest, ports = new FakePorts([])) =>
  plug(libvirt, ports, request, { dryRun: true });
function unplug(libvirt: FakeLibvirt, ports: FakePorts, mac: string, how?: PlugOptions) {
  return unplugNic(fakeHost<Calls>(libvirt, ports), 'web', mac, how);
}

describe('attach', () => {
  test('the port is added, then the NIC plugged in; again it changes nothing; detach takes both away', async () => {
    const libvirt = new FakeLibvirt(
      domain(undefined, nic('52:54:00:00:00:09', '/run/vmlane/guests/web.sock')),
    );
    const ports = new FakePorts([]);
    const request = { mac: MAC.toUpperCase(), queues: 4, vlan: 7 };
    expect(await plan(libvirt, request, ports)).toMatchObject({ changed: false, mac: MAC });
    expect([libvirt.plugged, ports.names()]).toEqual([[], []]);
    expect(await plug(libvirt, ports, request)).toEqual({
      ...{ changed: true, mac: MAC, queues: 4, present: false },
      port: {
        ...{ name: 'web.1', path: '/run/vmlane/guests/web/1.sock', listener: 'switch', vlan: 7 },
        ...{ mac: MAC, other_macs: 0 },
      },
    });
    expect(ports.list).toMatchObject([{ name: 'web.1', vlan: 7 }]);
    expect(libvirt.plugged.join('')).toMatch(
      /path="\/run\/vmlane\/guests\/web\/1\.sock".*queues="4"/s,
    );
    expect(await plug(libvirt, ports, { mac: MAC })).toMatchObject({
      changed: false,
      present: true,
    });
    expect(await unplug(libvirt, ports, MAC)).toEqual({
      ...{ changed: true, path: '/run/vmlane/guests/web/1.sock' },
      ports: { removed: ['web.1'], busy: [] },
    });
    expect(ports.list).toEqual([]);
    expect(await unplug(libvirt, ports, MAC)).toMatchObject({ changed: false });
  });

  test('a NIC whose guest may send from other addresses is one that libvirt trusts', async () => {
    const libvirt = new FakeLibvirt(domain());
    const ports = new FakePorts([]);
    const { port } = await plug(libvirt, ports, { mac: MAC, pinned: false });
    expect(port).toMatchObject({ mac: MAC, other_macs: 1 });
    expect(ports.list).toMatchObject([{ mac: MAC, other_macs: 1 }]);
    const [attached = ''] = libvirt.plugged;
    expect(attached).toContain('<interface type="vhostuser" trustGuestRxFilters="yes">');
  });

  test('a number that is in use is skipped, a random address is of QEMU’s range', async () => {
    const used = new FakePorts([{ name: 'web.0', path: '/elsewhere' }]);
    const planned = await plan(new FakeLibvirt(domain()), {}, used);
    expect(planned.port.name).toBe('web.1');
    expect(planned.mac).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
  });

  test('what libvirt refuses leaves no port behind', async () => {
    const libvirt = new FakeLibvirt(domain(), 'running', 'No more available PCI slots');
    const ports = new FakePorts([]);
    await expect(plug(libvirt, ports)).rejects.toThrow('No more available PCI slots');
    expect(ports.list).toEqual([]);
  });

  const cells = (access: string) =>
    `${SHARED}<cpu><numa><cell id='0'/><cell id='1' memAccess='${access}'/></numa></cpu>`;
  const dimm = (access: string, cell = 'shared') =>
    `<cpu><numa><cell id='0' memAccess='${cell}'/></numa></cpu><devices><memory model='dimm' ${access}><target><node>0</node></target></memory></devices>`;
  // All are what libvirt 9.0 has QEMU share, as a file if no source is said.
  test.each([
    ['shared', domain()],
    ['shared without a source', domain(SHARED.replace(/<source.*?>/, ''))],
    ['shared and called anonymous', domain(SHARED.replace('memfd', 'anonymous'))],
    ['shared by its cell', domain("<cpu><numa><cell id='0' memAccess='shared'/></numa></cpu>")],
    ['plugged into a cell that is shared', domain(dimm(''))],
    ['of cells that are shared', domain(cells('shared'))],
    ['shared by qemu-wrap', domain('', '<emulator>/opt/vmlane/wrapper/qemu-wrap</emulator>')],
  ])('memory that is %s will do', async (_, xml) => {
    await expect(plan(new FakeLibvirt(xml))).resolves.toBeDefined();
  });

  test.each([
    [InvalidInput, 'memory is private', domain(''), 'running', {}],
    [InvalidInput, 'memory is private', domain(cells('private')), 'running', {}],
    [InvalidInput, 'memory is private', domain(SHARED.replace('shared', 'private')), 'running', {}],
    [InvalidInput, 'memory is private', domain(SHARED.replace(/<access.*?>/, '')), 'running', {}],
    [InvalidInput, 'memory is private', domain(dimm("access='private'")), 'running', {}],
    [InvalidInput, 'memory is private', domain(dimm('', 'private')), 'running', {}],
    [InvalidInput, 'memory is encrypted', domain("<launchSecurity type='sev'/>"), 'running', {}],
    [Failed, 'it does not run: shut off', domain(), 'shut off', {}],
    [InvalidInput, 'is no unicast MAC address', domain(), 'running', { mac: '01:00:5e:00:00:01' }],
    [InvalidInput, 'is no unicast MAC address', domain(), 'running', { mac: '52:54:00:1:2:3' }],
    [InvalidInput, 'is no unicast MAC address', domain(), 'running', { mac: '00:00:00:00:00:00' }],
  ] as const)('%o: %s', async (kind, message, xml, state, request) => {
    const refused = plan(new FakeLibvirt(xml, state), request);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(kind);
  });
});

test('another host’s guests are out of reach', async () => {
  for (const words of [
    ['attach', 'web'],
    ['detach', 'web', MAC],
  ]) {
    const ran = await vmlane(['domain', ...words, '--connect', 'qemu+tls://far/system']);
    expect(ran).toMatchObject({ status: 2, out: '' });
    expect(ran.err).toContain('out of reach of the switch here');
  }
});
