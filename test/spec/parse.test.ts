import { describe, expect, test } from 'vitest';
import { identitiesByName, noHost, parseSpec, specJsonSchema } from '../../src/spec/index.js';

/** Memory that nothing is said of. */
const ANYWHERE = { nodes: [], placement: 'strict', locked: false } as const;

const SMALL = 'name: web1\nmemory: 4GiB\nboot: {kernel: /k}\n';

describe('defaults', () => {
  test('the smallest spec', () => {
    expect(parseSpec(SMALL, 's')).toEqual({
      said: ['name', 'memory', 'boot'],
      nvdimms: [],
      name: 'web1',
      uuid: identitiesByName.uuid('web1'),
      accel: 'kvm',
      machine: 'q35',
      cpu: { mode: 'host', features: [] },
      vcpus: 1,
      cells: [],
      memory: { bytes: 4 * 2 ** 30, shared: false, ...ANYWHERE },
      iothreads: 0,
      pinning: { vcpus: [], emulator: [], iothreads: [] },
      cputune: {},
      firmware: { type: 'bios' },
      boot: { kernel: '/k' },
      bootFrom: [],
      features: {},
      clock: 'utc',
      events: { poweroff: 'destroy', reboot: 'restart', crash: 'destroy' },
      disks: [],
      interfaces: [],
      serials: [{ type: 'pty' }],
      virtioConsole: false,
      filesystems: [],
      hostdevs: [],
    });
  });

  test('a vhost-user interface shares the memory and names its socket', () => {
    const guest = parseSpec(
      `${SMALL}interfaces: [{type: network, network: n}, {type: vhost-user}]`,
      's',
    );
    expect(guest.memory).toEqual({ bytes: 4 * 2 ** 30, shared: true, ...ANYWHERE });
    expect(guest.interfaces[1]).toEqual({
      type: 'vhost-user',
      mac: identitiesByName.mac('web1', 1),
      queues: 1,
      packed: false,
      offloads: { host: {}, guest: {} },
      socket: '/run/vmlane/guests/web1/1.sock',
      listener: 'switch',
      reconnect: 1,
      pinned: true,
    });
  });

  test('huge pages are kept with shared memory and without', () => {
    const huge = SMALL.replace('4GiB', '{size: 4GiB, hugepages: 2MiB}');
    expect(parseSpec(huge, 's').memory).toEqual({
      bytes: 2 ** 32,
      pageBytes: 2 ** 21,
      shared: false,
      ...ANYWHERE,
    });
    const nic = `${huge}interfaces: [{type: vhost-user}]`;
    expect(parseSpec(nic, 's').memory).toEqual({
      bytes: 2 ** 32,
      pageBytes: 2 ** 21,
      shared: true,
      ...ANYWHERE,
    });
  });

  test('an emulated guest gets the largest CPU that QEMU has', () => {
    expect(parseSpec(`${SMALL}accel: tcg`, 's').cpu).toEqual({
      mode: 'max',
      features: [],
    });
  });

  test('targets go to the disks that have none, in order, each bus by itself', () => {
    const disks =
      '[{block: /dev/a}, {block: /dev/b, target: vda}, {block: /dev/c, bus: sata}, {block: /dev/d}]';
    const { disks: found } = parseSpec(`${SMALL}disks: ${disks}`, 's');
    expect(found.map((disk) => disk.target)).toEqual(['vdb', 'vda', 'sda', 'vdc']);
  });

  test('after vdz comes vdaa', () => {
    const disks = Array.from({ length: 28 }, (_, n) => `{block: /dev/${n}}`).join(', ');
    const { disks: found } = parseSpec(`${SMALL}disks: [${disks}]`, 's');
    expect(found.slice(25).map((disk) => disk.target)).toEqual(['vdz', 'vdaa', 'vdab']);
  });

  test('the format follows the ending', () => {
    const disks = '[{file: /a.qcow2}, {file: /a.raw}, {file: /a.img}, {block: /dev/a}]';
    const { disks: found } = parseSpec(`${SMALL}disks: ${disks}`, 's');
    expect(found.map((disk) => disk.format)).toEqual(['qcow2', 'raw', 'raw', 'raw']);
  });

  test('no serial ports when the list is empty', () => {
    expect(parseSpec(`${SMALL}serials: []`, 's').serials).toEqual([]);
  });
});

