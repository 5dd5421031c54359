/** What libvirt gave a NIC on its tap, its port on the switch gives it, too. */
import { describe, expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/domain.js';
import { convertDomain, revertDomain } from '../../../src/domain/index.js';

const guest = (inside: string) =>
  `<domain type='kvm'>\n  <name>a</name>\n  <memory>65536</memory>\n  <devices>\n    <interface type='bridge'>\n      <mac address='52:54:00:00:00:01'/>\n      <source bridge='br0'/>\n      ${inside}\n      <model type='virtio'/>\n    </interface>\n  </devices>\n</domain>\n`;

const trunk = (tags: string) => `<vlan trunk='yes'>${tags}</vlan>`;

/** What the interface has, what its port is asked for, what is told to be lost. */
const KEPT: [inside: string, asked: Record<string, unknown>, dropped?: string[]][] = [
  ['', {}],
  ["<vlan><tag id='7'/></vlan>", { vlan: 7 }],
  ["<vlan trunk='no'><tag id='7'/></vlan>", { vlan: 7 }],
  [trunk("<tag id='7'/>"), { vlan_mode: 'trunk', trunks: '7' }],
  [
    trunk("<tag id='12'/><tag id='10'/><tag id='11'/><tag id='4094'/>"),
    { vlan_mode: 'trunk', trunks: '10-12,4094' },
  ],
  ["<vlan><tag id='1'/><tag id='2'/></vlan>", { vlan_mode: 'trunk', trunks: '1,2' }],
  [
    trunk("<tag id='1'/><tag id='9' nativeMode='tagged'/>"),
    { vlan: 9, vlan_mode: 'native-tagged', trunks: '1,9' },
  ],
  [
    trunk("<tag id='9' nativeMode='untagged'/>"),
    { vlan: 9, vlan_mode: 'native-untagged', trunks: '9' },
  ],
  ["<port isolated='yes'/>", { isolated: 1 }],
  ["<port isolated='no'/>", {}],
  ['<bandwidth/>', {}],
  [
    "<bandwidth>\n        <inbound average='1000' peak='5000' burst='1024'/>\n        <outbound average='128'/>\n      </bandwidth>",
    { inbound: 1000, inbound_peak: 5000, inbound_burst: 1024, outbound: 128 },
  ],
  [
    "<bandwidth><outbound average='1' peak='2' burst='3'/></bandwidth>",
    { outbound: 1, outbound_peak: 2, outbound_burst: 3 },
  ],
  ["<bandwidth><inbound average='0'/></bandwidth>", {}],
  ["<bandwidth><inbound floor='200'/></bandwidth>", {}, ['floor']],
  ["<bandwidth><inbound average='9' floor='2'/></bandwidth>", { inbound: 9 }, ['floor']],
  [
    `${trunk("<tag id='3'/>")}<port isolated='yes'/><bandwidth><inbound average='9'/></bandwidth>`,
    { vlan_mode: 'trunk', trunks: '3', isolated: 1, inbound: 9 },
  ],
  ["<filterref filter='no-mac-spoofing'/>", {}],
  ["<filterref filter='allow-dhcp'/>", {}],
  [
    "<filterref filter='clean-traffic'/>",
    { guards: 'ipv4,arp,servers,others', address_learning: 'any' },
  ],
  [
    "<filterref filter='clean-traffic'>\n        <parameter name='IP' value='10.0.0.5'/>\n      </filterref>",
    { guards: 'ipv4,arp,servers,others', ip_addresses: '10.0.0.5' },
  ],
  [
    "<filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.12'/><parameter name='IP' value='10.0.0.5'/><parameter name='MAC' value='52:54:00:00:00:01'/></filterref>",
    { guards: 'ipv4,arp,servers,others', ip_addresses: '10.0.0.5,10.0.0.12' },
  ],
  [
    "<filterref filter='clean-traffic'><parameter name='CTRL_IP_LEARNING' value='dhcp'/><parameter name='DHCPSERVER' value='10.0.0.1'/></filterref>",
    { guards: 'ipv4,arp,servers,others', address_learning: 'dhcp', dhcp_servers: '10.0.0.1' },
  ],
  [
    "<filterref filter='no-ip-spoofing'><parameter name='IP' value='10.0.0.5'/></filterref>",
    { guards: 'ipv4', ip_addresses: '10.0.0.5' },
  ],
  [
    "<filterref filter='no-ipv6-spoofing'><parameter name='IPV6' value='FD00:0:0::5'/></filterref>",
    { guards: 'ipv6', ip_addresses: 'fd00::5' },
  ],
  [
    "<filterref filter='no-arp-spoofing'><parameter name='CTRL_IP_LEARNING' value='dhcp'/></filterref>",
    { guards: 'arp,servers', address_learning: 'dhcp' },
  ],
  [
    "<filterref filter='allow-dhcp-server'><parameter name='DHCPSERVER' value='10.0.0.1'/></filterref>",
    { dhcp_servers: '10.0.0.1' },
  ],
  [
    `${trunk("<tag id='3'/>")}<filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.5'/></filterref><port isolated='yes'/>`,
    {
      ...{ vlan_mode: 'trunk', trunks: '3', isolated: 1 },
      ...{ guards: 'ipv4,arp,servers,others', ip_addresses: '10.0.0.5' },
    },
  ],
];

const PORT = { name: 'a.0', path: '/run/vmlane/guests/a/0.sock', listener: 'switch' };
const OWN = { mac: '52:54:00:00:00:01', other_macs: 0 };

describe.each(KEPT)('%s', (inside, asked, dropped = []) => {
  const xml = guest(inside);
  const done = convertDomain(openDomain(xml));

  test('its port is asked for it, and the way back gives every byte', () => {
    expect(done.nics).toMatchObject([{ settings: asked, dropped }]);
    const converted = openDomain(done.xml);
    expect(converted.portRequests()).toEqual([{ ...PORT, ...OWN, ...asked }]);
    expect(revertDomain(converted).xml).toBe(xml);
  });

  test('libvirt is not asked for it', () => {
    const [nic] = openDomain(done.xml).nics;
    const names = nic?.element.children.map(({ name }) => name);
    expect(names).toEqual(['mac', 'source', 'model']);
  });

  test('another conversion keeps the record of the first', () => {
    const more =
      "<interface type='bridge'><source bridge='br1'/><model type='virtio'/></interface>";
    const both = done.xml.replace('</devices>', `${more}</devices>`);
    const again = openDomain(convertDomain(openDomain(both)).xml);
    expect(again.portRequests()[0]).toEqual({ ...PORT, ...OWN, ...asked });
  });
});

test('a network of the switch says the VLAN, the rest is kept', () => {
  const xml = guest(
    `${trunk("<tag id='3'/>")}<port isolated='yes'/><bandwidth><inbound average='9'/></bandwidth>`,
  );
  const networks = { all: { name: 'lan', vlan: 20 } };
  const converted = openDomain(convertDomain(openDomain(xml), { networks }).xml);
  expect(converted.portRequests()).toEqual([
    { ...PORT, ...OWN, vlan: 20, isolated: 1, inbound: 9 },
  ]);
});
