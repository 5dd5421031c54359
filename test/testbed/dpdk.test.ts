/** templates/examples/dpdk.yaml in a real guest: its card, its commands, DPDK's testpmd. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseSpec } from '../../src/spec/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { withBench } from '../switching/bench.js';
import { frame, mac } from '../switching/frames.js';
import { guest, missing, succeed } from './use-testbed.js';

const FILE = join(packageRoot(), 'templates/examples/dpdk.yaml');
const MEMORY_MIB = 2560;
const FRAMES = 50;

/** The example's second card, and what its guest does at each boot. */
function example() {
  const text = readFileSync(FILE, 'utf8');
  const nic = parseSpec(text, 'dpdk.yaml').interfaces[1];
  if (nic?.type !== 'vhost-user') throw new TypeError('dpdk.yaml has another second card');
  const seed = parse(text).disks.find((one: object) => 'cloudInit' in one);
  const { bootcmd } = parse(seed.cloudInit.userData) as { bootcmd: string[] };
  return { nic, bootcmd };
}

/** As libvirt gives it to QEMU; the switch listens. */
function card(
  socket: string,
  { queues, mac: own, guestAddress }: ReturnType<typeof example>['nic'],
) {
  expect(guestAddress).toBe('0000:00:06.0');
  const pairs = `mq=on,vectors=${2 * queues + 2}`;
  return [
    ...['-object', `memory-backend-memfd,id=ram,size=${MEMORY_MIB}M,share=on`],
    ...['-machine', 'memory-backend=ram'],
    ...['-chardev', `socket,id=fast,path=${socket}`],
    ...['-netdev', `vhost-user,id=fast,chardev=fast,queues=${queues}`],
    ...['-device', `virtio-net-pci,netdev=fast,mac=${own},${pairs},bus=pcie.0,addr=6,romfile=`],
  ];
}

test.skipIf(missing)('a guest made for DPDK forwards by it', () =>
  withBench(
    async (bench) => {
      const { nic, bootcmd } = example();
      await bench.plug(['a'], { listen: false });
      await bench.add('dpdk', { listen: false });
      const words = ['--bootcmd', JSON.stringify(bootcmd), '--peer', mac(1)];
      const ends = new AbortController();
      const run = succeed({
        ...{ script: guest('dpdk.py'), args: words, timeoutMs: 400_000 },
        // The recipe is for guests without an IOMMU, as nearly all are.
        ...{ memory: MEMORY_MIB, kernel: ['intel_iommu=off'] },
        extraQemuArgs: card(bench.path('dpdk'), nic),
      }).finally(() => ends.abort());
      const there = frame({ to: nic.mac, from: mac(1), seed: 1, length: 100 });
      const back = frame({ to: mac(1), from: nic.mac, seed: 1, length: 100 });
      const enough = frame({ to: nic.mac, from: mac(1), seed: 2, length: 1200 });
      const heard: string[] = [];
      const talk = async () => {
        while (!ends.signal.aborted) {
          await bench.guests.send('a', [heard.length < FRAMES ? there : enough]);
          const come = (await bench.received()).a ?? [];
          heard.push(...come.filter((one) => one === back));
        }
      };
      const [{ output }] = await Promise.all([run, talk()]);
      // Debian's kernel has no vfio without an IOMMU.
      expect(output).toMatch(/^driver: (vfio-pci|uio_pci_generic)\r?$/m);
      expect(output).toMatch(/^ended by: the host\r?$/m);
      expect(heard.length).toBeGreaterThanOrEqual(FRAMES);
    },
    { memory: 128 },
  ),
);
