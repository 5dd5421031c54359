/** Everything that virtio-forwarder's port control refuses, and more, at a real switch: one line, nothing changed. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { vfPort } from '../../src/relays/index.js';
import { addPorts, SwitchClient } from '../../src/switch/index.js';
import { vmlane } from '../cli/test-io.js';
import { inFolder } from '../switch/folder.js';
import { startRealSwitch } from '../switch/real-switch.js';

const LONG = 'n'.repeat(55);
const NINE = Array.from({ length: 9 }, (_, at) => `--pci-addr 01:10.${at % 8}`)
  .join(' ')
  .replace(/.$/, '0')
  .replace(/10.0$/, '11.0');

/** A command line below `vmlane relay`, its exit code, and a part of what it says. DIR: the switch's folder. */
const ROWS: readonly [line: string, status: 1 | 2, said: string][] = [
  ['add', 2, 'NAME is missing'],
  ['add --virtio-id 64 --pci-addr 01:10.0', 2, '"64" is not a whole number from 0 to 63'],
  ['add --virtio-id -1 --pci-addr 01:10.0', 2, '"-1" is not a whole number'],
  ['add --virtio-id 1x --pci-addr 01:10.0', 2, '"1x" is not a whole number'],
  ['add 4 --virtio-id 5 --pci-addr 01:10.0', 2, '--virtio-id: is given with the name 4'],
  ['add a/b --pci-addr 01:10.0', 2, 'relay a/b: is no name; give 1 to 54 letters'],
  ['add .a --pci-addr 01:10.0', 2, 'relay .a: is no name'],
  [`add ${LONG} --pci-addr 01:10.0`, 2, 'is no name'],
  ['add 4', 2, '--device or --pci-addr is missing'],
  ['add 4 --pci-addr 01:10', 2, '--pci-addr 01:10: is no PCI address; give one such as 0000:01:10'],
  ['add 4 --pci-addr 01:20.0', 2, 'is no PCI address'],
  ['add 4 --pci-addr 01:10.8', 2, 'is no PCI address'],
  ['add 4 --pci-addr 1:10.0', 2, 'is no PCI address'],
  ['add 4 --pci-addr 00000:01:10.0', 2, 'is no PCI address'],
  [
    'add 4 --pci-addr 01:10.0 --pci-addr 01:10.1',
    1,
    '--device relay:4.vf=bond:mode=1,members=0000:01:10.0+0000:01:10.1; then add the relay again',
  ],
  ['add 4 --pci-addr 01:10.0 --device net_ring9', 2, '--pci-addr: is given with --device'],
  [
    'add 4 --pci-addr 01:10.0 --pci-addr 01:10.1 --name bond0 --mode 4 --path DIR/4.sock',
    1,
    '--device bond0=bond:mode=4,members=0000:01:10.0+0000:01:10.1; then add the relay again',
  ],
  ['add 4 --pci-addr 01:10.0 --mode 1', 2, '--mode: is of a bond, and a bond has two addresses or'],
  ['add 4 --device net_ring9 --mode 1', 2, '--mode: is of a bond, and a bond has two addresses or'],
  [
    'add 4 --pci-addr 01:10.0 --name bond0',
    2,
    '--name: is of a bond, and a bond has two addresses',
  ],
  ['add 4 --pci-addr 01:10.0 --pci-addr 01:10.1 --mode 7', 2, '"7" is not a whole number from 0'],
  ['add 4 --pci-addr 01:10.0 --pci-addr 01:10.1 --mode lacp', 2, '"lacp" is not a whole number'],
  [
    'add 4 --pci-addr 01:10.0 --pci-addr 0000:01:10.0',
    2,
    '--pci-addr 0000:01:10.0: is given twice; give each member of the bond once',
  ],
  [`add 4 ${NINE}`, 2, '--pci-addr: is given 9 times; a bond has at most 8 members'],
  ['add 4 --pci-addr 01:10.0 --pci-addr 01:10', 2, '--pci-addr 01:10: is no PCI address; give'],
  [
    'add 4 --pci-addr 01:10.0 --pci-addr 01:10.1 --name a/b',
    2,
    '--name a/b: is no name of a port; give 1',
  ],
  [
    'add 4 --pci-addr 01:10.0 --pci-addr 01:10.1 --name web1.0 --path DIR/4.sock',
    2,
    '--name web1.0: is the name of another port; choose another name',
  ],
  [
    'add 4 --pci-addr 01:10.0 --pci-addr 01:10.1 --device net_ring9',
    2,
    '--pci-addr: is given with --device',
  ],
  ['add 3 --pci-addr 01:10.0 --pci-addr 01:10.1', 2, 'relay 3: has the device net_ring3 already'],
  [
    'add 4 --device bond:members=net_ring9+net_ring3 --path DIR/4.sock',
    2,
    'net_ring3: is attached to relay 3 already; remove that first',
  ],
  [
    'add 4 --device bond:members=net_ring5+net_ring9 --path DIR/4.sock',
    2,
    'net_ring5: is port up0 of the switch, which others use',
  ],
  [
    'add 4 --device net_null7 --path DIR/4.sock',
    2,
    'net_null7: is attached to relay tied already; remove that first',
  ],
  [
    'add tied --device bond:mode=0,members=net_null7+net_null8 --path DIR/tied.sock',
    2,
    'relay tied: has the device bond:members=net_null7+net_null8 already',
  ],
  ['remove tied --device bond:members=net_null7+net_null9', 2, 'has bond:members=net_null7'],
  ['remove tied --device net_null7', 2, 'relay tied: has bond:members=net_null7+net_null8'],
  ['add 4 --device /dev/x', 2, '--device /dev/x: is no device; give a device as the EAL takes it'],
  ['add 4 --device net_ring9 --path x.sock', 2, '--path: "x.sock" is not absolute'],
  ['add 4 --device net_ring9 --path /a/../x.sock', 2, 'is not normalised'],
  [`add 4 --device net_ring9 --path /${'x'.repeat(107)}`, 2, 'is 108 bytes long'],
  [
    'add 4 --device net_ring9 --path DIR/4.sock --listener dial',
    2,
    '"dial" is not one of qemu, sw',
  ],
  [
    'add 4 --device net_ring9 --path DIR/4.sock --lcore 9',
    2,
    'has no forwarding lcore 9; give one',
  ],
  ['add 4 --device net_ring9 --path DIR/4.sock --pin x', 2, '--pin x: is no processor; give one'],
  ['add 4 --device net_ring9 --path DIR/4.sock --pin -1', 2, '--pin'],
  ['add 4 --device net_ring9 --path DIR/4.sock --pin 0,', 2, '--pin 0,: is no processor; give'],
  ['add 4 --device net_ring9 --path DIR/4.sock --pin 00', 2, '--pin 00: is no processor; give'],
  ['add 4 --device net_ring9 --path DIR/4.sock --pin 0-1', 2, '--pin 0-1: is no processor; give'],
  ['add 4 --device net_ring9 --path DIR/4.sock --pin 0,none', 2, '--pin 0,none: is no processor'],
  [
    'add 4 --device net_ring9 --path DIR/4.sock --pin 0,0,0',
    2,
    '--pin 0,0,0: is 3 processors; give one such as 2, or two such as 2,3; or none: the switch',
  ],
  [
    'add 4 --device net_ring9 --path DIR/4.sock --pin 77',
    2,
    '--pin 77: is no processor of the switch; give one of 0',
  ],
  [
    'add 4 --device net_ring9 --path DIR/4.sock --pin 0,77',
    2,
    '--pin 77: is no processor of the switch; give one of 0',
  ],
  ['add 4 --device net_ring9 --path DIR/4.sock --pin 99999', 2, '--pin 99999: is no processor of'],
  ['add 4 --device net_ring9 --path DIR/4.sock --pin 0 --pin 0', 2, '--pin'],
  [
    'add 4 --device net_ring9 --path DIR/4.sock --pin 0 --lcore 0',
    2,
    '--pin: is given with --lcore; leave one of them out',
  ],
  ['add 4 --device net_ring9 --path DIR/4.sock --lcore -2', 2, 'whole number from -1 to 127'],
  [
    'add 3 --device net_ring3 --path DIR/3.sock',
    2,
    'relay 3: is there already, with net_ring3 and',
  ],
  ['add 3 --device net_ring9 --path DIR/3.sock', 2, 'relay 3: has the device net_ring3 already; '],
  ['add 3 --device net_ring3 --path DIR/4.sock', 2, 'relay 3: has the socket DIR/3.sock already; '],
  [
    'add 3 --device net_ring3 --path DIR/3.sock --listener qemu --conditional',
    2,
    'has this socket with listener switch',
  ],
  ['add 4 --device net_ring3 --path DIR/4.sock', 2, 'net_ring3: is attached to relay 3 already; '],
  ['add 4 --device net_ring9 --path DIR/3.sock', 2, 'DIR/3.sock: is attached to relay 3 already'],
  ['add 4 --device net_ring5 --path DIR/4.sock', 2, 'net_ring5: is port up0 of the switch, which'],
  ['add 4 --device net_ring9 --path DIR/web.sock', 2, 'DIR/web.sock: is the socket of port web1.0'],
  ['add half --device net_ring6 --path DIR/4.sock', 2, 'relay half: has the device net_null1'],
  ['add 4 --pci-addr 01:10.A', 2, '--pci-addr 01:10.A: is no PCI address'],
  [
    'add 4 --pci-addr 0000:0A:1f.7 --path DIR/4.sock',
    1,
    'vmlane switch start --device relay:4.vf=0000:0a:1f.7; then add the relay again',
  ],
  ['add 4 --device net_null9,speed=9 --path DIR/4.sock', 1, 'DPDK does not open it'],
  [
    'add 4 --device net_ring9 --path DIR/none/4.sock',
    1,
    'DIR/none/4.sock: its folder is not there',
  ],
  ['add-socket --vhost-path DIR/4.sock', 2, 'NAME is missing'],
  ['add-socket nobody --vhost-path DIR/4.sock', 2, 'relay nobody: the switch has no such relay'],
  ['add-socket haff --vhost-path DIR/4.sock', 2, 'did you mean half?'],
  ['add-socket 3 --vhost-path DIR/4.sock', 2, 'relay 3: has the socket DIR/3.sock already'],
  ['add-socket 3 --vhost-path DIR/3.sock', 2, 'relay 3: is there already'],
  ['add-socket half --vhost-path DIR/3.sock', 2, 'is attached to relay 3 already'],
  ['add-socket half --vhost-path DIR/none/4.sock', 1, 'its folder is not there'],
  ['add-socket --pci-addr 01:10.0 --vhost-path DIR/4.sock', 2, 'no relay has this device'],
  ['add-socket half --device net_ring3 --vhost-path DIR/4.sock', 2, 'has net_null1, not net_ring3'],
  ['remove-socket --vhost-path DIR/4.sock', 2, 'DIR/4.sock: no relay has this socket'],
  ['remove-socket --vhost-path DIR/web.sock', 2, 'DIR/web.sock: no relay has this socket'],
  ['remove nobody', 2, 'relay nobody: the switch has no such relay'],
  ['remove 3 --device net_ring9', 2, 'relay 3: has net_ring3, not net_ring9'],
  ['query --vhost-path DIR/4.sock', 2, 'no relay has this socket'],
  ['stats nobody', 2, 'relay nobody: the switch has no such relay'],
  ['stats --delay 0', 2, '"0" is not a whole number from 1 to 60000'],
  ['port-control ad', 2, '"ad" is none of add, remove, add_sock, remove_sock, query_pci; did you'],
  ['port-control add --virtio-id 4', 2, '--pci-addr is missing'],
  ['port-control add --virtio-id 64 --pci-addr 01:10.0', 2, 'is not a whole number from 0 to 63'],
  ['port-control add --virtio-id 4 --pci-addr x', 2, 'is no PCI address'],
  [
    'port-control add --virtio-id 4 --pci-addr 01:10.0 --name net_bonding0',
    2,
    '--name: is of a bond, and a bond has two addresses or more; give --pci-addr for each',
  ],
  ['port-control add --virtio-id 4 --name net_bonding0', 2, '--name: is of a bond'],
  ['port-control add --virtio-id 4 --pci-addr 01:10.0 --mode 4', 2, '--mode: is of a bond'],
  [`port-control add --virtio-id 4 ${NINE}`, 2, 'is given 9 times'],
  ['port-control add --pci-addr 01:10.0 --pci-addr 01:10.0', 2, '0000:01:10.0: is given twice'],
  ['port-control add --virtio-id 4 --pci-addr 01:10.0 --mode 7', 2, 'is not a whole number from 0'],
  ['port-control remove', 2, '--virtio-id or --pci-addr is missing'],
  ['port-control add_sock --pci-addr 01:10.0', 2, '--vhost-path is missing'],
  ['port-control remove_sock', 2, '--vhost-path is missing'],
  ['port-control query_pci', 2, '--vhost-path is missing'],
];

