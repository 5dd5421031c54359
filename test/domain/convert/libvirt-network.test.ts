/** What a NIC has from the definition of its libvirt network: its portgroup's VLAN and limits, its isolation. */
import { describe, expect, it, test } from 'vitest';
import {
  convertDomain,
  type NetworkChoice,
  openDomain,
  openNetwork,
  revertDomain,
} from '../../../src/domain/index.js';

const NETWORK = openNetwork(`<network>
  <name>ovs</name>
  <forward mode='bridge'/>
  <bridge name='ovsbr0'/>
  <virtualport type='openvswitch'/>
  <vlan><tag id='5'/></vlan>
  <port isolated='yes'/>
  <bandwidth><inbound average='1'/></bandwidth>
  <portgroup name='vlan-20' default='yes'>
    <vlan><tag id='20'/></vlan>
    <bandwidth><inbound average='1000' peak='5000' burst='1024'/><outbound average='128'/></bandwidth>
  </portgroup>
  <portgroup name='trunk'>
    <vlan trunk='yes'><tag id='30' nativeMode='untagged'/><tag id='40'/></vlan>
    <bandwidth><inbound average='10' floor='5'/></bandwidth>
  </portgroup>
  <portgroup name='plain'/>
  <portgroup name='bad'><vlan><tag id='4095'/></vlan></portgroup>
</network>`);

const guest = (source: string, more = '', type = 'network') =>
  `<domain type='kvm'><name>g</name><memory>65536</memory><devices><interface type='${type}'><mac address='52:54:00:00:00:01'/><source ${source}/>${more}<model type='virtio'/></interface></devices></domain>`;

const ISOLATED = { isolated: 1 };
const LIMITS = { inbound: 1000, inbound_peak: 5000, inbound_burst: 1024, outbound: 128 };

describe('a NIC keeps what its network gives it', () => {
  test.each<[source: string, more: string, settings: object, dropped: string[]]>([
    ["network='ovs'", '', { vlan: 20, ...LIMITS, ...ISOLATED }, []],
    ["network='ovs' portgroup='vlan-20'", '', { vlan: 20, ...LIMITS, ...ISOLATED }, []],
    [
      "network='ovs' portgroup='trunk'",
      '',
      { vlan: 30, vlan_mode: 'native-untagged', trunks: '30,40', inbound: 10, ...ISOLATED },
      ['floor'],
    ],
    ["network='ovs' portgroup='plain'", '', { vlan: 5, ...ISOLATED }, []],
    // Its own wins.
    ["network='ovs'", "<vlan><tag id='7'/></vlan>", { vlan: 7, ...LIMITS, ...ISOLATED }, []],
    [
      "network='ovs'",
      "<bandwidth><outbound average='9'/></bandwidth>",
      { vlan: 20, outbound: 9, ...ISOLATED },
      [],
    ],
    ["network='ovs'", "<port isolated='no'/>", { vlan: 20, ...LIMITS }, []],
    ["network='other'", '', {}, []],
  ])('<source %s/> %s', (source, more, settings, dropped) => {
    const xml = guest(source, more);
    const done = convertDomain(openDomain(xml), { definitions: [NETWORK] });
    expect(done.nics).toMatchObject([{ settings, dropped }]);
    expect(done.nics[0]?.settings).toEqual(settings);
    expect(openDomain(done.xml).portRequests()).toMatchObject([settings]);
    expect(revertDomain(openDomain(done.xml)).xml).toBe(xml);
  });

  it('not what a network of that name gives a NIC of another type', () => {
    const done = convertDomain(openDomain(guest("bridge='ovs'", '', 'bridge')), {
      definitions: [NETWORK],
    });
    expect(done.nics[0]?.settings).toEqual({});
  });
});

it('a network is attached by the bridge that its definition names, and its VLAN is not lost', () => {
  const networks: NetworkChoice = {
    attached: [{ name: 'lan', vlan: 4094, bridge: 'virbr5' }],
    others: 'stay',
  };
  const plain = openNetwork("<network><name>lab</name><bridge name='virbr5'/></network>");
  const done = convertDomain(openDomain(guest("network='lab'")), {
    networks,
    definitions: [plain],
  });
  expect(done.nics).toMatchObject([{ network: 'lan', settings: { vlan: 4094 } }]);
  const tagged = openNetwork(
    "<network><name>lab</name><bridge name='virbr5'/><vlan><tag id='9'/></vlan></network>",
  );
  const stays = convertDomain(openDomain(guest("network='lab'")), {
    networks,
    definitions: [tagged],
  });
  expect(stays.nics).toEqual([]);
  expect(stays.stays).toMatchObject([
    { problem: "it is in VLAN 9 of network lab, and the switch's network lan carries no VLANs" },
  ]);
});

test.each([
  [
    "network='ovs' portgroup='nothing'",
    'is in the portgroup "nothing", which its network ovs does not have; see \'virsh net-dumpxml\'',
  ],
  ["network='other' portgroup='vlan-20'", "give the network's definition with --network-xml, or"],
  ["network='ovs' portgroup='bad'", 'its VLAN is "4095"; give 1 to 4094'],
])('<source %s/> is refused', (source, message) => {
  const convert = () =>
    convertDomain(openDomain(guest(source)), { nics: ['0'], definitions: [NETWORK] });
  expect(convert).toThrow(message);
});

test.each([
  ['', 'network XML: '],
  [
    '<domain/>',
    'network XML: holds <domain> where <network> should be; give the XML of one libvirt network',
  ],
  ['<network/>', 'network XML: has no <name>; give what virsh net-dumpxml prints'],
  ['<network><name> </name></network>', 'network XML: has no <name>'],
  ['<network><name>a</name>', 'network XML: line 1: '],
  ['<network><name>&a;</name></network>', 'network XML: '],
  ['<!DOCTYPE network><network/>', 'network XML: declares a document type or entities'],
  ['<network><name>a\u0001</name></network>', 'network XML: line 1: holds a control character'],
  [`${'<network>'.repeat(300)}${'</network>'.repeat(300)}`, 'network XML: '],
])('%j is no network', (text, message) => {
  expect(() => openNetwork(text)).toThrow(message);
});
