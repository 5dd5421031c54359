import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDomain } from '../../src/domain/index.js';
import { isOwnName, ownPorts } from '../../src/guests/ports.js';
import { removePorts } from '../../src/guests/remove-ports.js';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { FakePorts } from '../switch/fake-ports.js';
import { withPorts } from '../switch/with-ports.js';
import { vmlane } from './test-io.js';

const UUID = 'f0000000-0000-4000-8000-000000000007';
const nic = (path: string, mac: string) =>
  `<interface type='vhostuser'><mac address='${mac}'/><source type='unix' path='${path}' mode='server'/><model type='virtio'/></interface>`;
const XML = `<domain type='test'><name>web1</name><uuid>${UUID}</uuid><memory unit='MiB'>64</memory>
  <metadata><vmlane:ports xmlns:vmlane='urn:vmlane:ports:1'><vmlane:port path='/run/b.sock' vlan='7'/></vmlane:ports></metadata>
  <os><type>hvm</type></os><devices>
  ${nic('/run/a.sock', '52:54:00:00:00:01')}${nic('/run/b.sock', '52:54:00:00:00:02')}
  <interface type='bridge'><mac address='52:54:00:00:00:03'/><source bridge='br0'/></interface></devices></domain>`;
const a = { name: 'web1.0', path: '/run/a.sock' };
const b = { name: 'web1.1', path: '/run/b.sock', vlan: 7 };
const other = { name: 'web2.0', path: '/run/other.sock' };

// libvirt's test driver: what is defined lives as long as a connection to it.
let libvirt: Libvirt;
beforeEach(async () => {
  libvirt = await connect('test:///default');
  await libvirt.define(XML);
  await libvirt.start('web1');
});
afterEach(async () => {
  const left = (await libvirt.list()).find(({ name }) => name === 'web1');
  if (left?.state === 'running') await libvirt.destroy('web1');
  if (left?.persistent) await libvirt.undefine('web1');
  await libvirt.close();
});

const NOWHERE = '/nonexistent/switch.sock';
const domain = (words: string[], socket = NOWHERE) =>
  vmlane(['domain', ...words, '--connect', 'test:///default'], { env: { VMLANE_SWITCH: socket } });

describe.each([
  ['stop', 'vmlane: web1 is off: it shut down\n'],
  ['destroy', 'vmlane: web1 is off: it was powered off\n'],
])('domain %s', (verb, off) => {
  test('turns it off and takes away what ports are its own; again it changes nothing', () => {
    const ports = new FakePorts([a, { ...b, name: 'mine' }, other]);
    return withPorts(ports, async (socket) => {
      const dry = await domain([verb, 'web1', '--dry-run'], socket);
      expect(dry).toMatchObject({ status: 0, out: '' });
      expect(dry.err).toMatch(
        /^vmlane: web1: would .*\nvmlane: web1: port web1\.0 would be removed\n$/,
      );
      expect(await libvirt.state('web1')).toBe('running');
      expect(ports.names()).toEqual(['web1.0', 'mine', 'web2.0']);

      const ran = await domain([verb, 'web1'], socket);
      expect([ran.status, ran.out]).toEqual([0, '']);
      expect(ran.err.endsWith(`${off}vmlane: web1: port web1.0 is removed\n`)).toBe(true);
      expect(await libvirt.state('web1')).toBe('shut off');
      expect(ports.names()).toEqual(['mine', 'web2.0']);

      const again = await domain([verb, 'web1', '--json'], socket);
      expect(again.err).toBe('vmlane: web1 is off already\n');
      expect(JSON.parse(again.out)).toEqual({
        ...{ name: 'web1', uri: 'test:///default', changed: false, forced: false },
        ...{ state: 'shut off', ports: { removed: [], busy: [] } },
      });
    });
  });

  test('--keep-ports keeps them', () => {
    const ports = new FakePorts([a, b]);
    return withPorts(ports, async (socket) => {
      expect(await domain([verb, 'web1', '--keep-ports'], socket)).toMatchObject({ status: 0 });
      expect(await libvirt.state('web1')).toBe('shut off');
      expect(ports.names()).toEqual(['web1.0', 'web1.1']);
    });
  });

  test('needs no switch', async () => {
    const { status, err } = await domain([verb, 'web1']);
    expect(status).toBe(0);
    expect(err).toContain(`${off}vmlane: web1: its ports stay: ${NOWHERE}: no switch is running`);
  });

  test('of no such guest fails', async () => {
    const { status, err } = await domain([verb, 'nobody']);
    expect(status).toBe(2);
    expect(err).toMatch(/^vmlane: domain nobody: Domain not found; [^\n]*\n$/);
  });
});

