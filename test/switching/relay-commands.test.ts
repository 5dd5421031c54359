/** `vmlane relay` with guests: made, counted, taken apart and brought back while frames flow. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { carryOutRelay, planRelay, planRemoval } from '../../src/relays/index.js';
import { type PortChange, type PortRequest, registerPorts } from '../../src/switch/index.js';
import { type Ran, vmlane } from '../cli/test-io.js';
import { type Bench, withBench } from './bench.js';
import { frame, mac } from './frames.js';
import { startSwitch } from './start.js';

const one = frame({ to: mac(2), from: mac(1), tags: [7], length: 100 });

const LARGER = { memory: 256 };
/** The bonding driver sets addresses, which net_ring does not take. */
const SILENT = ['net_null0,no-rx=1', 'net_null1,no-rx=1'];
const STARTED = { own: ['--device', 'relay:3.vf=net_ring0'] };

function on(bench: Bench, line: string, given: Parameters<typeof vmlane>[1] = {}): Promise<Ran> {
  const words = line.replaceAll('DIR', bench.one.folder).split(' ');
  return vmlane(['relay', ...words, '--control-socket', bench.one.socket], given);
}

/** Its exit code and what it says, without the folder. */
async function said(bench: Bench, line: string): Promise<[number, string]> {
  const { status, out, err } = await on(bench, line);
  return [status, `${out}${err}`.replaceAll(bench.one.folder, 'DIR')];
}

async function lines(bench: Bench, line: string): Promise<string[]> {
  const { status, out } = await on(bench, line);
  expect(status).toBe(0);
  return out.trimEnd().split('\n');
}

function names(bench: Bench): Promise<string[]> {
  return bench.client.ports().then((ports) => ports.map(({ name }) => name).sort());
}

