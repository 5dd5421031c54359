/** Ports that are devices: two switches joined by a wire, which is a memif between their processes. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { PortRequest } from '../../src/switch/index.js';
import { inFolder } from '../switch/folder.js';
import { openBench, withBench } from './bench.js';
import { MEMBER } from './bonds.js';
import { BROADCAST, frame, mac } from './frames.js';
import { startSwitch } from './start.js';
import { heardAt, wireIsUp, withTwo } from './wire.js';

const bare = (to: string, from: string, seed = 1, tags: number[] = []) =>
  frame({ to, from, seed, tags, length: 100 });

it('a trunk joins VLANs of two switches, and only those that it carries', () =>
  withTwo(async ({ left, right }, plug) => {
    await plug({ vlan_mode: 'trunk', trunks: '10,20' });
    // Whoever is at the wire's other side can do much to the switch.
    const socket = await stat(join(left.one.folder, 'state', 'wire.sock'));
    expect(socket.mode & 0o777).toBe(0o600);
    await left.plug(['a'], { vlan: 10 });
    await left.plug(['b'], { vlan: 20 });
    await left.plug(['c'], { vlan: 30 });
    await right.plug(['d'], { vlan: 10 });
    await right.plug(['e'], { vlan: 20, mergeable: true });
    await right.plug(['f'], { vlan: 30 });
    // To everybody, and to who has not spoken yet.
    await left.guests.send('c', [bare(BROADCAST, mac(3), 9)]);
    await left.guests.send('a', [bare(BROADCAST, mac(1), 1), bare(mac(4), mac(1), 2)]);
    await left.guests.send('b', [bare(BROADCAST, mac(2), 3), bare(mac(5), mac(2), 4)]);
    expect(await heardAt(right, 4)).toEqual({
      d: [bare(BROADCAST, mac(1), 1), bare(mac(4), mac(1), 2)],
      e: [bare(BROADCAST, mac(2), 3), bare(mac(5), mac(2), 4)],
    });
    // What was learned behind the wire is found there, by VLAN.
    await right.guests.send('d', [bare(mac(1), mac(4), 5)]);
    expect(await heardAt(left, 1)).toEqual({ a: [bare(mac(1), mac(4), 5)] });
    const { entries } = await left.client.fdb();
    expect(entries.filter(({ port }) => port === 'w').map(({ mac: m, vlan }) => [m, vlan])).toEqual(
      [[mac(4), 10]],
    );
    expect((await left.drops())['c no_port']).toBe(1);
  }));

it('a trunk guest sees the tags of its VLANs, others none', () =>
  withBench(async (bench) => {
    await bench.plug(['fw'], { mode: 'native-untagged', vlan: 5, trunks: '10-19' });
    await bench.plug(['a'], { vlan: 10, packed: true });
    await bench.plug(['b'], { vlan: 5 });
    await bench.plug(['c'], { vlan: 20 });
    await bench.guests.send('a', [bare(BROADCAST, mac(1))]);
    await bench.guests.send('b', [bare(BROADCAST, mac(2))]);
    await bench.guests.send('c', [bare(BROADCAST, mac(3))]);
    const tagged = (text: string, tag: string) => `${text.slice(0, 24)}8100${tag}${text.slice(24)}`;
    expect(await bench.received()).toEqual({
      fw: [tagged(bare(BROADCAST, mac(1)), '000a'), bare(BROADCAST, mac(2))],
    });
    await bench.guests.send('fw', [
      tagged(bare(mac(1), mac(9)), '600a'),
      bare(mac(2), mac(9)),
      tagged(bare(mac(2), mac(9)), '0005'),
      tagged(bare(mac(3), mac(9)), '0014'),
    ]);
    expect(await bench.received()).toEqual({
      a: [bare(mac(1), mac(9))],
      b: [bare(mac(2), mac(9)), bare(mac(2), mac(9))],
    });
    expect(await bench.drops()).toMatchObject({ 'fw vlan_unknown': 1 });
  }));

it('a device in no VLAN bridges plainly: no tag comes or goes, guests keep theirs', () =>
  withTwo(async ({ left, right }, plug) => {
    await plug({});
    await left.plug(['a']);
    await right.plug(['b']);
    const frames = [bare(BROADCAST, mac(1), 1), bare(mac(2), mac(1), 2, [7])];
    await left.guests.send('a', frames);
    expect(await heardAt(right, 2)).toEqual({ b: frames });
    await right.guests.send('b', [bare(mac(1), mac(2), 3), bare(mac(1), mac(2), 4, [7, 8])]);
    expect(await heardAt(left, 2)).toEqual({
      a: [bare(mac(1), mac(2), 3), bare(mac(1), mac(2), 4, [7, 8])],
    });
  }));

it('a device is changed and removed while guests run, and is back after a restart', () =>
  withTwo(async ({ left, right }, plug) => {
    await plug({ vlan_mode: 'trunk', trunks: '10' });
    await left.plug(['a'], { vlan: 10 });
    await right.plug(['b'], { vlan: 10 });
    await left.guests.send('a', [bare(mac(2), mac(1), 1)]);
    await heardAt(right, 1);
    await left.client.setPort({ name: 'w', trunks: '11-4094' });
    await left.guests.send('a', [bare(mac(2), mac(1), 2)]);
    expect((await left.drops())['a no_port']).toBe(1);
    await left.client.setPort({ name: 'w', trunks: '10-20' });
    await left.guests.send('a', [bare(mac(2), mac(1), 3)]);
    expect(await heardAt(right, 1)).toEqual({ b: [bare(mac(2), mac(1), 3)] });
    const device = (await left.client.ports()).find(({ name }) => name === 'w');
    expect(device).toMatchObject({ trunks: '10-20', vlan_mode: 'trunk', state: 'up', tag: 2022 });
    await left.one.end('SIGKILL');
    left.one = await startSwitch(left.one.folder);
    await wireIsUp(left);
    await left.guests.connect('a');
    await left.guests.send('a', [bare(mac(2), mac(1), 4)]);
    expect(await heardAt(right, 1)).toEqual({ b: [bare(mac(2), mac(1), 4)] });
    await left.client.removePort('w');
    expect((await left.client.info()).devices).toEqual([]);
    await left.guests.send('a', [bare(mac(2), mac(1), 5)]);
    expect((await left.drops())['a no_port']).toBe(1);
  }));

it('devices of the command line are ports, keep their settings, and may name files', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'state', 'out.pcap');
    const own = ['--device', 'n=net_null0', '--device', `p=net_pcap0,tx_pcap=${file}`];
    const { bench, end } = await openBench(folder, { own });
    try {
      await bench.client.setPort({ name: 'p', vlan: 7 });
      await bench.plug(['a'], { vlan: 7 });
      await bench.guests.send('a', [bare(BROADCAST, mac(1))]);
      expect((await bench.stats('p')).tx_packets).toBe(1);
      await bench.one.end('SIGTERM');
      bench.one = await startSwitch(folder, { own });
      const ports = (await bench.client.ports()).map(({ name, vlan, state }) => [
        name,
        vlan,
        state,
      ]);
      expect(ports).toContainEqual(['p', 7, 'up']);
      expect(ports).toContainEqual(['n', 0, 'up']);
    } finally {
      await end();
    }
  }));

const rows: [string, Partial<PortRequest>, string][] = [
  ['an interface of the host', { device: 'lo' }, 'vmlane switch add NAME --nic lo'],
  ['a tap', { device: 'net_tap0,iface=x0' }, 'rights that a running switch has given up'],
  ['a NIC', { device: '0000:01:00.0' }, 'with --device'],
  ['no driver', { device: 'nothing0' }, 'rights that a running switch has given up'],
  ['af_xdp of no interface', { device: 'net_af_xdp0' }, 'give net_af_xdp0,iface=NAME'],
  [
    'af_xdp of an interface that is not there',
    { device: 'net_af_xdp0,iface=nowhere' },
    "the host has no interface 'nowhere'",
  ],
  ['af_xdp of an empty one', { device: 'net_af_xdp0,iface=' }, "the host has no interface ''"],
  ['af_xdp of one that is there', { device: 'net_af_xdp0,iface=lo' }, 'has given up'],
  ['af_packet without one', { device: 'net_af_packet7,qpairs=1' }, 'give net_af_packet7,iface='],
  ['a bond', { device: 'net_bonding0' }, `name its mode; give net_bonding0,mode=1,${MEMBER}=`],
  ['a bond of nothing', { device: 'net_bonding0,mode=1' }, 'it does not name its members'],
  ['a bond of two', { device: 'net_bonding0,mode=1,slave=a,slave=b' }, 'has given up'],
  ['one in new words', { device: 'net_bonding0,mode=1,member=a' }, 'has given up'],
  ['a capture without a file', { device: 'net_pcap0' }, 'name its file; give net_pcap0,tx_pcap='],
  ['a socket that is not named', { device: 'net_vhost0' }, 'give net_vhost0,iface=/PATH'],
  ['the same of virtio', { device: 'net_virtio_user0' }, 'give net_virtio_user0,path=/PATH'],
  ['a capture of an interface', { device: 'net_pcap0,iface=lo' }, 'has given up'],
  [
    'settings that there are not',
    { device: 'net_null0,speed=9' },
    'check the name and its settings',
  ],
  ['a file that is not there', { device: 'net_pcap0,rx_pcap=/nowhere/x' }, 'check the name'],
  ['a memif for anybody', { device: 'net_memif0' }, 'any user of the host'],
  ['a memif by its name', { device: 'net_memif0,socket=/run/m,role=server' }, 'any user of the'],
  [
    'an abstract one, dialled',
    { device: 'net_memif0,socket=m,socket-abstract=yes' },
    'any user of the host',
  ],
  [
    'a memif where anybody may put a socket',
    { device: 'net_memif0,socket=/tmp/m.sock,socket-abstract=no' },
    'choose another one',
  ],
  [
    'a memif in a folder that is not there',
    { device: 'net_memif0,role=server,socket=/nowhere/m.sock,socket-abstract=no' },
    'choose another one',
  ],
  ['a socket, too', { device: 'net_null0', path: '/run/x.sock' }, 'path'],
  [
    'an interface, too',
    { device: 'net_null0', interface: 'host0' },
    'as the port has an interface',
  ],
  ['a label', { device: 'net_null0', peer_label: 'x' }, 'no vhost-user socket'],
  ['a blank', { device: 'net_null0 ' }, 'a device as the EAL takes it'],
  ['a VLAN of a trunk', { vlan_mode: 'trunk', vlan: 7 }, 'give 0, as the port'],
  ['a list that is none', { vlan_mode: 'trunk', trunks: '10,,20' }, 'give VLANs 1 to 4094'],
  ['a list that runs backwards', { vlan_mode: 'trunk', trunks: '20-10' }, 'give VLANs'],
  ['VLAN 0 in a list', { vlan_mode: 'trunk', trunks: '0-10' }, 'give VLANs'],
  ['VLAN 4095 in a list', { vlan_mode: 'trunk', trunks: '4095' }, 'give VLANs'],
  ['a list without a trunk', { vlan: 7, trunks: '10' }, "is no trunk's"],
  ['a native VLAN that is missing', { vlan_mode: 'native-tagged' }, '1 to 4094'],
  ['a tag per guest at a guest', { vlan_mode: 'per-guest' }, 'the port has no device'],
];

it('what cannot be is refused in one line, and nothing is changed', () =>
  withBench(async ({ client, one }) => {
    for (const [what, settings, problem] of rows) {
      const path = settings.device === undefined ? join(one.folder, 'x.sock') : '';
      const error = await client
        .addPort({ name: 'x', path, ...settings })
        .then(() => undefined)
        .catch((cause: Error) => cause.message);
      expect(error, what).toContain(problem);
      expect(error, what).not.toContain('\n');
    }
    expect(await client.ports()).toEqual([]);
  }));

// Only root may give the EAL this device.
it.skipIf(process.getuid?.() !== 0)('one that the EAL has, and no port, is not started later', () =>
  withBench(
    async ({ client }) => {
      const device = 'net_af_packet0,iface=lo';
      await expect(client.addPort({ name: 'x', path: '', device })).rejects.toThrow(
        'rights that a running switch has given up',
      );
      expect(await client.ports()).toEqual([]);
    },
    { vdev: 'net_af_packet0,iface=lo' },
  ),
);