/** What port-control asks the switch: status ERROR, and 1 as virtio-forwarder's callers know it. */
const ERRORS: readonly [line: string, said: string][] = [
  ['add --virtio-id 3 --pci-addr 01:10.0', 'relay 3: has the device net_ring3 already'],
  ['add --virtio-id 4 --pci-addr 01:10.0', 'rights that a running switch has given up'],
  ['remove --virtio-id 4', 'relay 4: the switch has no such relay'],
  ['remove --virtio-id 3 --pci-addr 01:10.0', 'relay 3: has net_ring3, not 0000:01:10.0'],
  ['remove --pci-addr 01:10.0', '0000:01:10.0: no relay has this device'],
  ['remove --name bond9', 'bond9: no relay has this device'],
  ['remove --virtio-id 3 --name bond9', 'relay 3: has its device as port relay:3.vf, not bond9'],
  [
    'add --virtio-id 4 --pci-addr 01:10.0 --pci-addr 01:10.1 --name bond7',
    '--name bond7: is the name of another port',
  ],
  ['add_sock --virtio-id 4 --vhost-path DIR/4.sock', 'relay 4: the switch has no such relay'],
  ['add_sock --virtio-id 3 --vhost-path DIR/4.sock', 'relay 3: has the socket DIR/3.sock already'],
  ['add_sock --vhost-path DIR/3.sock --pci-addr 01:10.0', 'is attached to relay 3 already'],
  ['remove_sock --vhost-path DIR/4.sock', 'no relay has this socket'],
  ['remove_sock --vhost-path DIR/3.sock --pci-addr 01:10.0', 'relay 3: has net_ring3, not 0000'],
  ['query_pci --vhost-path DIR/4.sock', 'no relay has this socket'],
];