describe('a relay', () => {
  it('carries frames from its add to its remove, counts them, and is back after a restart', () =>
    withBench(async (bench) => {
      // What leaves by this device comes in by it.
      const add = 'add 3 --device net_ring0 --path DIR/3.sock --listener qemu';
      expect(await said(bench, `${add} --dry-run`)).toEqual([
        0,
        'vmlane switch add relay:3.vf --device net_ring0 --relay 3\n' +
          'vmlane switch add relay:3.vm --path DIR/3.sock --listener qemu --relay 3\n',
      ]);
      expect(await names(bench)).toEqual([]);
      expect((await said(bench, add))[0]).toBe(0);
      expect(await lines(bench, 'stats --include-inactive')).toEqual(
        expect.arrayContaining([
          'relay_3.active=False',
          'relay_3.vf.pci_addr_str=net_ring0',
          'relay_3.vf_to_vm.internal_state=DPDK_ADDED',
          'relay_3.vm_to_vf.internal_state=VIRTIO_UNINIT',
        ]),
      );
      expect(await said(bench, 'stats --delay 1')).toEqual([0, '']);
      await bench.guests.open('a', join(bench.one.folder, '3.sock'), { listen: true });
      const send = async () => {
        await bench.guests.send('a', [one, one]);
        const wait = { thing: 'frames', problem: 'are missing', remedy: 'see stats', ms: 30_000 };
        const came: string[] = [];
        await until(wait, async () => {
          came.push(...((await bench.received()).a ?? []));
          return came.length >= 2 || undefined;
        });
        expect(came).toEqual([one, one]);
      };
      await send();
      const counted = await lines(bench, 'stats --delay 50');
      for (const counter of ['vf_to_vm.cpu_C.pkts_rx_from_vf=2', 'vf_to_vm.cpu_C.pkts_tx_to_vm=2'])
        expect(counted.map((text) => text.replace(/cpu_\d+/, 'cpu_C'))).toContain(
          `relay_3.${counter}`,
        );
      expect(counted).toContain('relay_3.vf_to_vm.internal_state=DPDK_READY');
      expect(counted).toContain('relay_3.vm_to_vf.internal_state=VIRTIO_READY');
      const asJson = JSON.parse((await on(bench, 'stats 3 --delay 1 --json')).out);
      expect(asJson.relays).toMatchObject([
        { name: '3', active: true, vm_to_vf: { bytes_rx_from_vm: 200, bytes_tx_to_vf: 200 } },
      ]);
      await bench.one.end('SIGKILL');
      bench.one = await startSwitch(bench.one.folder);
      await bench.guests.connect('a');
      await send();
      expect((await said(bench, add))[0]).toBe(2);
      expect((await said(bench, `${add} --conditional`))[0]).toBe(0);
      expect((await said(bench, 'remove 3'))[0]).toBe(0);
      expect(await names(bench)).toEqual([]);
    }));

  it('loses its socket and gets another one; its device stays', () =>
    withBench(async (bench) => {
      await on(bench, 'add 3 --device net_ring0 --path DIR/3.sock');
      expect(await said(bench, 'query --vhost-path DIR/3.sock')).toEqual([0, 'net_ring0\n']);
      expect((await said(bench, 'remove-socket --vhost-path DIR/3.sock'))[0]).toBe(0);
      expect(await names(bench)).toEqual(['relay:3.vf']);
      expect(await lines(bench, 'list')).toEqual([
        'NAME  STATE  DEVICE     LINK  SOCKET  LISTENER  GUEST  LCORES',
        '3     half   net_ring0  up    -       -         -      0',
      ]);
      const { id } = await portOf(bench, 'relay:3.vf');
      expect((await said(bench, 'add-socket 3 --vhost-path DIR/4.sock'))[0]).toBe(0);
      expect(await said(bench, 'query --vhost-path DIR/4.sock')).toEqual([0, 'net_ring0\n']);
      expect((await portOf(bench, 'relay:3.vf')).id).toBe(id);
      // The socket comes first at an end that lost its device, too.
      await bench.client.removePort('relay:3.vf');
      expect((await on(bench, 'query --vhost-path DIR/4.sock')).err).toContain(
        'has no device; give',
      );
      expect((await said(bench, 'add 3 --device net_ring1 --path DIR/4.sock'))[0]).toBe(0);
      expect(await names(bench)).toEqual(['relay:3.vf', 'relay:3.vm']);
    }));

  it('has a bond of devices, known by its members', () =>
    withBench(async (bench) => {
      const words = 'add 3 --pci-addr 01:10.0 --pci-addr 0000:01:12.0 --name net_bonding0 --mode 4';
      expect((await said(bench, `${words} --path DIR/3.sock --dry-run`))[1]).toContain(
        'vmlane switch add net_bonding0 --device bond:mode=4,members=0000:01:10.0+0000:01:12.0 --relay 3\n',
      );
      const add = `add 3 --device bond:members=${SILENT.join('+')} --path DIR/3.sock`;
      expect((await said(bench, add))[0]).toBe(0);
      expect((await said(bench, `${add} --conditional`))[0]).toBe(0);
      expect((await bench.client.info()).devices).toMatchObject([
        { of: 'relay:3.vf', bond_mode: 1, members: [{}, {}] },
      ]);
      const { id } = await portOf(bench, 'relay:3.vf');
      const other = `--device bond:mode=1,members=${SILENT.toReversed().join('+')}`;
      expect((await said(bench, `add-socket ${other} --vhost-path DIR/4.sock`))[1]).toContain(
        'relay 3: has the socket DIR/3.sock already',
      );
      expect((await portOf(bench, 'relay:3.vf')).id).toBe(id);
      expect((await said(bench, `remove 3 ${other}`))[0]).toBe(0);
      expect(await names(bench)).toEqual([]);
    }, LARGER));

  it('has a bond that the switch was started with, under its own name, and loses it by that', () =>
    withBench(
      async (bench) => {
        expect(await names(bench)).toEqual(['net_bonding0']);
        const ports = await bench.client.ports();
        const device = `bond:mode=1,members=${SILENT.join('+')}`;
        const wish = {
          name: '3',
          device,
          port: 'net_bonding0',
          path: `${bench.one.folder}/3.sock`,
        };
        await carryOutRelay(bench.client, planRelay(ports, [], wish));
        expect(await names(bench)).toEqual(['net_bonding0', 'relay:3.vm']);
        const remove = 'port-control remove --virtio-id 3 --name net_bonding0';
        expect(await said(bench, remove)).toEqual([0, 'status: OK\n']);
        expect(await names(bench)).toEqual([]);
      },
      { own: ['--device', `net_bonding0=bond:members=${SILENT.join('+')}`], memory: 256 },
    ));

  it('is refused as a whole: what was added goes again', () =>
    withBench(async (bench) => {
      const { status, err } = await on(bench, 'add 3 --device net_ring0 --path DIR/no/3.sock');
      expect([status, await names(bench)]).toEqual([1, []]);
      expect(err).toContain('its folder is not there');
      expect((await bench.client.info()).devices).toEqual([]);
    }));

  it('is not half there after Ctrl-C', () =>
    withBench(async ({ client, one: { folder } }) => {
      const wish = { name: '3', device: 'net_ring0', path: join(folder, '3.sock') };
      const abort = new AbortController();
      const interrupted = {
        addPort: async (request: PortRequest) => {
          const added = await client.addPort(request);
          abort.abort();
          return added;
        },
        removePort: (name: string) => client.removePort(name),
        setPort: (change: PortChange) => client.setPort(change),
      };
      const steps = planRelay([], [], wish);
      expect(steps.map((step) => step.do)).toEqual(['add', 'add']);
      await expect(carryOutRelay(interrupted, steps, abort.signal)).rejects.toThrow(
        'relay: interrupted; no relay was added; run the command again',
      );
      expect(await client.ports()).toEqual([]);
      // A removal is brought to its end.
      await carryOutRelay(client, steps);
      const removal = planRemoval(await client.ports(), { name: '3' });
      await carryOutRelay(client, removal, abort.signal);
      expect(await client.ports()).toEqual([]);
    }));

  it('is made of a device that the switch was started with', () =>
    withBench(async (bench) => {
      expect(await names(bench)).toEqual(['relay:3.vf']);
      const add = 'add 3 --device net_ring0 --path DIR/3.sock';
      expect((await said(bench, `${add} --dry-run`))[1]).toContain(
        'vmlane switch set relay:3.vf --relay 3\n',
      );
      expect((await said(bench, add))[0]).toBe(0);
      await bench.one.end('SIGTERM');
      bench.one = await startSwitch(bench.one.folder, STARTED);
      expect((await on(bench, 'query --vhost-path DIR/3.sock')).out).toBe('net_ring0\n');
      await bench.client.removePort('relay:3.vm');
      await bench.client.setPort({ name: 'relay:3.vf', relay: null });
      // It is given back as it was when the guest's half is refused.
      expect((await on(bench, `${add.replace('3.sock', 'no/3.sock')}`)).status).toBe(1);
      expect((await portOf(bench, 'relay:3.vf')).relay).toBe(null);
    }, STARTED));

  it('has a guest that libvirt starts, which keeps its name and no address', () =>
    withBench(async (bench) => {
      await on(bench, 'add 3 --device net_ring0 --path DIR/3.sock');
      const before = await bench.client.ports();
      const wanted: PortRequest = {
        ...{ name: 'web1.0', path: join(bench.one.folder, '3.sock'), listener: 'switch' },
        ...{ vlan: 0, mac: mac(1), other_macs: 0 },
      };
      const { ports } = await registerPorts(bench.client, [wanted]);
      expect(ports).toMatchObject([{ changed: false, port: { name: 'relay:3.vm', relay: '3' } }]);
      await expect(registerPorts(bench.client, [{ ...wanted, vlan: 7 }])).rejects.toThrow(
        'vlan: 7 is not possible; give 0, as the port is in a relay',
      );
      await expect(registerPorts(bench.client, [{ ...wanted, guards: 'arp' }])).rejects.toThrow(
        'give null, as the port is in a relay',
      );
      expect(await bench.client.ports()).toEqual(before);
    }));

  it('is carried by the lcore that is named', () =>
    withBench(
      async (bench) => {
        const [main, other] = (await bench.client.info()).lcores.map(({ lcore }) => lcore);
        for (const lcore of [main, other]) {
          await on(
            bench,
            `add ${lcore} --device net_ring${lcore} --path DIR/${lcore}.sock --lcore ${lcore}`,
          );
          const { relays } = JSON.parse((await on(bench, 'list --json')).out);
          expect(relays.at(-1)).toMatchObject({ name: `${lcore}`, lcores: [lcore, lcore] });
        }
        const again = `add ${main} --device net_ring${main} --path DIR/${main}.sock --lcore ${other}`;
        const { err } = await on(bench, again);
        expect(err).toContain('is there already');
        expect((await on(bench, `${again} --conditional`)).status).toBe(0);
        const { relays } = JSON.parse((await on(bench, 'list --json')).out);
        expect(relays[0].lcores).toEqual([other, other]);
      },
      { lcores: '(0,1)@(0-1)', memory: 128 },
    ));

  it('says which VLANs its card is to pass, now or later', () =>
    withBench(async (bench) => {
      const add = 'add 5 --device net_ring0 --path DIR/5.sock';
      const trunks = async () => (await bench.client.ports()).find(({ device }) => device)?.trunks;
      const bad = await said(bench, `${add} --trunks 7,4095`);
      expect(bad).toEqual([2, expect.stringMatching(/^vmlane: [^\n]*trunks[^\n]*; [^\n]+\n$/)]);
      expect(await names(bench)).toEqual([]);
      expect((await on(bench, `${add} --trunks 102,7,100,101`)).status).toBe(0);
      expect(await trunks()).toBe('7,100-102');
      const dry = await on(bench, `${add} --trunks 9 --dry-run`);
      expect(dry.out).toContain('vmlane switch set relay:5.vf --trunks 9\n');
      expect((await on(bench, `${add} --trunks 9`)).status).toBe(0);
      expect(await trunks()).toBe('9');
      expect((await on(bench, `${add} --trunks all`)).status).toBe(0);
      expect(await trunks()).toBeNull();
      expect((await on(bench, `${add} --trunks all --conditional`)).status).toBe(0);
    }));

  it("says whether its guest has a link, now or later, or with the guest's socket", () =>
    withBench(async (bench) => {
      const add = 'add 5 --device net_ring0 --path DIR/5.sock';
      const link = async () => (await bench.client.ports()).find(({ path }) => path)?.link;
      expect((await on(bench, `${add} --link up`)).err).toContain(
        '"up" is not one of auto, enable',
      );
      expect(await names(bench)).toEqual([]);
      expect((await on(bench, `${add} --link disable --dry-run`)).out).toContain(
        '--relay 5 --link disable\n',
      );
      expect((await on(bench, `${add} --link disable`)).status).toBe(0);
      expect(await link()).toBe('disable');
      // Not said: as it is.
      expect((await said(bench, add))[1]).toContain('is there already');
      expect((await on(bench, `${add} --conditional`)).status).toBe(0);
      expect(await link()).toBe('disable');
      const dry = await on(bench, `${add} --link auto --dry-run`);
      expect(dry.out).toBe('vmlane switch set relay:5.vm --link auto\n');
      expect((await on(bench, `${add} --link auto`)).status).toBe(0);
      expect(await link()).toBe('auto');
      expect((await on(bench, 'remove-socket --vhost-path DIR/5.sock')).status).toBe(0);
      const give = 'add-socket 5 --vhost-path DIR/6.sock --link enable';
      expect((await on(bench, give)).status).toBe(0);
      expect(await link()).toBe('enable');
      // A switch that refuses one step takes back those before it.
      const bad = await said(bench, `${add.replace('/5', '/6')} --trunks 7,4095 --link disable`);
      expect(bad[0]).toBe(2);
      expect(await link()).toBe('enable');
    }));
});