test('a transient guest is off when it is gone', async () => {
  await libvirt.undefine('web1');
  const { status, err } = await domain(['stop', 'web1', '--keep-ports']);
  expect([status, err]).toEqual([
    0,
    'vmlane: web1: asked to shut down; it has 60 s\nvmlane: web1 is off: it shut down\n',
  ]);
});

test('a port that stays up has another guest, and stays', async () => {
  const ports = new FakePorts([a, b], 'up');
  let looks = 0;
  vi.spyOn(ports, 'ports').mockImplementation(async () => {
    if (++looks === 3) Object.assign(ports.list[0] ?? {}, { state: 'waiting' });
    return [...ports.list];
  });
  const done = await removePorts(ports, ownPorts([openDomain(XML)]));
  expect(done).toEqual({ removed: ['web1.0'], busy: ['web1.1'] });
  expect(ports.names()).toEqual(['web1.1']);
});

test.each([
  ['web1.0', 'web1', true],
  ['web1.12', 'web1', true],
  ['web1.0', 'web', false],
  ['web1.00', 'web1', false],
  ['web1.hostnet0', 'web1', false],
  ['web1', 'web1', false],
  ['web.1.0', 'web.1', true],
])('port %s is a name of ours for domain %s: %s', (port, name, own) => {
  expect(isOwnName(port, name)).toBe(own);
});

describe('a guest that qemu-wrap runs', () => {
  const WRAPPED = XML.replace('web1', 'old1')
    .replace(UUID, 'f0000000-0000-4000-8000-000000000008')
    .replace('<devices>', '<devices><emulator>/opt/vmlane/wrapper/qemu-wrap</emulator>')
    .replace(/<interface type='vhostuser'>.*?<\/interface>/g, '');
  const own = { name: 'old1.hostnet0', path: '/run/vmlane/guests/old1.hostnet0.sock' };
  const elsewhere = { name: 'old1.hostnet1', path: '/run/vmlane/guests/other.sock' };
  beforeEach(async () => {
    await libvirt.define(WRAPPED);
    await libvirt.start('old1');
  });
  afterEach(async () => {
    const left = (await libvirt.list()).find(({ name }) => name === 'old1');
    if (left?.state === 'running') await libvirt.destroy('old1');
    if (left) await libvirt.undefine('old1');
  });

  test('shows its port', () =>
    withPorts(new FakePorts([own, elsewhere], 'up'), async (socket) => {
      const { out } = await domain(['list'], socket);
      expect(out).toMatch(/^old1 .* old1\.hostnet0 up$/m);
      const shown = JSON.parse((await domain(['show', 'old1', '--json'], socket)).out);
      expect(shown.nics).toMatchObject([
        { type: 'bridge', source: 'br0', port: 'old1.hostnet0', state: 'up', rx_packets: 0 },
      ]);
    }));

  test.each([
    ['stop', 'off'],
    ['destroy', 'off'],
    ['undefine', 'gone'],
  ])('%s takes its port away', async (verb) => {
    const ports = new FakePorts([own, elsewhere, a]);
    if (verb === 'undefine') await libvirt.destroy('old1');
    await withPorts(ports, async (socket) => {
      const ran = await domain([verb, 'old1'], socket);
      expect(ran.status).toBe(0);
      expect(ran.err).toContain('vmlane: old1: port old1.hostnet0 is removed\n');
    });
    expect(ports.names()).toEqual(['old1.hostnet1', 'web1.0']);
  });
});

