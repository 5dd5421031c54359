import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/domain.js';
import { convertDomain } from '../../../src/domain/index.js';

const guest = (nics: string, more = '') =>
  openDomain(
    `<domain type='kvm'><name>a</name><memory>65536</memory>${more}<devices>${nics}</devices></domain>`,
  );
const ON_A_SWITCH =
  "<interface type='vhostuser'><mac address='52:54:00:00:00:01'/><source type='unix' path='/a.sock' mode='client'/><model type='virtio'/></interface>";
const TAP = "<interface type='network'><source network='n'/><model type='virtio'/></interface>";

test('each NIC that stays has its reason', () => {
  const xml = readFileSync('test/data/convert/stays.xml', 'utf8');
  const mac = "<mac address='52:54:00:00:00:02'/>";
  const team = `${mac}<teaming type='transient' persistent='ua-b'/>`;
  const { nics, stays } = convertDomain(openDomain(xml.replace(mac, team)));
  expect(nics.map(({ index }) => index)).toEqual([7]);
  const reasons = Object.fromEntries(stays.map(({ index, problem }) => [index, problem]));
  expect(reasons).toEqual({
    0: "goes through the guest's IOMMU (iommu='on'), which no switch offers",
    1: "is the VF of a team (<teaming type='transient'>)",
    2: 'is a macvtap in mode private, which keeps it apart from guests of this host',
    3: 'is a macvtap in mode vepa, which keeps it apart from guests of this host',
    4: 'is in the portgroup "vlan-20" of its network, whose VLAN and limits are not in the domain',
    5: 'is of type user',
    6: 'its model is e1000, only virtio can be on a switch',
  });
});

test('a NIC whose frames the switch cannot read is named, though nothing moves', () => {
  const { stays } = convertDomain(guest(ON_A_SWITCH));
  expect(stays).toMatchObject([
    { index: 0, problem: expect.stringContaining("cannot read the guest's memory") },
  ]);
  const shared = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";
  expect(convertDomain(guest(ON_A_SWITCH, shared)).stays).toEqual([]);
  // Moving another NIC shares the memory.
  expect(convertDomain(guest(ON_A_SWITCH + TAP)).stays).toEqual([]);
});

test('where NICs are named, the others are not talked about', () => {
  const xml = readFileSync('test/data/convert/stays.xml', 'utf8');
  expect(convertDomain(openDomain(xml), { nics: ['7'] }).stays).toEqual([]);
});

test.each([
  ['addresses-in-source', ['ip', 'route']],
  ['bandwidth-floor', ['floor']],
])('%s: what goes is told', (name, dropped) => {
  expect(
    convertDomain(openDomain(readFileSync(`test/data/convert/${name}.xml`, 'utf8'))).nics,
  ).toMatchObject([{ dropped }]);
});

describe('a NIC with a large MTU', () => {
  const large = guest(TAP.replace('</interface>', "<mtu size='9000'/></interface>"));
  test('stays where the switch does not carry it', () => {
    const { nics, stays } = convertDomain(large, { maxFrame: 1522 });
    const problem = expect.stringContaining('is 9000, and the switch carries 1504 at most');
    expect([nics, stays]).toMatchObject([[], [{ index: 0, problem }]]);
  });
  test('moves where it does, and to a VF', () => {
    expect(convertDomain(large, { maxFrame: 9018 }).nics).toMatchObject([{ largeMtu: undefined }]);
    const vfs = ['0000:01:10.0'];
    expect(convertDomain(large, { vfs }).nics).toMatchObject([{ largeMtu: undefined }]);
  });
  test('moves into a network that carries less, and that is told', () => {
    const into = (mtu?: number) =>
      convertDomain(large, { maxFrame: 9018, networks: { all: { name: 'lan', vlan: 9, mtu } } });
    expect(into(8999).nics).toMatchObject([{ networkMtu: 8999 }]);
    expect(into(9000).nics).toMatchObject([{ networkMtu: undefined }]);
    expect(into().nics).toMatchObject([{ networkMtu: undefined }]);
  });
  test('moves where nobody knows, and that is told', () => {
    expect(convertDomain(large).nics).toMatchObject([{ largeMtu: 9000 }]);
  });
});
