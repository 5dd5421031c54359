/** Where guests, devices and the switch's processors are: what crosses NUMA nodes, and what does not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type HostFacts, numaFindings } from '../../../src/domain/validate/index.js';
import { vmlane } from '../../cli/test-io.js';
import { inFolder } from '../../switch/folder.js';

const VF =
  "<hostdev type='pci'><source><address bus='1' slot='16' function='0'/></source></hostdev>";
const SOCKET = '/run/vmlane/guests/g/0.sock';
const NIC = `<interface type='vhostuser'><source path='${SOCKET}' mode='server'/></interface>`;

const memory = (nodes: string) => `<numatune><memory nodeset='${nodes}'/></numatune>`;
const cell = (nodes: string) => `<numatune><memnode cellid='0' nodeset='${nodes}'/></numatune>`;
const vcpus = (cpus: string) => `<vcpu cpuset='${cpus}'>2</vcpu>`;
const pin = (cpus: string) => `<cputune><vcpupin vcpu='0' cpuset='${cpus}'/></cputune>`;

/** Two nodes of four CPUs; the VF and the switch on node 1. */
const HOST: HostFacts = {
  nodeCpus: new Map([
    [0, new Set([0, 1, 2, 3])],
    [1, new Set([4, 5, 6, 7])],
  ]),
  switchCpus: [5],
  ...{ pools: [], kvm: 'usable', paths: new Map(), listening: new Set() },
  pci: new Map([['0000:01:10.0', vfOn(1)]]),
  ...{ vfio: new Map(), guests: new Set() },
};

function vfOn(node?: number) {
  const known = { ...{ vendor: '', device: '', bridge: false, nets: [] }, pfNets: [] };
  const address = '0000:01:10.0';
  return { ...known, address, pf: '0000:01:00.0', ...(node !== undefined && { node }) };
}

function said(inside: string, devices: string, host: Partial<HostFacts> = {}): string[] {
  const xml = `<domain><name>g</name>${inside}<devices>${devices}</devices></domain>`;
  return numaFindings(xml, { ...HOST, ...host }).map(({ problem }) => problem);
}

const on = (parts: string) => [`frames cross NUMA nodes: ${parts}`];

test.each<[what: string, inside: string, devices: string, host: Partial<HostFacts>, string[]]>([
  ['all on one node', memory('1') + vcpus('4-7'), VF + NIC, {}, []],
  ['nothing is pinned', '', VF + NIC, {}, []],
  ['memory may be on both', memory('0-1') + vcpus('4'), VF + NIC, {}, []],
  ['one node in the host', memory('0'), VF, { nodeCpus: new Map([[0, new Set([0])]]) }, []],
  ['nodes are not known', memory('0'), VF, { nodeCpus: new Map() }, []],
  [
    'the kernel does not know the node',
    memory('0'),
    VF,
    { pci: new Map([['0000:01:10.0', vfOn()]]) },
    [],
  ],
  ['the switch is not known', memory('0'), NIC, { switchCpus: [] }, []],
  ['a switch on both nodes', memory('0') + vcpus('0'), NIC, { switchCpus: [3, 4] }, []],
  [
    'all three of a VF',
    ...([memory('0') + vcpus('2-3'), VF, {}] as const),
    on('memory on node 0, vCPUs on node 0, VF 0000:01:10.0 on node 1'),
  ],
  [
    'all of a NIC on the switch',
    ...([memory('0') + vcpus('2-3'), NIC, {}] as const),
    on("memory on node 0, vCPUs on node 0, the switch's processor 5 on node 1"),
  ],
  [
    'a relay: guest, device and switch',
    ...([cell('0') + vcpus('2'), NIC] as const),
    {
      relays: [{ name: '3', path: SOCKET, device: '0000:81:10.0', node: 1, vfs: [] }],
      switchCpus: [0],
    },
    on(
      "memory on node 0, vCPUs on node 0, the relay's 0000:81:10.0 on node 1, the switch's processor 0 on node 0",
    ),
  ],
  [
    'guest and memory themselves',
    ...([memory('1') + vcpus('0-3') + pin('0'), NIC, { switchCpus: [4, 5] }] as const),
    on("memory on node 1, vCPUs on node 0, the switch's processors 4-5 on node 1"),
  ],
  [
    'a pin beats the set of all',
    ...([vcpus('0-7') + pin('1'), VF, {}] as const),
    on('vCPUs on node 0, VF 0000:01:10.0 on node 1'),
  ],
  ['memory alone', memory('0'), VF, {}, on('memory on node 0, VF 0000:01:10.0 on node 1')],
  ['what is no set is another rule’s', memory('x') + vcpus('y'), VF, {}, []],
])('%s', (_what, inside, devices, host, expected) => {
  expect(said(inside, devices, host)).toEqual(expected);
});

test('host plan warns, in a line each, of a guest that fits', () =>
  inFolder(async (root) => {
    const files = {
      'proc/meminfo': 'MemTotal: 8388608 kB\nMemAvailable: 8388608 kB\nHugepagesize: 2048 kB\n',
      'sys/devices/system/node/online': '0-1\n',
      'sys/devices/system/node/node0/cpulist': '0-3\n',
      'sys/devices/system/node/node1/cpulist': '4-7\n',
      'sys/bus/pci/devices/0000:01:10.0/numa_node': '1\n',
      'sys/bus/pci/devices/0000:01:10.0/class': '0x020000\n',
      'etc/vmlane/switch.yaml': 'cpus: "4"\n',
      'g.xml': `<domain><name>g</name><memory unit='GiB'>1</memory>${memory('0')}<devices>${VF}${NIC}</devices></domain>`,
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const words = ['host', 'plan', join(root, 'g.xml'), '--root', root];
    const { status, err } = await vmlane(words);
    const lines = err
      .replaceAll(`${root}/`, '')
      .split('\n')
      .filter((line) => line.includes('NUMA'));
    const remedy = 'move guest and switch to the node of the device (numatune, vcpupin, --cpus)';
    expect([status, lines]).toEqual([
      0,
      [
        `vmlane: warning: g.xml: devices/hostdev/source/address: frames cross NUMA nodes: memory on node 0, the device 0000:01:10.0 on node 1; ${remedy}`,
        `vmlane: warning: g.xml: devices/interface/source: frames cross NUMA nodes: memory on node 0, the switch's processor 4 on node 1; ${remedy}`,
      ],
    ]);
    const { warnings } = JSON.parse((await vmlane([...words, '--json'])).out);
    expect(warnings).toHaveLength(2);
  }));
