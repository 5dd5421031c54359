/**
 * The commands of the guide on virtio-forwarder, in their order, with the outputs printed there.
 * No VF is to be had here, so rings of DPDK's stand in for the VFs 02:08.0 and 02:08.1: what leaves by one comes in by it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { restoreStaticRelays } from '../../src/relays/index.js';
import { readSwitchSettings } from '../../src/switch/index.js';
import { vmlane } from '../cli/test-io.js';
import { type Bench, withBench } from './bench.js';
import { frame, mac } from './frames.js';
import { startSwitch } from './start.js';
import { heardAt } from './wire.js';

/** The VF's own address, as the guide has it in the guest's XML. */
const one = frame({ to: mac(2), from: '1e:a3:32:f8:3e:83', length: 100 });

/** A command line below `vmlane relay`: its exit code and what it prints. */
async function relay(bench: Bench, line: string): Promise<[number, string]> {
  const words = line.replaceAll('DIR', bench.one.folder).split(/\s+/);
  const ran = await vmlane(['relay', ...words, '--control-socket', bench.one.socket]);
  expect(ran.err).toBe('');
  return [ran.status, ran.out];
}

/** `virtioforwarder_stats.py --include-inactive | grep WHAT` */
async function stats(bench: Bench, what: string): Promise<string[]> {
  const [status, out] = await relay(bench, 'stats --include-inactive --delay 1');
  expect(status).toBe(0);
  return out.split('\n').filter((line) => line.includes(what));
}

async function states(bench: Bench, ...wanted: string[]): Promise<void> {
  const wait = { thing: 'relays', problem: 'have other states', remedy: 'see stats', ms: 30_000 };
  await until(wait, async () => {
    const found = await stats(bench, 'vf_to_vm.internal_state');
    return `${found}` === `${wanted}` || undefined;
  });
}

const OK = [0, 'status: OK\n'];
/** As planLaunch gives devices of static relays to the switch. */
const STATIC = {
  own: ['--device', 'static:1.vf=net_ring1', '--device', 'static:2.vf=net_ring2'],
  memory: 128,
};

describe("the guide's commands", () => {
  it('add VFs, see them, have a guest, remove them', () =>
    withBench(
      async (bench) => {
        const socket = (id: number) => `--vhost-path DIR/virtio-forwarder${id}.sock`;
        const control = (id: number, op: string) =>
          relay(bench, `port-control ${op} --virtio-id ${id} --device net_ring${id}`);
        expect(
          await relay(bench, `port-control add --virtio-id 1 --device net_ring1 ${socket(1)}`),
        ).toEqual(OK);
        expect(
          await relay(bench, `port-control add --virtio-id 2 --device net_ring2 ${socket(2)}`),
        ).toEqual(OK);
        expect(await stats(bench, 'DPDK_ADDED')).toEqual([
          'relay_1.vf_to_vm.internal_state=DPDK_ADDED',
          'relay_2.vf_to_vm.internal_state=DPDK_ADDED',
        ]);
        // QEMU of the guide's <source mode='client'> dials the socket of relay 1.
        await bench.guests.open('vm', join(bench.one.folder, 'virtio-forwarder1.sock'));
        await states(
          bench,
          'relay_1.vf_to_vm.internal_state=DPDK_READY',
          'relay_2.vf_to_vm.internal_state=DPDK_ADDED',
        );
        await bench.guests.send('vm', [one]);
        expect(await heardAt(bench, 1)).toEqual({ vm: [one] });
        expect(await control(1, 'remove')).toEqual(OK);
        expect(await control(2, 'remove')).toEqual(OK);
        expect(await stats(bench, 'relay')).toEqual([]);
        expect(await bench.client.ports()).toEqual([]);
      },
      { memory: 128 },
    ));

  it('static entries of its file are there after each start', () =>
    withBench(async (bench) => {
      const { folder } = bench.one;
      const [theirs, settings] = [join(folder, 'virtioforwarder'), join(folder, 'switch.yaml')];
      writeFileSync(
        theirs,
        `# Non-blank enables vhostuser client mode\nVIRTIOFWD_VHOST_CLIENT=\nVIRTIOFWD_SOCKET_DIR=${folder}\nVIRTIOFWD_STATIC_VFS=(02:08.0=1 02:08.1=2)\n`,
      );
      expect((await vmlane(['relay', 'import', theirs, '--settings', settings])).status).toBe(0);
      expect(readFileSync(settings, 'utf8')).toContain('0000:02:08.0');
      const found = readSwitchSettings(settings).settings.relay ?? [];
      for (let round = 0; round < 2; round++) {
        // The devices' names aside, which are the stand-ins', it is what planLaunch would do.
        expect(await restoreStaticRelays(bench.client, found)).toEqual([]);
        expect(await stats(bench, 'DPDK_ADDED')).toHaveLength(2);
        expect(await stats(bench, 'vhost_socket_name')).toEqual([
          `relay_1.vhost.vhost_socket_name=${folder}/virtio-forwarder1.sock`,
          `relay_2.vhost.vhost_socket_name=${folder}/virtio-forwarder2.sock`,
        ]);
        await bench.one.end('SIGTERM');
        bench.one = await startSwitch(folder, STATIC);
        expect(await stats(bench, 'vhost_socket_name')).toEqual([]);
      }
    }, STATIC));
});