describe('numbers', () => {
  const pinned = (set: string) =>
    parseSpec(`${SMALL}pinning: {emulator: ${set}}`, 's').pinning.emulator;

  test.each<[string, number[]]>([
    ['0', [0]],
    ['0-3', [0, 1, 2, 3]],
    ['"8,0-2"', [0, 1, 2, 8]],
    ['"16383"', [16_383]],
    ['" 1 , 3 "', [1, 3]],
  ])('%s', (text, numbers) => expect(pinned(text)).toEqual(numbers));

  test('one set for all virtual CPUs is that set for each', () => {
    const { pinning } = parseSpec(`${SMALL}vcpus: 2\npinning: {vcpus: 4-5}`, 's');
    expect(pinning.vcpus).toEqual([
      [4, 5],
      [4, 5],
    ]);
  });
});

describe('CPUs', () => {
  const cpu = (text: string) => parseSpec(`${SMALL}vcpus: 8\ncpu: ${text}`, 's').cpu;

  test('cores are what sockets and threads leave', () => {
    expect(cpu('{threads: 2}').topology).toEqual({ sockets: 1, cores: 4, threads: 2 });
    expect(cpu('{sockets: 2, threads: 2}').topology).toEqual({ sockets: 2, cores: 2, threads: 2 });
    expect(cpu('{model: host}')).toEqual({ mode: 'host', features: [] });
  });
});

test('the seed of cloud-init knows the guest', () => {
  const text = `${SMALL}disks: [{cloudInit: {userData: '#!/bin/sh'}}]`;
  expect(parseSpec(text, 's').disks).toEqual([
    {
      ...{ source: 'file', device: 'cdrom', path: '/var/lib/libvirt/images/web1-seed.iso' },
      ...{ format: 'raw', bus: 'sata', target: 'sda', readonly: true },
      seed: {
        userData: { text: '#!/bin/sh' },
        metaData: {
          text: `instance-id: ${identitiesByName.uuid('web1')}\nlocal-hostname: web1\n`,
        },
      },
    },
  ]);
});

test('a VF is asked of the host by its PF', () => {
  const text = `${SMALL}interfaces: [{type: vf, pf: ens1f0, index: 3}]`;
  const host = {
    vfAddress: (pf: string, index: number) => `0000:0${index}:00.${pf.length - 6}`,
    relayMac: () => undefined,
  };
  const guest = parseSpec(text, 's', identitiesByName, host);
  expect(guest.interfaces).toMatchObject([{ type: 'vf', address: '0000:03:00.0' }]);
  expect(() => parseSpec(text, 's')).toThrow(
    's: interfaces[0].pf: the VF is known by its PF, and there is no host to ask; give its address',
  );
});

test('the MAC of a relay’s VF is asked of the host; without one it is as other NICs’', () => {
  const text = (relay: string, more = '') =>
    `${SMALL}interfaces: [{type: relay, relay: '${relay}'${more}}]`;
  const macs: Record<string, string> = { '3': '52:54:00:99:00:01' };
  const host = { ...noHost, relayMac: (relay: string) => macs[relay] };
  const macOf = (of: string) => parseSpec(of, 's', identitiesByName, host).interfaces[0]?.mac;
  expect(macOf(text('3'))).toBe('52:54:00:99:00:01');
  expect(macOf(text('4'))).toBe(identitiesByName.mac('web1', 0));
  expect(macOf(text('3', ', mac: 52:54:00:00:00:07'))).toBe('52:54:00:00:00:07');
});

