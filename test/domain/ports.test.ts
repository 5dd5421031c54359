import { expect, test } from 'vitest';
import { openDomain } from '../../src/domain/domain.js';
import { keepPortSettings } from '../../src/domain/index.js';

const nic = (path: string, mode = 'server') =>
  `<interface type='vhostuser'><mac address='52:54:00:00:00:0A'/><source type='unix' path='${path}' mode='${mode}'/></interface>`;
/** The address of such a NIC, which is the port's own; no other is let in by default. */
const OWN = { mac: '52:54:00:00:00:0a', other_macs: 0 };
const domain = (nics: string, ports = '') =>
  `<domain><name>web</name><metadata><vmlane:ports xmlns:vmlane="urn:vmlane:ports:1">${ports}</vmlane:ports></metadata><devices>${nics}</devices></domain>`;

test('a port for each NIC, in the other role', () => {
  expect(openDomain(domain(nic('/a') + nic('/b', 'client'))).portRequests()).toEqual([
    { name: 'web.0', path: '/a', listener: 'qemu', ...OWN },
    { name: 'web.1', path: '/b', listener: 'switch', ...OWN },
  ]);
});

test('settings come from the metadata, by the path', () => {
  const kept =
    '<vmlane:port path="/b" vlan="100" pinned="no" address-limit="4" flood-limit="1000"/>';
  expect(openDomain(domain(nic('/a') + nic('/b'), kept)).portRequests()).toEqual([
    { name: 'web.0', path: '/a', listener: 'qemu', ...OWN },
    {
      ...{ name: 'web.1', path: '/b', listener: 'qemu', vlan: 100 },
      ...{ ...OWN, other_macs: 1, address_limit: 4, flood_limit: 1000 },
    },
  ]);
});

test.each([
  ['vlan="4095"', 'vlan is "4095", not 1 to 4094'],
  ['vlan="1e3"', 'vlan is "1e3", not 1 to 4094'],
  ['vlan=""', 'vlan is "", not 1 to 4094'],
  ['spoofchk="on"', 'spoofchk is "on", not yes or no'],
  ['pinned="on"', 'pinned is "on", not yes or no'],
  ['address-limit="65537"', 'address-limit is "65537", not 1 to 65536'],
  ['address-limit="-1"', 'address-limit is "-1", not'],
  ['flood-limit="4294967296"', 'flood-limit is "4294967296", not'],
  ['inbound="12500001"', 'inbound is "12500001", not 1 to 12500000'],
  ['outbound-burst="1k"', 'outbound-burst is "1k", not 1 to 12500000'],
  ['link="down"', 'link is "down", not one of auto, enable, disable'],
  ['isolated="1"', 'isolated is "1", not yes or no'],
  [
    'vlan-mode="per-guest"',
    'vlan-mode is "per-guest", not one of access, trunk, native-tagged, native-untagged, transparent',
  ],
  ['vlan-mode="trunk" trunks="20-10"', 'trunks is "20-10", not VLANs as 10,20-29'],
  ['trunks="10"', 'a port that is access carries no trunk'],
  ['vlan-mode="trunk" vlan="1"', 'a trunk has no VLAN for frames without a tag'],
  ['vlan-mode="native-tagged"', 'native-tagged needs the VLAN'],
  ['vlan-mode="trunk" network="lan"', 'a port in a network is in one VLAN, not trunk'],
])('a setting that cannot be is refused, not left out: %s', (setting, message) => {
  const xml = domain(nic('/a'), `<vmlane:port path="/a" ${setting}/>`);
  expect(() => openDomain(xml).portRequests()).toThrow(`web: <vmlane:port> of /a: ${message}`);
  // Of another switch.
  expect(openDomain(xml).portRequests(() => false)).toEqual([]);
});

test.each([
  ['vlan-mode="trunk" trunks="30,10-12,11"', { vlan_mode: 'trunk', trunks: '10-12,30' }],
  ['vlan-mode="trunk" trunks="1-4094"', { vlan_mode: 'trunk' }],
  ['vlan-mode="transparent" vlan="5"', { vlan_mode: 'transparent', vlan: 5 }],
  ['isolated="no"', { isolated: 0 }],
  ['link="disable"', { link: 'disable' }],
  ['isolated="yes" inbound="0" outbound-peak="7"', { isolated: 1, outbound_peak: 7 }],
])('how it stands in VLANs, isolation and limits: %s', (attributes, settings) => {
  const xml = domain(nic('/a'), `<vmlane:port path="/a" ${attributes}/>`);
  expect(openDomain(xml).portRequests()).toEqual([
    { name: 'web.0', path: '/a', listener: 'qemu', ...OWN, ...settings },
  ]);
  // Written and read again, it is the same.
  const { mac: _, path, mode: __, ...kept } = openDomain(xml).vhostUserInterfaces[0] ?? {};
  const again = keepPortSettings(openDomain(domain(nic('/a'))), path ?? '', kept);
  expect(openDomain(again).portRequests()).toEqual(openDomain(xml).portRequests());
});

