import { expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/domain.js';
import { guestDemand } from '../../../src/host/plan/demand.js';

const GIB = 2 ** 30;
const MIB2 = 2 ** 21;
const of = (inside: string) =>
  guestDemand(openDomain(`<domain><name>g</name>${inside}</domain>`), MIB2);
const huge = (page: string) => `<memoryBacking><hugepages>${page}</hugepages></memoryBacking>`;
const G1 = "<page size='1' unit='GiB'/>";

test.each([
  ['ordinary memory, in KiB', '<memory>1048576</memory>', [{ who: 'g', bytes: GIB, nodes: [] }]],
  [
    'pages of the default size',
    `<memory unit='GiB'>1</memory>${huge('')}`,
    [{ who: 'g', bytes: GIB, nodes: [], pageSize: MIB2 }],
  ],
  [
    'bound to a node',
    `<memory unit='GiB'>4</memory>${huge(G1)}<numatune><memory mode='strict' nodeset='1'/></numatune>`,
    [{ who: 'g', bytes: 4 * GIB, nodes: [1], pageSize: GIB }],
  ],
  [
    'preferred is not bound',
    `<memory unit='GiB'>4</memory>${huge(G1)}<numatune><memory mode='preferred' nodeset='1'/></numatune>`,
    [{ who: 'g', bytes: 4 * GIB, nodes: [], pageSize: GIB }],
  ],
  [
    'cells on nodes of their own, one on ordinary memory',
    `<memory unit='GiB'>9</memory>${huge("<page size='1' unit='GiB' nodeset='0'/>")}
     <numatune><memory nodeset='0-1'/><memnode cellid='0' mode='strict' nodeset='1'/></numatune>
     <cpu><numa><cell id='0' cpus='0' memory='2' unit='GiB'/><cell id='1' cpus='1' memory='1' unit='GiB'/></numa></cpu>`,
    [
      { who: 'g, cell 0', bytes: 2 * GIB, nodes: [1], pageSize: GIB },
      { who: 'g', bytes: GIB, nodes: [] },
    ],
  ],
])('%s', (_what, inside, demands) => {
  expect(of(inside)).toEqual({ name: 'g', demands, memlock: 0 });
});

test.each([
  ["<devices><interface type='hostdev'/></devices>", 3],
  ["<devices><hostdev type='pci'/></devices>", 3],
  ['<memoryBacking><locked/></memoryBacking>', 3],
  ["<devices><hostdev type='usb'/><interface type='vhostuser'/></devices>", 0],
])('locks: %s', (inside, gib) => {
  expect(of(`<memory unit='GiB'>2</memory>${inside}`).memlock).toBe(gib * GIB);
});

test.each([
  [
    '<network/>',
    'domain XML: holds <network> where <domain> should be; give the XML of one libvirt domain',
  ],
  [
    '<domain/>',
    "domain XML: has no <memory> that can be read; write <memory unit='GiB'>4</memory>",
  ],
  ['<domain><memory>no</memory></domain>', 'domain XML: has no <memory> that can be read'],
  ["<domain><memory>8</memory><cpu><numa><cell memory='x'/></numa></cpu></domain>", 'has no <mem'],
  ['<domain>', "domain XML: line 1: Unclosed tag 'domain'"],
])('refused: %s', (xml, message) => {
  expect(() => guestDemand(openDomain(xml), MIB2)).toThrow(message);
});