/** Relay 3 is whole, relays half and tied have no guest, tied has a bond; up0 and web1.0 are switched. */
async function fill(client: SwitchClient, folder: string): Promise<void> {
  const at = (name: string) => ({ path: join(folder, name), listener: 'switch' as const });
  await addPorts(client, [
    { name: 'relay:3.vf', path: '', device: 'net_ring3', relay: '3' },
    { name: 'relay:3.vm', ...at('3.sock'), relay: '3' },
    { name: 'half', path: '', device: 'net_null1', relay: 'half' },
    { name: 'bond7', path: '', device: 'bond:members=net_null7+net_null8', relay: 'tied' },
    { name: 'up0', path: '', device: 'net_ring5' },
    { name: 'web1.0', ...at('web.sock') },
  ]);
}

describe('at a switch with relays', () => {
  test('what cannot be is refused in one line, and nothing is changed', () =>
    withFilled(async (client, folder) => {
      const before = await client.ports();
      for (const [line, status, said] of ROWS) {
        const ran = await relay(folder, line);
        expect([line, ran.status, ran.out]).toEqual([line, status, '']);
        expect(ran.err).toContain(said.replaceAll('DIR', folder));
        expect(ran.err).toMatch(/^vmlane[^\n]*\n$/);
        expect([line, await client.ports()]).toEqual([line, before]);
      }
    }));

  test('port-control says ERROR, why, and 1', () =>
    withFilled(async (client, folder) => {
      const before = await client.ports();
      for (const [line, said] of ERRORS) {
        const ran = await relay(folder, `port-control ${line}`);
        expect([line, ran.status, ran.out]).toEqual([line, 1, 'status: ERROR\n']);
        expect(ran.err).toContain(said.replaceAll('DIR', folder));
        expect(ran.err).toMatch(/^vmlane[^\n]*\n$/);
        expect(await client.ports()).toEqual(before);
      }
    }));

  test('no relay is idle when all 64 numbers are in use; a name may still be had', () =>
    withFilled(async (client, folder) => {
      const names = Array.from({ length: 64 }, (_, number) => `${number}`).filter((n) => n !== '3');
      const ends = names.map((name) => ({
        ...{ name: vfPort(name), path: join(folder, `v${name}.sock`), relay: name },
        listener: 'switch' as const,
      }));
      await addPorts(client, ends);
      const sock = `--vhost-path ${folder}/z.sock --pci-addr 01:10.0`;
      const ran = await relay(folder, `port-control add_sock ${sock}`);
      expect([ran.status, ran.out]).toEqual([1, 'status: ERROR\n']);
      expect(ran.err).toContain('no relay is idle: all 64 numbers are in use; remove one, or');
      const named = await relay(folder, 'add more --device net_ring9 --path DIR/z.sock');
      expect(named.status).toBe(0);
    }));
});

function withFilled(use: (client: SwitchClient, folder: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    // Each device has buffers of its own.
    const one = await startRealSwitch(folder, { memory: 256 });
    try {
      const client = await SwitchClient.connect(one.socket, { deadlineMs: 30_000 });
      await fill(client, folder);
      await use(client, folder);
      client.close();
    } finally {
      await one.end('SIGTERM');
    }
  });
}

function relay(folder: string, line: string) {
  const words = line.replaceAll('DIR', folder).split(' ').filter(Boolean);
  return vmlane(['relay', ...words, '--control-socket', join(folder, 'switch.sock')]);
}
