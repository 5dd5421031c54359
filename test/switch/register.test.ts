import { describe, expect, it } from 'vitest';
import {
  type Port,
  type PortChange,
  type PortRequest,
  portName,
  registerPorts,
} from '../../src/switch/index.js';
import { takingBack, undoneAfter } from '../../src/switch/register.js';
import { InvalidInput } from '../../src/values/errors.js';
import { FakePorts } from './fake-ports.js';

const a: PortRequest = { name: 'a.0', path: '/run/a.sock', listener: 'qemu' };
const b: PortRequest = { name: 'a.1', path: '/run/b.sock', listener: 'qemu' };

/** Of a switch without peer_label. */
class OlderPorts extends FakePorts {
  override addPort(request: PortRequest) {
    return this.#known(request) ?? super.addPort(request);
  }

  override setPort(change: PortChange) {
    return this.#known(change) ?? super.setPort(change);
  }

  #known(request: object): Promise<never> | undefined {
    if (!('peer_label' in request)) return undefined;
    const trouble = { problem: 'port.add has no such parameter', remedy: 'see method.list' };
    return Promise.reject(new InvalidInput({ thing: 'peer_label', ...trouble }));
  }
}

describe('registerPorts', () => {
  it('adds what is missing and can take it back', async () => {
    const ports = new FakePorts([a]);
    const { ports: got, undo } = await registerPorts(ports, [a, b]);
    expect(got.map(({ changed, port }) => [port.name, changed])).toEqual([
      ['a.0', false],
      ['a.1', true],
    ]);
    await undo();
    expect(ports.names()).toEqual(['a.0']);
    await undo();
    expect(ports.names()).toEqual(['a.0']);
  });

  it('keeps the port of the relay that a guest is an end of, and refuses another', async () => {
    const vf: PortRequest = { name: 'relay:3.vf', path: '', device: 'net_null0', relay: '3' };
    const vm: PortRequest = {
      name: 'relay:3.vm',
      path: '/run/a.sock',
      listener: 'qemu',
      relay: '3',
    };
    const wanted: PortRequest = { ...a, relay: '3', mac: '02:00:00:00:00:01', other_macs: 0 };
    const whole = new FakePorts([vf, vm]);
    const kept = await registerPorts(whole, [wanted]);
    expect(kept.ports).toMatchObject([{ changed: false, port: { name: 'relay:3.vm' } }]);
    // A relay that waits for its guest gets it.
    const half = new FakePorts([vf]);
    const { undo } = await registerPorts(half, [wanted]);
    expect(half.list[1]).toMatchObject({ name: 'a.0', relay: '3', mac: null });
    await undo();
    expect(half.names()).toEqual(['relay:3.vf']);
    for (const [present, message] of [
      [
        [],
        'relay 3: the switch has no such relay with a device; make it: vmlane relay add 3 --pci-addr',
      ],
      [
        [a],
        'relay 3: the switch has no such relay with a device; make it: vmlane relay add 3 --pci-addr',
      ],
      [[vm], 'relay 3: the switch has no such relay with a device; '],
      [[vf, a], 'relay 3: the socket /run/a.sock is that of port a.0, which is not in it; remove'],
      [
        [vf, { ...vm, path: '/run/b.sock' }],
        'relay 3: has the socket /run/b.sock, not /run/a.sock',
      ],
    ] as const) {
      const ports = new FakePorts([...present]);
      await expect(registerPorts(ports, [wanted])).rejects.toThrow(message);
      expect(ports.names()).toEqual(present.map(({ name }) => name));
    }
  });

  it('does not take back what somebody else has added meanwhile', async () => {
    const ports = new FakePorts([a]);
    const port = ports.list[0] as Port;
    const client = {
      ports: async () => [],
      addPort: async () => ({ changed: false, port }),
      removePort: (name: string) => ports.removePort(name),
      setPort: (change: PortChange) => ports.setPort(change),
    };
    const { undo } = await registerPorts(client, [a]);
    await undo();
    expect(ports.names()).toEqual(['a.0']);
  });

  it('is content with the path under another name', async () => {
    const ports = new FakePorts([{ ...a, name: 'uplink' }]);
    const { ports: got } = await registerPorts(ports, [a]);
    expect(got[0]).toMatchObject({ changed: false, port: { name: 'uplink' } });
    expect(ports.names()).toEqual(['uplink']);
  });

  it('sets what the request says of a port that is there, and nothing else', async () => {
    const mac = '52:54:00:00:00:01';
    const ports = new FakePorts([{ ...a, vlan: 9, address_limit: 4 }]);
    const wanted = { ...a, vlan: 10, mac };
    const { ports: got, undo } = await registerPorts(ports, [wanted]);
    expect(got[0]).toMatchObject({ changed: true, port: { vlan: 10, mac, address_limit: 4 } });
    const again = await registerPorts(ports, [wanted, { ...a }]);
    expect(again.ports.map(({ changed }) => changed)).toEqual([false, false]);
    await undo();
    expect(ports.list).toMatchObject([{ vlan: 9, mac: null, address_limit: 4 }]);
  });

  it.each<[Partial<PortRequest>, Partial<PortRequest>, Partial<Port>]>([
    [
      { vlan_mode: 'trunk', trunks: '5,7' },
      { vlan: 10 },
      { vlan: 10, vlan_mode: 'access', trunks: null },
    ],
    [
      { vlan: 10 },
      { vlan_mode: 'trunk', trunks: '5' },
      { vlan: 0, vlan_mode: 'trunk', trunks: '5' },
    ],
    [
      { vlan_mode: 'trunk', trunks: '5' },
      { vlan_mode: 'trunk' },
      { vlan_mode: 'trunk', trunks: null },
    ],
    [
      { vlan_mode: 'trunk', trunks: '5' },
      { isolated: 1 },
      { vlan_mode: 'trunk', trunks: '5', isolated: 1 },
    ],
  ])('a port that stood in VLANs as %j and is asked for %j has %j', async (was, asked, has) => {
    const ports = new FakePorts([{ ...a, ...was }]);
    const { undo } = await registerPorts(ports, [{ ...a, ...asked }]);
    expect(ports.list).toMatchObject([has]);
    await undo();
    expect(ports.list).toMatchObject([was]);
  });

  it('takes leave to use other addresses back; a switch without that setting is not asked for it', async () => {
    const wanted = { ...a, mac: '52:54:00:00:00:01', other_macs: 0 };
    const ports = new FakePorts([{ ...wanted, other_macs: 1 }]);
    const { ports: got } = await registerPorts(ports, [wanted]);
    expect(got).toMatchObject([{ changed: true, port: { other_macs: 0 } }]);
    const { other_macs: _, ...older } = ports.list[0] as Port;
    const asked: PortRequest[] = [];
    const client = {
      ports: async () => [older],
      addPort: async (request: PortRequest) => {
        asked.push(request);
        return { changed: true, port: older };
      },
      removePort: (name: string) => ports.removePort(name),
      setPort: (change: PortChange) => ports.setPort(change),
    };
    const again = await registerPorts(client, [wanted, { ...b, mac: wanted.mac, other_macs: 0 }]);
    expect(again.ports.map(({ changed }) => changed)).toEqual([false, true]);
    expect(asked).toEqual([{ ...b, mac: wanted.mac }]);
  });

  it('updates a label; a switch that does not know labels serves the port without', async () => {
    const wanted = { ...a, peer_label: 'libvirt-2' };
    const ports = new FakePorts([{ ...a, peer_label: 'libvirt-1' }]);
    await registerPorts(ports, [wanted]);
    expect(ports.list).toMatchObject([{ peer_label: 'libvirt-2' }]);
    await registerPorts(ports, [{ ...a, peer_label: null }]);
    expect(ports.list).toMatchObject([{ peer_label: null }]);

    const older = new OlderPorts([a]);
    const { ports: got } = await registerPorts(older, [wanted, { ...b, peer_label: 'libvirt-2' }]);
    expect(got.map(({ port }) => port.name)).toEqual(['a.0', 'a.1']);
    // Whatever else it refuses is refused.
    const wrong = registerPorts(older, [
      { ...a, path: '/run/c.sock', name: 'a.2', peer_label: '' },
    ]);
    await expect(wrong).rejects.toThrow('peer_label');
  });

  it('takes settings back when a later port is refused', async () => {
    const ports = new FakePorts([
      { ...a, vlan: 9 },
      { ...b, listener: 'switch' },
    ]);
    await expect(registerPorts(ports, [{ ...a, vlan: 10 }, b])).rejects.toThrow(
      'with listener switch',
    );
    expect(ports.list[0]).toMatchObject({ vlan: 9 });
  });

  it('refuses a path where the other side listens', async () => {
    const ports = new FakePorts([{ ...a, listener: 'switch' }]);
    await expect(registerPorts(ports, [b, a])).rejects.toThrow(
      '/run/a.sock: the switch has it as port a.0 with listener switch, qemu is needed',
    );
    expect(ports.names()).toEqual(['a.0']);
  });

  it('replaces a port of that name left on another path, and puts it back', async () => {
    const ports = new FakePorts([{ ...a, path: '/run/old.sock', vlan: 9 }]);
    const { undo } = await registerPorts(ports, [a]);
    expect(ports.list.map(({ path }) => path)).toEqual(['/run/a.sock']);
    await undo();
    expect(ports.list).toMatchObject([{ name: 'a.0', path: '/run/old.sock', vlan: 9 }]);
  });

  it('gives another number where the name is that of a port that is wanted, too', async () => {
    // A NIC went, so that the second became the first, and another one came.
    const ports = new FakePorts([b]);
    const c = { name: 'a.1', path: '/run/c.sock' };
    const { ports: got } = await registerPorts(ports, [{ ...b, name: 'a.0' }, c]);
    expect(got.map(({ changed, port }) => [changed, port.name, port.path])).toEqual([
      [false, 'a.1', '/run/b.sock'],
      [true, 'a.2', '/run/c.sock'],
    ]);
  });

  it('leaves a port of that name alone while a guest is on it', async () => {
    const ports = new FakePorts([{ ...a, path: '/run/old.sock' }], 'up');
    await expect(registerPorts(ports, [b, a])).rejects.toThrow('a.0: taken');
    expect(ports.names()).toEqual(['a.0']);
  });

  it('tells both when taking back fails too', async () => {
    const undo = () => Promise.reject(new Error('the switch is gone'));
    expect(await undoneAfter(new Error('no such guest'), undo)).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/no such guest, and taking back .* \(the switch is gone\)/),
    });
  });
});

