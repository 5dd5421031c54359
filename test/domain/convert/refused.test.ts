import { describe, expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/domain.js';
import { type ConvertOptions, convertDomain, revertDomain } from '../../../src/domain/index.js';
import { InvalidInput } from '../../../src/values/errors.js';

const nic = (inside = '', type = 'network', model = 'virtio') =>
  `<interface type='${type}'><mac address='52:54:00:00:00:01'/><source network='n'/><model type='${model}'/>${inside}</interface>`;
const guest = (inside: string, more = '') =>
  `<domain type='kvm'><name>a</name>${more}<devices>${inside}</devices></domain>`;
const NIC = 'NIC 0 (52:54:00:00:00:01)';

const KEPT =
  'clean-traffic, no-mac-spoofing, no-ip-spoofing, no-ipv6-spoofing, no-arp-spoofing, allow-dhcp, allow-dhcp-server';
const parameter = (name: string, value: string) => `<parameter name='${name}' value='${value}'/>`;
const filter = (name: string, ...parameters: string[]) =>
  `<filterref filter='${name}'>${parameters.join('')}</filterref>`;
const unkept = (name: string) =>
  `has the network filter "${name}", and the switch keeps only ${KEPT}; take <filterref> out if the guest may go without, or choose other NICs with --nic`;
const ADDRESSES = 'give 1 to 16 unicast addresses of IPv4 and IPv6, or choose other NICs';

/** Network filters that no port can keep, and why. */
const FILTERS: [string, string][] = [
  [filter('my-own'), unkept('my-own')],
  [
    filter('clean-traffic-gateway', parameter('GATEWAY_MAC', '52:54:00:00:00:09')),
    unkept('clean-traffic-gateway'),
  ],
  [filter('no-other-l2-traffic'), unkept('no-other-l2-traffic')],
  [filter('no-ip-multicast'), unkept('no-ip-multicast')],
  [filter('Clean-Traffic'), unkept('Clean-Traffic')],
  [filter('toString'), unkept('toString')],
  [filter(''), unkept('')],
  ['<filterref/>', unkept('')],
  [
    filter('clean-traffic') + filter('allow-dhcp'),
    'has several network filters; leave one <filterref>, or choose other NICs',
  ],
  [
    filter('clean-traffic', parameter('PORT', '80')),
    'its network filter clean-traffic has the parameter "PORT", which the switch does not know; take that out, known are IP, IPV6, MAC, DHCPSERVER, CTRL_IP_LEARNING, or ',
  ],
  [
    filter('clean-traffic', parameter('MAC', '52:54:00:00:00:02')),
    'its network filter\'s MAC is "52:54:00:00:00:02"; give its own, or take MAC out, or ',
  ],
  [
    filter('clean-traffic', parameter('IP', '10.0.0.0/24')),
    `its network filter has "10.0.0.0/24"; ${ADDRESSES}`,
  ],
  [filter('clean-traffic', parameter('IP', '')), `its network filter has ""; ${ADDRESSES}`],
  [
    filter('clean-traffic', parameter('IP', '10.0.0.5'), parameter('IP', '224.0.0.1')),
    `its network filter has "10.0.0.5,224.0.0.1"; ${ADDRESSES}`,
  ],
  [
    filter(
      'clean-traffic',
      ...Array.from({ length: 17 }, (_, i) => parameter('IP', `10.0.0.${i}`)),
    ),
    'its network filter has "10.0.0.0,10.0.0.1,10.0.0.2,10.0.0.3,10.0"; ',
  ],
  [
    filter('allow-dhcp-server', parameter('DHCPSERVER', 'none')),
    `its network filter has "none"; ${ADDRESSES}`,
  ],
  [
    filter('allow-dhcp-server'),
    'its network filter allow-dhcp-server has no parameter DHCPSERVER; give it one, or ',
  ],
  [
    filter('no-ipv6-spoofing'),
    'its network filter no-ipv6-spoofing has no parameter IPV6; give it one, or ',
  ],
  [
    filter('no-ip-spoofing', parameter('CTRL_IP_LEARNING', 'none')),
    'its network filter no-ip-spoofing has no parameter IP; give it one, or ',
  ],
  // Of the other kind: libvirt compares it with nothing, the port would allow it.
  [
    filter('no-ip-spoofing', parameter('IPV6', '10.0.0.9')),
    'its network filter\'s IPV6 is "10.0.0.9"; give addresses of IPv6, or ',
  ],
  [
    filter('no-ipv6-spoofing', parameter('IPV6', 'fd00::5'), parameter('IP', 'fd00::6')),
    'its network filter\'s IP is "fd00::6"; give addresses of IPv4, or ',
  ],
  [
    filter(
      'clean-traffic',
      parameter('CTRL_IP_LEARNING', 'dhcp'),
      parameter('DHCPSERVER', 'fd00::1'),
    ),
    'its network filter\'s DHCPSERVER is "fd00::1"; give addresses of IPv4, or ',
  ],
  [
    filter('no-ip-spoofing', parameter('IP', '0.0.0.0')),
    `its network filter has "0.0.0.0"; ${ADDRESSES}`,
  ],
  [
    filter('clean-traffic', parameter('CTRL_IP_LEARNING', 'arp')),
    'its CTRL_IP_LEARNING is "arp"; give any, dhcp or none, once, or ',
  ],
];

/** Domain, message, options. */
const BAD: [string, string, ConvertOptions?][] = [
  // Not one domain.
  ['', 'domain XML: line 1: Start tag expected.; '],
  ['name: web1', "domain XML: line 1: char 'n' is not expected.; "],
  ['<network/>', 'domain XML: holds <network> where <domain> should be; '],
  ['<domain><name>a</name>', 'domain XML: line 1: '],
  [
    `${guest('')}${guest('')}`,
    "domain XML: holds several domains, as virt-install prints for install media; give one; with virt-install, '--print-xml 2' ",
  ],
  ["<domain type='kvm'><devices/></domain>", 'domain XML: has no <name>; '],
  [
    "<domain type='kvm' type='qemu'><name>a</name></domain>",
    "domain XML: line 1: Attribute 'type' is repeated.",
  ],
  // What XML can do to its reader.
  [`<!DOCTYPE domain>${guest(nic())}`, 'domain XML: declares a document type or entities; '],
  [
    `<!DOCTYPE d [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]>${guest('&b;')}`,
    'domain XML: declares a document type or entities; ',
  ],
  [
    `<!DOCTYPE d SYSTEM "file:///etc/passwd">${guest(nic())}`,
    'domain XML: declares a document type or entities; ',
  ],
  [
    guest(nic(), '<!ENTITY x SYSTEM "file:///etc/passwd">'),
    'domain XML: declares a document type or entities; ',
  ],
  [guest(nic('<target dev="&x;"/>')), 'domain XML: has an unknown reference "&x;"; '],
  [
    guest(nic('<target dev="&#0;"/>')),
    'domain XML: has a reference to a character that is none in XML: "&#0;"; ',
  ],
  [guest(`${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`), 'domain XML: '],
  [guest(nic().replace("'n'", '"a\u0001"')), 'domain XML: line 1: holds a control character; '],
  [
    `<?xml version='1.0' encoding='UTF-16'?>${guest(nic())}`,
    'domain XML: its encoding is "UTF-16"; save it as UTF-8, and say so in its first line',
  ],
  [
    guest(nic('<!-- a -- b -->')),
    'domain XML: line 1: a comment, CDATA or instruction does not end well; ',
  ],
  // VFs.
  [
    guest(nic()),
    'VFs: NICs to move: 1, free VFs given: 0; give one for each, or choose NICs',
    { vfs: [] },
  ],
  [
    guest(nic() + nic().replace('00:01', '00:02')),
    'VFs: NICs to move: 2, free VFs given: 1; ',
    { vfs: ['0000:01:10.0', '0000:01:10.0'] },
  ],
  [
    guest(nic("<filterref filter='clean-traffic'/>")),
    `${NIC}: has a network filter, which can only be kept on a tap or the switch; `,
    { vfs: { pool: 'vfs' } },
  ],
  [
    guest(nic("<teaming type='persistent'/>")),
    `${NIC}: is in a team with a VF already; choose other NICs with --nic`,
    { vfs: ['0000:01:10.0'] },
  ],
  [
    guest(nic("<vlan trunk='yes'><tag id='1'/></vlan>")),
    `${NIC}: is a trunk of VLANs, and can have one; `,
    { vfs: ['0000:01:10.0'] },
  ],
  [
    guest(nic().replace(/<mac.*?>/, '')),
    'NIC 0: has no MAC to distinguish it from others of the pool; give it a <mac>',
    { vfs: { pool: 'vfs' } },
  ],
  // Guests that cannot have a vhost-user NIC.
  [
    guest(nic(), "<launchSecurity type='sev'/>"),
    'domain a: has <launchSecurity>: its memory is encrypted, no switch can read it; leave its NICs where they are',
  ],
  [
    guest(nic()).replace('kvm', 'lxc'),
    'domain a: its type is lxc; only kvm and qemu have vhost-user',
  ],
  [guest(nic()).replace(" type='kvm'", ''), 'domain a: its type is (none); '],
  [
    guest(nic(), "<cpu><numa><cell id='0' memAccess='x'/></numa></cpu>"),
    'domain XML: memory cell 0 has memAccess="x"; write memAccess=\'shared\'',
  ],
  // NICs that cannot be one.
  [
    guest(nic().replace('52:', '53:')),
    'NIC 0 (53:54:00:00:00:01): its MAC is "53:54:00:00:00:01"; make the first octet even',
  ],
  [
    guest(nic().replace('52:54', '52-54')),
    'NIC 0 (52-54:00:00:00:01): its MAC is "52-54:00:00:00:01"; give six octets',
  ],
  [
    guest(nic().replace('52:54:00:00:00:01', 'a&quot;/&gt;&#10;&lt;b')),
    'NIC 0 (a"/> <b): its MAC is "a\\"/>\\n<b"; give six octets',
  ],
  ...FILTERS.map(([filter, problem]): [string, string] => [
    guest(nic(filter)),
    `${NIC}: ${problem}`,
  ]),
  [
    guest(nic("<port isolated='yes'/>")),
    `${NIC}: has port isolation, which can only be kept on a tap or the switch; `,
    { vfs: ['0000:01:10.0'] },
  ],
  [guest(nic("<source network='m'/>")), `${NIC}: has 2 <source>; leave one`],
  [guest(nic("<driver queues='0'/>")), `${NIC}: has "0" queues; give 1 to 128`],
  [guest(nic("<driver queues='129'/>")), `${NIC}: has "129" queues; give 1 to 128`],
  [guest(nic("<driver queues='1e1'/>")), `${NIC}: has "1e1" queues; give 1 to 128`],
  [
    guest(nic("<driver rx_queue_size='300'/>")),
    `${NIC}: its rx_queue_size is "300"; give 256, 512 or 1024`,
  ],
  [guest(nic("<driver rx_queue_size='128'/>")), `${NIC}: its rx_queue_size is "128"; `],
  [guest(nic("<driver tx_queue_size='2048'/>")), `${NIC}: its tx_queue_size is "2048"; `],
  [
    guest(nic("<vlan trunk='yes'><tag id='1'/><tag id='2'/><tag id='1'/></vlan>")),
    `${NIC}: its trunk has VLAN 1 twice; name each once, or choose other NICs with --nic`,
  ],
  [
    guest(nic("<vlan><tag id='1' nativeMode='tagged'/></vlan>")),
    `${NIC}: its VLAN has a nativeMode, and is no trunk; write trunk='yes', or take nativeMode out`,
  ],
  [
    guest(nic("<vlan trunk='yes'><tag id='1' nativeMode='x'/></vlan>")),
    `${NIC}: its nativeMode is "x"; give tagged or untagged`,
  ],
  [
    guest(nic("<vlan><tag id='1' nativeMode='tagged'/><tag id='2' nativeMode='tagged'/></vlan>")),
    `${NIC}: its trunk has several native VLANs; leave one nativeMode`,
  ],
  [
    guest(nic("<vlan><tag id='1'/><tag id='0'/></vlan>")),
    `${NIC}: its VLAN is "0"; give 1 to 4094`,
  ],
  [
    guest(nic("<bandwidth><inbound average='12500001'/></bandwidth>")),
    `${NIC}: its inbound average is "12500001"; give 0 to 12500000, in KiB`,
  ],
  [
    guest(nic("<bandwidth><outbound average='1' burst='1MB'/></bandwidth>")),
    `${NIC}: its outbound burst is "1MB"; give 0 to 12500000, in KiB`,
  ],
  [
    guest(nic("<bandwidth><outbound peak='1'/></bandwidth>")),
    `${NIC}: its outbound limit has no average; give it one, or take the limit out`,
  ],
  [guest(nic("<vlan><tag id='4095'/></vlan>")), `${NIC}: its VLAN is "4095"; give 1 to 4094`],
  [guest(nic('<vlan/>')), `${NIC}: its VLAN is ""; give 1 to 4094`],
  // NICs that are asked for.
  [
    guest(nic()),
    '--nic 1: there is no such NIC; give a number; there are NIC 0 (52:54:00:00:00:01)',
    { nics: ['1'] },
  ],
  [guest(''), '--nic 0: there is no such NIC; the domain has none', { nics: ['0'] }],
  [
    guest(nic()),
    '--nic 52:54:00:00:00:02: there is no such NIC; ',
    { nics: ['52:54:00:00:00:02'] },
  ],
  [guest(nic()), '--nic a b: there is no such NIC; ', { nics: ['a\nb'] }],
  [
    guest(nic() + nic()),
    '--nic 52:54:00:00:00:01: several NICs are called so; give a number; there are NIC 0',
    { nics: ['52:54:00:00:00:01'] },
  ],
  [
    guest(nic('', 'network', 'e1000')),
    `${NIC}: its model is e1000, only virtio can be on a switch; set <model type='virtio'/>`,
    { nics: ['0'] },
  ],
  [
    guest("<interface type='network'/>"),
    "NIC 0: its model is libvirt's default, only virtio",
    { nics: ['0'] },
  ],
  [
    guest(nic('', 'hostdev')),
    `${NIC}: is of type hostdev; choose one of network, bridge`,
    { nics: ['0'] },
  ],
  [guest(nic('', 'mcast')), `${NIC}: is of type mcast; `, { nics: ['0'] }],
  // Sockets.
  [guest(nic()), 'socket run/a/0.sock: "run/a/0.sock" is not absolute; ', { socketDir: 'run' }],
  [
    guest(nic()),
    'socket /run/../a/0.sock: "/run/../a/0.sock" is not normalised; ',
    { socketDir: '/run/..' },
  ],
  [guest(nic()), 'socket /run /a/0.sock: holds a control character; ', { socketDir: '/run\n' }],
  [
    guest(nic()),
    `socket /${'x'.repeat(100)}/a/0.sock: is 110 bytes long; `,
    { socketDir: `/${'x'.repeat(100)}` },
  ],
];

test.each(BAD)('%s: %s', (xml, message, options) => {
  const error = trouble(() => convertDomain(openDomain(xml), options));
  expect(error.message.startsWith(message) ? message : error.message).toBe(message);
  expect(error.message).toMatch(/^[^\n]+: [^\n]+; [^\n]+$/);
});

describe('a record that was tampered with', () => {
  const converted = convertDomain(
    openDomain(
      guest(nic(), "<memory>1</memory><cpu><numa><cell memAccess='private'/></numa></cpu>"),
    ),
  ).xml;
  const open = '&lt;interface';
  /** What is changed in it, and into what; the message. */
  const DAMAGED: [RegExp | string, string, string][] = [
    [/metadata="\w+"/, 'metadata="x"', 'metadata is "x"'],
    [/(<vmlane:interface) path="[^"]*"/, '$1', 'an interface without path, vf or mac'],
    [open, 'interface', 'its interface is not well-formed'],
    [open, `&lt;/devices>${open}`, 'its interface is not well-formed'],
    [open, `&lt;!-- -->${open}`, 'its interface is something else'],
    [/&lt;(\/?)interface/g, '&lt;$1disk', 'its interface is something else'],
    [
      '<vmlane:memoryBacking/>',
      '<vmlane:memoryBacking>&lt;os/></vmlane:memoryBacking>',
      'its memoryBacking is something else',
    ],
    ['>private<', '>shared"/>&lt;a<', 'cell was "'],
    ['index="0"', 'index="-1"', '"-1" is not a number'],
    ['index="0"', '', '"" is not a number'],
    [/path="[^"]*"/, '$& vlan="4095"', 'its vlan is not 1 to 4094'],
    ['<vmlane:memoryBacking/>', '<vmlane:new/>', '<vmlane:new> is not known'],
  ];
  test.each(DAMAGED)('%s, %s: %s', (from, to, problem) => {
    const xml = converted.replace(from, to);
    expect(xml).not.toBe(converted);
    const { message } = trouble(() => revertDomain(openDomain(xml)));
    expect(message).toContain(`domain XML: <vmlane:convert>: cannot be used: ${problem}`);
    expect(message).toContain('; take it out of <metadata> and set the interfaces by hand');
  });
});

function trouble(act: () => unknown): InvalidInput {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
  throw new Error('was not refused');
}
