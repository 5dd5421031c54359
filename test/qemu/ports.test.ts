import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, type Policy, rewrite } from '../../src/qemu/index.js';
import { wrappedPort, wrappedPortName } from '../../src/qemu/nics/ports.js';
import { InvalidInput } from '../../src/values/errors.js';
import { MEMFD } from './fixtures.js';

const RULE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,62}$/;

describe('wrappedPortName', () => {
  test.each([
    ['web', 'hostnet0', /^web\.hostnet0$/],
    ['a.b', 'c', /^a\.b\.c$/],
    ['a', 'b.c', /^a\.b\.c:[0-9a-f]{12}$/],
    ['mit leer', 'n', /^mit_leer\.n:[0-9a-f]{12}$/],
    ['..', 'n', /^x\.\.n:[0-9a-f]{12}$/],
    ['a:b', 'n', /^a_b\.n:[0-9a-f]{12}$/],
    ['', 'n', /^x n$|^xn:[0-9a-f]{12}$/],
    ['x'.repeat(61), 'n', /^x{61}\.n$/],
    ['x'.repeat(62), 'n', /^x{50}:[0-9a-f]{12}$/],
  ])('%j %j', (guest, netdev, expected) => {
    expect(wrappedPortName(guest, netdev)).toMatch(expected);
  });

  test('always fits the protocol, and no two NICs share one', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.stringMatching(/^[a.:_ -]{1,4}$/),
    );
    fc.assert(
      fc.property(part, part, part, part, (guest1, net1, guest2, net2) => {
        fc.pre(guest1 !== guest2 || net1 !== net2);
        expect(wrappedPortName(guest1, net1)).toMatch(RULE);
        expect(wrappedPortName(guest1, net1)).not.toBe(wrappedPortName(guest2, net2));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('wrappedPort', () => {
  test('takes 107 bytes and refuses 108', () => {
    const listener = 'switch';
    const port = (bytes: number) => {
      const socketDir = `/${'d'.repeat(bytes - '/g/n.sock'.length - 1)}`;
      return wrappedPort({ socketDir, listener }, { name: 'g' }, 'n');
    };
    const path = `/${'d'.repeat(97)}/g/n.sock`;
    expect(port(107)).toEqual({ name: 'g.n', path, listener });
    expect(() => port(108)).toThrow(InvalidInput);
    expect(() => port(108)).toThrow(
      /: a socket path may have 107 bytes, this one has 108; set VMLANE_SOCKET_DIR to a shorter folder, or give the NIC a shorter id/,
    );
  });
});

test.each([
  [',mac=52:54:00:AB:00:01', { mac: '52:54:00:ab:00:01' }],
  [',mac=52-54-0-AB-0-1', { mac: '52:54:00:ab:00:01' }],
  [',mac=02:00:00:00:00:07', { mac: '02:00:00:00:00:07', other_macs: 1 }],
  [',mac=52:54:00:AB:00:01,failover=on', {}],
  ['', {}],
])('a port has the MAC that the arguments give its NIC%s', (properties, address) => {
  const backend = { ...DEFAULT_POLICY.backend, otherMacs: [{ mac: '02:00:00:00:00:07' }] };
  const nic = ['-netdev', 'tap,id=n', '-device', `virtio-net-pci,netdev=n${properties}`];
  const { ports } = rewrite(['-name', 'g', ...nic], { ...MEMFD, backend } as Policy);
  const path = '/run/vmlane/guests/g/n.sock';
  expect(ports).toEqual([{ name: 'g.n', path, listener: 'switch', ...address }]);
});

test('an id of a NIC is refused where the path with the UUID becomes too long, and kept where it does not', () => {
  const port = (letters: number) => {
    const id = 'n'.repeat(letters);
    const nic = ['-netdev', `tap,id=${id}`, '-device', `virtio-net-pci,netdev=${id}`];
    const uuid = ['-uuid', '6c1b6a1e-6c2c-4cb2-9f0e-2d1b5ce01234'];
    return rewrite(['-name', 'web', ...uuid, ...nic], MEMFD).ports[0]?.path.length;
  };
  expect(port(38)).toBe(107);
  expect(() => port(39)).toThrow(
    /\/libvirt-6c1b.*107 bytes.*give the NIC a shorter id \(here n{39}\)/,
  );
});

test('a guest without a name goes by its UUID, else by its netdevs', () => {
  const names = (netdev: string, ...more: string[]) => {
    const nic = ['-netdev', `tap,id=${netdev}`, '-device', `virtio-net-pci,netdev=${netdev}`];
    return rewrite([...nic, ...more], MEMFD).ports.map((port) => port.name);
  };
  expect(names('n0', '-uuid', 'f6cd', '-name', 'a', '-name', 'debug-threads=on')).toEqual(['a.n0']);
  expect(names('n0', '-uuid', 'f6cd', '-name', 'guest=')).toEqual(['f6cd.n0']);
  expect(names('n0')).toEqual(names('n0'));
  expect(names('n0')[0]?.split('.')[0]).not.toBe(names('n1')[0]?.split('.')[0]);
});