it('takingBack gives settings that are no longer named their defaults', () => {
  const earlier = { ...a, vlan: 5, mac: '52:54:00:00:00:01', flood_limit: 9 };
  expect(takingBack({ ...a, vlan: 6 }, earlier)).toEqual({
    ...{ ...a, vlan: 6, mac: null, flood_limit: 0 },
  });
  expect(takingBack(a, undefined)).toEqual(a);
});

describe('portName', () => {
  it.each([
    ['web1', 0, 'web1.0'],
    ['a'.repeat(60), 12, `${'a'.repeat(60)}.12`],
  ])('of %s, NIC %i is %s', (guest, index, name) => {
    expect(portName(guest, index)).toBe(name);
  });

  it.each(['web 1', 'ä', '-web', '', '.', 'a'.repeat(62), '名前', 'a/b'])(
    'of %j is one that the protocol takes',
    (guest) => {
      expect(portName(guest, 1)).toMatch(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,62}$/);
    },
  );

  it('keeps names apart that look alike after the change', () => {
    expect(portName('web 1', 0)).not.toBe(portName('web/1', 0));
    expect(portName(`${'a'.repeat(70)}b`, 0)).not.toBe(portName(`${'a'.repeat(70)}c`, 0));
    expect(portName('web-1', 0)).not.toBe(portName('web 1', 0));
  });
});