describe('domain undefine', () => {
  test('refuses a guest that runs, unless it is told to', async () => {
    const { status, err } = await domain(['undefine', 'web1']);
    expect(status).toBe(1);
    expect(err).toMatch(
      /^vmlane: domain web1: it is not off: running; stop it first: vmlane domain stop web1; /,
    );
    const dry = await domain(['undefine', 'web1', '--running', '--dry-run', '--json']);
    expect(dry.err).toBe(
      'vmlane: web1: its definition would be removed; it goes on until it stops (running)\n',
    );
    expect(JSON.parse(dry.out)).toMatchObject({ name: 'web1', changed: false, state: 'running' });
    expect((await domain(['undefine', 'web1', '--running'])).status).toBe(0);
    const again = await domain(['undefine', 'web1', '--running']);
    expect(again).toMatchObject({ status: 1, err: expect.stringContaining('has no definition') });
  });

  test('removes the definition of one that is off', async () => {
    await libvirt.destroy('web1');
    const ports = new FakePorts([a, { ...b, name: 'mine' }, other]);
    await withPorts(ports, async (socket) => {
      expect(await domain(['undefine', 'web1'], socket)).toEqual({
        ...{ status: 0, out: '' },
        err: 'vmlane: web1: its definition is removed\nvmlane: web1: port web1.0 is removed\n',
      });
    });
    expect(ports.names()).toEqual(['mine', 'web2.0']);
    expect(await domain(['undefine', 'web1'])).toMatchObject({ status: 2 });
  });

  test('UEFI variables cannot go and stay', async () => {
    const { status, err } = await domain(['undefine', 'web1', '--nvram', '--keep-nvram']);
    expect([status, err]).toEqual([
      2,
      'vmlane: --nvram: has no meaning with --keep-nvram; give one of them\n',
    ]);
  });

  // virsh has a test driver of its own: what it says shows that it was asked, by UUID.
  test.each(['--nvram', '--keep-nvram'])('%s goes to virsh', async (flag) => {
    await libvirt.destroy('web1');
    const { status, err } = await domain(['undefine', 'web1', flag]);
    expect(status).toBe(1);
    expect(err).toMatch(new RegExp(`^vmlane: domain web1: .*${UUID}.*\n$`));
  });
});

describe('domain list', () => {
  test('shows guests, their ports, and what is not there', () =>
    withPorts(new FakePorts([a, other], 'up'), async (socket) => {
      const { status, out, err } = await domain(['list'], socket);
      expect([status, err]).toEqual([0, '']);
      expect(out.split('\n').map((line) => line.trim().split(/\s{2,}/))).toEqual([
        ['NAME', 'STATE', 'AUTOSTART', 'VCPUS', 'MEMORY_MIB', 'PORTS'],
        ['test', 'running', '-', '2', '8192', '-'],
        ['web1', 'running', '-', '1', '64', 'web1.0 up, web1.1 missing'],
        [''],
      ]);
      const { domains, uri } = JSON.parse((await domain(['list', '--json'], socket)).out);
      expect(uri).toBe('test:///default');
      expect(domains).toMatchObject([
        { name: 'test', nics: [] },
        { name: 'web1', memory: 67_108_864, nics: [{ state: 'up' }, { state: 'missing' }] },
      ]);
    }));

  test('does without a switch', async () => {
    const { status, out, err } = await domain(['list']);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^web1 +running +- +1 +64 +-$/m);
    const { domains } = JSON.parse((await domain(['list', '--json'])).out);
    expect(domains[1].nics).toMatchObject([
      { port: 'web1.0', state: null, vlan: null },
      { vlan: 7 },
    ]);
  });
});