test('what says the VLANs anew says all of it', () => {
  const record =
    '<metadata><vmlane:convert xmlns:vmlane="urn:vmlane:convert:1"><vmlane:interface path="/a" vlan="9" vlan-mode="native-tagged" trunks="1,9" inbound="4"/></vmlane:convert>';
  const xml = domain(nic('/a'), '<vmlane:port path="/a" vlan="5"/>');
  expect(openDomain(xml.replace('<metadata>', record)).portRequests()).toEqual([
    { name: 'web.0', path: '/a', listener: 'qemu', ...OWN, vlan: 5, inbound: 4 },
  ]);
});

test.each([
  ['spoofchk="yes"', 0],
  ['spoofchk="no"', 1],
  ['spoofchk="yes" pinned="no"', 1],
])('the former name of pinned is still read: %s', (attributes, other_macs) => {
  const xml = domain(nic('/b'), `<vmlane:port path="/b" ${attributes}/>`);
  expect(openDomain(xml).portRequests()).toEqual([
    { name: 'web.0', path: '/b', listener: 'qemu', ...OWN, other_macs },
  ]);
});

test.each([
  ['', '', OWN],
  [" trustGuestRxFilters='no'", '', OWN],
  [" trustGuestRxFilters='yes'", '', { ...OWN, other_macs: 1 }],
  [" trustGuestRxFilters='yes'", 'pinned="yes"', OWN],
  [" trustGuestRxFilters='no'", 'pinned="no"', { ...OWN, other_macs: 1 }],
])(
  'libvirt’s own attribute counts where <metadata> is silent: %s %s',
  (trust, attributes, settings) => {
    const trusted = nic('/a').replace(" type='vhostuser'", `$&${trust}`);
    const kept = attributes && `<vmlane:port path="/a" ${attributes}/>`;
    expect(openDomain(domain(trusted, kept)).portRequests()).toEqual([
      { name: 'web.0', path: '/a', listener: 'qemu', ...settings },
    ]);
  },
);

test.each([
  ['', {}],
  ['pinned="no"', {}],
  ['pinned="yes"', OWN],
])(
  'a NIC of a team: its MAC is the VF’s, too, so the port has none of its own: %s',
  (attributes, settings) => {
    const teamed = nic('/a').replace('</interface>', "<teaming type='persistent'/>$&");
    const kept = attributes && `<vmlane:port path="/a" ${attributes}/>`;
    expect(openDomain(domain(teamed, kept)).portRequests()).toEqual([
      { name: 'web.0', path: '/a', listener: 'qemu', ...settings },
    ]);
  },
);

test('none is said as 0, or not at all', () => {
  const none = '<vmlane:port path="/a" vlan="0" flood-limit="0"/>';
  expect(openDomain(domain(nic('/a'), none)).portRequests()).toEqual([
    { name: 'web.0', path: '/a', listener: 'qemu', ...OWN },
  ]);
});

test('what a conversion keeps and what a hand adds is put together', () => {
  const record =
    '<metadata><vmlane:convert xmlns:vmlane="urn:vmlane:convert:1"><vmlane:interface path="/a" vlan="100"/></vmlane:convert>';
  const xml = domain(nic('/a'), '<vmlane:port path="/a" flood-limit="10"/>').replace(
    '<metadata>',
    record,
  );
  expect(openDomain(xml).portRequests()).toMatchObject([{ vlan: 100, flood_limit: 10 }]);
});

test.each([
  '<ns0:ports xmlns:ns0="urn:vmlane:ports:1"><ns0:port path="/a" vlan="7"/></ns0:ports>',
  '<ports xmlns="urn:vmlane:ports:1"><port path="/a" vlan="7"/></ports>',
  '<x:ports xmlns:x="urn:vmlane:ports:1" xmlns:y="urn:vmlane:ports:1"><y:port path="/a" vlan="7"/></x:ports>',
])('the namespace counts, not its prefix: %s', (ports) => {
  const xml = `<domain><name>web</name><metadata>${ports}</metadata><devices>${nic('/a')}</devices></domain>`;
  expect(openDomain(xml).portRequests()).toMatchObject([{ vlan: 7 }]);
  const kept = keepPortSettings(openDomain(xml), '/a', { vlan: 8 });
  expect(openDomain(kept).portRequests()).toMatchObject([{ vlan: 8 }]);
  expect(kept.match(/urn:vmlane:ports:1/g)?.length).toBe(ports.match(/urn:/g)?.length);
  const other = xml.replaceAll('urn:vmlane:ports:1', 'urn:x');
  expect(openDomain(other).portRequests()).toEqual([
    { name: 'web.0', path: '/a', listener: 'qemu', ...OWN },
  ]);
});

test('two NICs on one socket are refused', () => {
  expect(() => openDomain(domain(nic('/a') + nic('/a'))).portRequests()).toThrow(
    'web: two of its interfaces use the socket /a; give each a socket of its own',
  );
});
