/** Frames in words: tcpdump, which reads the same words in filters, says what it finds in them. */
import { execaSync } from 'execa';
import { expect, it } from 'vitest';
import { frameFromText } from '../../src/switch/index.js';
import { toPcap } from '../switching/pcap.js';

const A = '52:54:00:00:00:0a';
const B = '52:54:00:00:00:0b';

/** What tcpdump prints of each, without time. */
function printed(frames: readonly Buffer[]): string[] {
  const input = toPcap(frames.map((one) => one.toString('hex')));
  const { stdout } = execaSync('tcpdump', ['-t', '-n', '-e', '-r', '-'], { input });
  return stdout.split('\n').filter((line) => !line.startsWith('\t'));
}

const ROWS: [words: string, line: string][] = [
  [`ether dst ${B}`, `${A} > ${B}, ethertype Unknown (0x88b5), length 60`],
  [`ether src ${B} and ether dst ff:ff:ff:ff:ff:ff`, `${B} > ff:ff:ff:ff:ff:ff, ethertype Unknown`],
  [`ether dst ${B} vlan 10 length 100`, `ethertype 802.1Q (0x8100), length 100: vlan 10, p 0`],
  [
    'arp who-has 10.0.0.1 tell 10.0.0.2',
    `${A} > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 60: Request who-has 10.0.0.1 tell 10.0.0.2`,
  ],
  [`ether dst ${B} and arp 10.0.0.1 is-at ${A}`, `Reply 10.0.0.1 is-at ${A}`],
  [`ether dst ${B} ip src 10.0.0.1 and ip dst 10.0.0.2`, '10.0.0.1 > 10.0.0.2: '],
  [
    `ether dst ${B} and ip src 0.0.0.0 and ip dst 255.255.255.255 and udp src port 68 and dst port 67`,
    '0.0.0.0.68 > 255.255.255.255.67: ',
  ],
  [
    `ether dst ${B} and src host 10.0.0.1 and dst host 10.0.0.2 and tcp dst port 443`,
    '10.0.0.1.49152 > 10.0.0.2.443: Flags [S]',
  ],
  [
    `ether dst ${B} and ip dst 10.0.0.2 and icmp`,
    '0.0.0.0 > 10.0.0.2: ICMP echo request, id 0, seq 0',
  ],
  [
    `ether dst ${B} and ip6 src fe80::1 and ip6 dst 2001:db8::10.0.0.1 and udp dst port 53`,
    'fe80::1.49152 > 2001:db8::a00:1.53: ',
  ],
  [`ether dst ${B} and ip6 dst ff02::1 and icmp`, ':: > ff02::1: ICMP6, echo request'],
];

it('is the frame that tcpdump sees', () => {
  const lines = printed(ROWS.map(([words]) => frameFromText(words, A)));
  ROWS.forEach(([words, line], i) => {
    expect(`${words}: ${lines[i]}`).toContain(line);
  });
});

it.each([
  ['', 'frame: : has no destination'],
  ['ether', "frame: ether: 'ether ' is neither src nor dst"],
  ['ether dst', 'frame: the frame: lacks a MAC'],
  ['ether dst 52:54', 'frame: 52:54: is not a MAC'],
  [`ether to ${B}`, "'ether to' is neither src nor dst"],
  [`ether dst ${B} vlan 4095`, 'frame: 4095: is not a VLAN; give at most 4094'],
  [`ether dst ${B} vlan x`, 'frame: x: is not a VLAN'],
  [`ether dst ${B} length 9000`, 'frame: 9000: is not a length; give at most 1514'],
  [`ether dst ${B} udp dst port 70000`, 'frame: 70000: is not a port'],
  [`ether dst ${B} ip dst fe80::1`, 'frame: fe80::1: is no address'],
  [`ether dst ${B} ip6 dst 10.0.0.1`, 'frame: 10.0.0.1: is no address'],
  [`ether dst ${B} ip src 10.0.0.1 ip6 dst fe80::1`, 'has addresses of IPv4 and of IPv6'],
  [`ether dst ${B} ip6 src fe80::1%eth0`, 'frame: fe80::1%eth0: is no address'],
  [`ether dst ${B} and dst port 53`, 'has a port and no protocol that has ports'],
  [`ether dst ${B} and ip dst 10.0.0.1 and icmp and dst port 53`, 'has a port and no protocol'],
  ['arp who-has 10.0.0.1 tell 10.0.0.2 and udp', 'is ARP, which has no such part'],
  [`ether dst ${B} and ip6 dst fe80::1 and tcp and length 60`, 'more than its length'],
  [`ether dst ${B} ip dst`, 'frame: the frame: lacks an address'],
  ['arp who-has 10.0.0.1', 'frame: arp: is incomplete'],
  ['arp who-has 10.0.0 tell 10.0.0.1', 'frame: 10.0.0: is no IPv4 address'],
  [`ether dst ${B} or vlan 5`, 'frame: or: is not understood'],
])('%s: %s', (words, problem) => {
  expect(() => frameFromText(words, A)).toThrow(problem);
});

it('wants a source where its port has none', () => {
  expect(() => frameFromText(`ether dst ${B}`)).toThrow(
    'has no source, and its port has no address',
  );
});