describe('domain show', () => {
  test('shows NICs of every kind', () =>
    withPorts(
      new FakePorts([{ ...a, name: 'mine', vlan: 3, mac: '52:54:00:00:00:01' }, b], 'up'),
      async (socket) => {
        const { status, out, err } = await domain(['show', 'web1'], socket);
        expect([status, err]).toEqual([0, '']);
        expect(
          out.split('\n').map((line) =>
            line
              .trim()
              .split(/\s{2,}/)
              .join(' | '),
          ),
        ).toEqual([
          'NAME | UUID | STATE | PERSISTENT | AUTOSTART | VCPUS | MEMORY_MIB',
          `web1 | ${UUID} | running | yes | no | 1 | 64`,
          '',
          'TYPE | MAC | SOURCE | LISTENER | PORT | VLAN | PINNED | STATE | RX_PACKETS | TX_PACKETS | DROPS',
          'vhostuser | 52:54:00:00:00:01 | /run/a.sock | qemu | mine | 3 | yes | up | 0 | 0 | -',
          'vhostuser | 52:54:00:00:00:02 | /run/b.sock | qemu | web1.1 | 7 | no | up | 0 | 0 | -',
          'bridge | 52:54:00:00:00:03 | br0 | - | - | - | - | - | - | - | -',
          '',
        ]);
        const shown = JSON.parse((await domain(['show', 'web1', '--json'], socket)).out);
        expect(shown).toMatchObject({
          domain: { name: 'web1', uuid: UUID, state: 'running', persistent: true },
          nics: [
            { listener: 'qemu', port: 'mine', state: 'up', drops: {} },
            {},
            { listener: null, port: null, state: null },
          ],
        });
      },
    ));

  test('says why frames of a guest are dropped, and what lets them in', () =>
    withPorts(
      new FakePorts([{ ...a, mac: '52:54:00:00:00:01' }], 'up'),
      async (socket) => {
        const { status, out, err } = await domain(['show', 'web1'], socket);
        expect(status).toBe(0);
        expect(out).toContain('spoofed 12');
        expect(err).toMatch(
          /^vmlane: port web1\.0: dropped 12 frames that did not come from 52:54:00:00:00:01 \(spoofed\); .*pinned: false.*trustGuestRxFilters='yes'.*\n$/,
        );
      },
      { spoofed: 12 },
    ));

  test('--xml is the XML', async () => {
    const { out, err } = await domain(['show', 'web1', '--xml']);
    expect([out, err]).toEqual([await libvirt.xml('web1'), '']);
  });

  test('a guest without NICs, and nobody', async () => {
    await libvirt.destroy('web1');
    await libvirt.define(XML.replace(/<interface.*<\/interface>/s, ''));
    expect((await domain(['show', 'web1'])).out.split('\n')).toHaveLength(3);
    expect(await domain(['show', 'nobody'])).toMatchObject({ status: 2, out: '' });
    expect(await domain(['show', 'test', '--xml', '--json'])).toMatchObject({ status: 2, out: '' });
  });
});

test('a setting made by hand says until when it holds', () =>
  withPorts(new FakePorts([a, other, { ...b, name: 'mine.1' }]), async (socket) => {
    const env = { VMLANE_SWITCH: socket, LIBVIRT_DEFAULT_URI: 'test:///default' };
    const change = (...words: string[]) => vmlane(['switch', 'set', ...words], { env });
    const { status, err } = await change('web1.0', '--vlan', '9');
    expect(status).toBe(0);
    expect(err.split('\n')[1]).toBe(
      "vmlane: port web1.0: until the next start of guest web1; keep it: put it into the guest's spec, or into <metadata> with 'virsh edit web1'",
    );
    // Nobody's, or under a name that somebody gave.
    for (const name of ['web2.0', 'mine.1']) {
      expect((await change(name, '--vlan', '9')).err).toMatch(/^vmlane: port .*\n$/);
    }
  }));

test('guests on another host: their switch is out of reach, which is said', async () => {
  const { reachSwitch, switchOf } = await import('../../src/guests/host.js');
  expect(switchOf('qemu+ssh://host/system', undefined, {})).toBeUndefined();
  expect(switchOf('qemu+ssh://host/system', '/run/fw.sock', {})).toBe('/run/fw.sock');
  expect(switchOf('qemu:///system', undefined, { VMLANE_SWITCH: '/run/x.sock' })).toBe(
    '/run/x.sock',
  );
  expect(await reachSwitch(undefined)).toMatchObject({
    why: expect.stringContaining('forwarded control socket'),
  });
});
