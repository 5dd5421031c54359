/** A switch on a host of two NUMA nodes, and guests that are elsewhere: as the real EAL and kernel have it. */
import { expect, test } from 'vitest';
import { builtProgram } from '../switch/real-switch.js';
import { guest, missing, succeed } from './use-testbed.js';

const MEMORY_MIB = 2600;

/**
 * Two nodes, and at node 0 a second 82576, on the wire of the first. No more than two processors: with four, two of
 * them were seen without their timer.
 */
const NODES = [
  ...[0, 1].flatMap((node) => [
    '-object',
    `memory-backend-ram,id=node${node},size=${MEMORY_MIB / 2}M`,
  ]),
  ...['-numa', 'node,nodeid=0,cpus=0,memdev=node0'],
  ...['-numa', 'node,nodeid=1,cpus=1,memdev=node1'],
  ...['-device', 'pxb-pcie,id=root0,bus=pcie.0,bus_nr=64,numa_node=0'],
  ...['-netdev', 'hubport,id=second,hubid=1'],
  ...['-device', 'pcie-root-port,id=port1,bus=root0,slot=2,chassis=2'],
  ...['-device', 'igb,bus=port1,netdev=second,mac=52:54:00:82:57:61,romfile='],
];
const START =
  'switch start --relay 1=0000:41:10.0 --memory 256 --idle-sleep 10000 --cpus 1 --json: 0: ';
const FAR = 'frames cross NUMA nodes: memory on node 1, vCPUs on node 1, ';
const RELAY = `${FAR}the relay's 0000:41:10.0 on node 0, the switch's processor 0 on node 0; `;
const THROUGH = `${FAR}VF 0000:41:10.2 on node 0; `;

test.skipIf(missing)(
  'a switch has processor and huge pages on the node of its device, and who is elsewhere is told',
  async () => {
    const { output } = await succeed({
      ...{ script: process.execPath, hugePages: 500, timeoutMs: 900_000 },
      args: [guest('placement.mjs'), builtProgram('vhost-switch'), builtProgram('vhost-front')],
      ...{ memory: MEMORY_MIB, extraQemuArgs: NODES },
    });
    // A paragraph for each start.
    const [near = '', far = '', few = '', none = ''] = output
      .split(/^(?=switch start )/m)
      .filter((part) => part.startsWith('switch start '));
    for (const part of [near, far, few, none]) {
      expect(part).toMatch(/^ {2}0000:41:10\.0: node 0$/m);
      expect(part).toMatch(/^ {2}guest: hears the wire\n {2}wire: hears the guest$/m);
    }
    for (const part of [near, few, none]) {
      expect(part).toMatch(/^ {2}threads: .*\bmain@0\b/m);
      expect(part).toMatch(/^ {2}lcore: processor 0 of node 0$/m);
    }
    expect(near).toMatch(/^ {2}huge pages: 256 MiB on node 0, 0 MiB on node 1$/m);
    expect(near).not.toContain('ordinary pages');
    const [validated = '', right = '', planned = ''] = near
      .split(/^(?=domain validate |host plan )/m)
      .slice(1);
    for (const part of [validated, planned]) {
      expect(part).toContain(RELAY);
      expect(part).toContain(THROUGH);
    }
    expect(right).not.toContain('NUMA');
    expect(far).toContain(`${START}0000:41:10.0 is on NUMA node 0 (cpus 0), and the switch is not`);
    expect(far).toMatch(/^ {2}threads: .*\bmain@1\b/m);
    expect(far).toMatch(/^ {2}lcore: processor 1 of node 1$/m);
    expect(far).toMatch(/^ {2}huge pages: 224 MiB on node 0, 32 MiB on node 1$/m);
    expect(few).toMatch(/^ {2}huge pages: 2 MiB on node 0, 254 MiB on node 1$/m);
    expect(none).toContain('no huge pages are free on NUMA node 0, where the switch or a device');
    expect(none).toMatch(/^ {2}huge pages: 0 MiB on node 0, 0 MiB on node 1$/m);
    expect(output.match(/has no memory for its buffers: they are on another/g)).toHaveLength(1);
  },
);