describe('port-control', () => {
  it('does as virtio-forwarder does, and says so', () =>
    withBench(async (bench) => {
      const OK = [0, 'status: OK\n'];
      // PCI devices need a switch that starts; this one has its device under such a name.
      await on(bench, 'add 1 --device net_ring0 --path DIR/1.sock');
      const control = (line: string) => said(bench, `port-control ${line}`);
      expect(await control('query_pci --vhost-path DIR/1.sock')).toEqual([
        0,
        'status: OK\npci_addr: net_ring0\n',
      ]);
      expect(await control('remove_sock --vhost-path DIR/1.sock')).toEqual(OK);
      expect(await control('remove_sock --vhost-path DIR/1.sock --conditional')).toEqual(OK);
      expect(await control('add_sock --virtio-id 1 --vhost-path DIR/2.sock')).toEqual(OK);
      expect(await control('add_sock --virtio-id 1 --vhost-path DIR/2.sock --conditional')).toEqual(
        OK,
      );
      expect(await control('remove --virtio-id 1')).toEqual(OK);
      expect(await control('remove --virtio-id 1 --conditional')).toEqual(OK);
      expect(await control('remove --pci-addr 02:08.0 --conditional')).toEqual(OK);
      expect(await names(bench)).toEqual([]);
      const [status, text] = await control('remove --virtio-id 1');
      expect([status, text]).toEqual([
        1,
        "status: ERROR\nvmlane: relay 1: the switch has no such relay; 'vmlane relay list' lists its relays\n",
      ]);
    }));
});

async function portOf({ client }: Bench, name: string) {
  const found = (await client.ports()).find((port) => port.name === name);
  if (!found) throw new Error(`${name}: no such port`);
  return found;
}