describe('identities', () => {
  test('UUIDs are of version 5, differ by name, and stay', () => {
    expect(identitiesByName.uuid('web1')).toBe('26d2c13d-fb28-57ca-9a0c-5dede0aa737c');
    for (const name of ['a', 'b', 'web1', 'x'.repeat(63)]) {
      expect(identitiesByName.uuid(name)).toMatch(/^.{8}-.{4}-5.{3}-[89ab].{3}-.{12}$/);
    }
    expect(identitiesByName.uuid('web2')).not.toBe(identitiesByName.uuid('web1'));
  });

  test('MACs differ by name and index, and stay', () => {
    expect(identitiesByName.mac('web1', 0)).toBe('52:54:00:ee:1d:7e');
    const macs = ['a', 'b'].flatMap((name) => [0, 1, 11].map((i) => identitiesByName.mac(name, i)));
    expect(new Set([...macs, identitiesByName.mac('a1', 1)]).size).toBe(7);
  });

  test('others can be given', () => {
    const fixed = {
      uuid: () => '0F0F0F0F-0000-4000-8000-000000000000',
      mac: () => '52:54:00:00:00:0A',
    };
    const guest = parseSpec(`${SMALL}interfaces: [{type: vhost-user}]`, 's', fixed);
    expect(guest.uuid).toBe('0f0f0f0f-0000-4000-8000-000000000000');
    expect(guest.interfaces[0]?.mac).toBe('52:54:00:00:00:0a');
  });

  test('those in the spec win, in lower case', () => {
    const own =
      'uuid: 0F0F0F0F-0000-4000-8000-000000000000\ninterfaces: [{type: vhost-user, mac: 52:54:00:AB:CD:EF}]';
    const guest = parseSpec(SMALL + own, 's');
    expect(guest.uuid).toBe('0f0f0f0f-0000-4000-8000-000000000000');
    expect(guest.interfaces[0]?.mac).toBe('52:54:00:ab:cd:ef');
  });
});

test('limits are inside', () => {
  const socket = `/run/${'x'.repeat(102)}`;
  const nic = `{type: vhost-user, queues: 128, socket: ${socket}}`;
  const text = `name: ${'n'.repeat(63)}\nmemory: 4096TiB\nvcpus: 255\nboot: {kernel: /k, cmdline: ${'c'.repeat(2047)}}\ninterfaces: [${nic}]`;
  const guest = parseSpec(text, 's');
  expect(guest.memory.bytes).toBe(2 ** 52);
  expect(guest.interfaces[0]).toMatchObject({ socket, queues: 128 });
});

test('JSON and YAML say the same, aliases too', () => {
  const json =
    '{"name":"web1","memory":"4GiB","boot":{"kernel":"/k"},"interfaces":[{"type":"vhost-user"}]}';
  const yaml = `${SMALL}interfaces: &i\n  - type: vhost-user\n`;
  expect(parseSpec(yaml, 's')).toEqual(parseSpec(json, 's'));
  const again = 'name: &n web1\nmemory: 4GiB\nboot: {kernel: /k, cmdline: *n}';
  expect(parseSpec(again, 's').boot).toEqual({ kernel: '/k', cmdline: 'web1' });
});

describe('JSON Schema', () => {
  test('describes every key, or gives its choices', () => {
    const bare: string[] = [];
    JSON.stringify(specJsonSchema(), function (this: unknown, key, value) {
      if (key === 'properties') {
        for (const [name, one] of Object.entries<Record<string, unknown>>(value)) {
          const told = ['description', 'enum', 'pattern', 'default'].some((word) => word in one);
          if (!told) bare.push(name);
        }
      }
      return value;
    });
    expect(bare).toEqual([]);
  });

  test('refuses unknown keys, wants a name and memory, knows the defaults', () => {
    expect(specJsonSchema()).toMatchObject({
      additionalProperties: false,
      required: ['name', 'memory'],
      properties: {
        vcpus: { default: 1, anyOf: [{ minimum: 1, maximum: 255 }, {}] },
        accel: { default: 'kvm' },
      },
    });
  });
});
