/** Frames in words, as tcpdump's filters have them: `ether dst 52:54:00:12:34:56 and vlan 10 and udp dst port 53`. */
import { isIPv4, isIPv6 } from 'node:net';
import { PORT_SETTINGS } from '../contract/bounds.js';
import { InvalidInput } from '../values/errors.js';

/** What the words say. MACs and addresses as they were written. */
interface Parts {
  etherSrc?: string;
  etherDst?: string;
  vlan?: number;
  ipSrc?: string;
  ipDst?: string;
  arp?: 'request' | 'reply';
  protocol?: 'tcp' | 'udp' | 'icmp';
  srcPort?: number;
  dstPort?: number;
  length?: number;
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const LEAST = 60;
const MOST = 1514;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const REMEDY = "name it as in 'ether dst 52:54:00:12:34:56 and vlan 10 and udp dst port 53'";

const ETHERTYPES = {
  ip: 0x0800,
  ip6: 0x86dd,
  arp: 0x0806,
  rarp: 0x8035,
  vlan: 0x8100,
  none: 0x88b5,
};
/** By IANA; 253 is for experiments. */
const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17, none: 253, icmp6: 58 };

/**
 * The frame's bytes without FCS, 60 at least. `source`: its source address where the words name none.
 * @throws InvalidInput
 */
export function frameFromText(text: string, source?: string): Buffer {
  const parts = partsOf(text.split(/\s+/).filter(Boolean));
  mustFit(text, parts);
  const src = parts.etherSrc ?? source;
  const dst = parts.etherDst ?? (parts.arp === 'request' ? BROADCAST : undefined);
  if (dst === undefined) throw wrong(text, 'has no destination', "begin with 'ether dst MAC'");
  if (src === undefined)
    throw wrong(text, 'has no source, and its port has no address', "add 'ether src MAC'");
  const tag = parts.vlan === undefined ? [] : [u16(ETHERTYPES.vlan), u16(parts.vlan)];
  const [type, payload] = payloadOf(text, parts, mac(src));
  const frame = Buffer.concat([mac(dst), mac(src), ...tag, u16(type), payload]);
  if (parts.length !== undefined && parts.length < frame.length)
    throw wrong(text, `has ${frame.length} bytes, more than its length`, 'leave the length out');
  const length = Math.max(LEAST, frame.length, parts.length ?? 0);
  return Buffer.concat([frame, Buffer.alloc(length - frame.length)]);
}

/** The broadcast by which QEMU announces a guest (RFC 903): of all, every guard of a port lets this one pass. */
export function announcement(address: string): Buffer {
  const own = mac(address);
  const sides = [own, Buffer.alloc(4), own, Buffer.alloc(4)];
  const head = [u16(1), u16(ETHERTYPES.ip), Buffer.of(6, 4), u16(3)];
  const frame = Buffer.concat([mac(BROADCAST), own, u16(ETHERTYPES.rarp), ...head, ...sides]);
  return Buffer.concat([frame, Buffer.alloc(LEAST - frame.length)]);
}

/** What is said must be in the frame. @throws InvalidInput */
function mustFit(text: string, parts: Parts): void {
  const { arp: isArp, protocol, srcPort, dstPort } = parts;
  if (isArp && (protocol !== undefined || srcPort !== undefined || dstPort !== undefined))
    throw wrong(text, 'is ARP, which has no such part', 'leave out what comes after it');
  if ((srcPort !== undefined || dstPort !== undefined) && protocol !== 'tcp' && protocol !== 'udp')
    throw wrong(text, 'has a port and no protocol that has ports', "write 'tcp' or 'udp', too");
}

function partsOf(words: readonly string[]): Parts {
  const parts: Parts = {};
  let at = 0;
  const next = (): string => words[at++] ?? '';
  while (at < words.length) {
    const word = next();
    if (word === 'and') continue;
    const [side, rest] = word === 'src' || word === 'dst' ? [word, next()] : ['', word];
    read(parts, rest, side, next, words);
  }
  return parts;
}

/** One word that says what follows, and that. */
function read(
  parts: Parts,
  word: string,
  given: string,
  next: () => string,
  words: readonly string[],
): void {
  const sideOf = (): 'Src' | 'Dst' => {
    const side = given || next();
    if (side === 'src' || side === 'dst') return side === 'src' ? 'Src' : 'Dst';
    throw wrong(words.join(' '), `'${word} ${side}' is neither src nor dst`);
  };
  switch (word) {
    case 'ether':
      parts[`ether${sideOf()}`] = checked(next(), MAC, 'a MAC');
      return;
    case 'vlan':
      parts.vlan = number(next(), PORT_SETTINGS.vlan.max, 'a VLAN');
      return;
    case 'ip':
    case 'ip6':
    case 'host': {
      const side = sideOf();
      const address = next();
      if (!isAddress(word, address))
        throw wrong(address || 'the frame', address ? 'is no address' : 'lacks an address');
      parts[`ip${side}`] = address;
      return;
    }
    case 'arp':
      arp(parts, next);
      return;
    case 'tcp':
    case 'udp':
    case 'icmp':
      parts.protocol = word;
      return;
    case 'port':
      parts[given === 'src' ? 'srcPort' : 'dstPort'] = number(next(), 65535, 'a port');
      return;
    case 'length':
      parts.length = number(next(), MOST, 'a length');
      return;
    default:
      throw wrong(word, 'is not understood', REMEDY);
  }
}

/** `arp who-has A tell B`, and `arp A is-at MAC`, as tcpdump prints them. */
function arp(parts: Parts, next: () => string): void {
  const first = next();
  parts.arp = first === 'who-has' ? 'request' : 'reply';
  if (parts.arp === 'request') {
    parts.ipDst = address4(next());
    if (next() !== 'tell')
      throw wrong('arp', 'is incomplete', "write 'arp who-has 10.0.0.1 tell 10.0.0.2'");
    parts.ipSrc = address4(next());
    return;
  }
  parts.ipSrc = address4(first);
  if (next() !== 'is-at')
    throw wrong('arp', 'is incomplete', "write 'arp 10.0.0.1 is-at 52:54:00:12:34:56'");
  parts.etherSrc ??= checked(next(), MAC, 'a MAC');
}

function payloadOf(text: string, parts: Parts, source: Buffer): [number, Buffer] {
  if (parts.arp) return [ETHERTYPES.arp, arpOf(parts, source)];
  const { ipSrc, ipDst } = parts;
  if (ipSrc === undefined && ipDst === undefined && !parts.protocol)
    return [ETHERTYPES.none, Buffer.alloc(0)];
  const six = isIPv6(ipSrc ?? ipDst ?? '');
  if (ipSrc !== undefined && ipDst !== undefined && six !== isIPv6(ipDst))
    throw wrong(text, 'has addresses of IPv4 and of IPv6', 'leave one of them out');
  return six ? [ETHERTYPES.ip6, ipv6(parts)] : [ETHERTYPES.ip, ipv4(parts)];
}

/** RFC 826. */
function arpOf({ arp: kind, ipSrc = '0.0.0.0', ipDst = '0.0.0.0' }: Parts, source: Buffer): Buffer {
  const head = [u16(1), u16(ETHERTYPES.ip), Buffer.of(6, 4), u16(kind === 'request' ? 1 : 2)];
  return Buffer.concat([...head, source, bytes4(ipSrc), Buffer.alloc(6), bytes4(ipDst)]);
}

/** RFC 791, with its checksum; TCP's and UDP's are left out (0). */
function ipv4({ ipSrc = '0.0.0.0', ipDst = '255.255.255.255', ...parts }: Parts): Buffer {
  const inner = transport(parts);
  const head = Buffer.concat([
    ...[Buffer.of(0x45, 0), u16(20 + inner.length), u16(0), u16(0)],
    Buffer.of(64, PROTOCOLS[parts.protocol ?? 'none'], 0, 0),
    ...[bytes4(ipSrc), bytes4(ipDst)],
  ]);
  let sum = 0;
  for (let i = 0; i < head.length; i += 2) sum += head.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  head.writeUInt16BE(~sum & 0xffff, 10);
  return Buffer.concat([head, inner]);
}

/** RFC 8200. */
function ipv6({ ipSrc = '::', ipDst = 'ff02::1', ...parts }: Parts): Buffer {
  const inner = transport(parts, ECHO_6);
  const protocol = parts.protocol === 'icmp' ? 'icmp6' : (parts.protocol ?? 'none');
  const head = [Buffer.of(0x60, 0, 0, 0), u16(inner.length), Buffer.of(PROTOCOLS[protocol], 64)];
  return Buffer.concat([...head, bytes6(ipSrc), bytes6(ipDst), inner]);
}

function transport({ protocol, srcPort = 49152, dstPort = 9 }: Parts, echo = ECHO): Buffer {
  const ports = Buffer.concat([u16(srcPort), u16(dstPort)]);
  switch (protocol) {
    case 'udp':
      return Buffer.concat([ports, u16(8), u16(0)]);
    case 'tcp':
      return Buffer.concat([ports, Buffer.alloc(8), Buffer.of(0x50, 0x02), Buffer.alloc(6)]);
    case 'icmp':
      return echo;
    default:
      return Buffer.alloc(0);
  }
}

/** RFC 792, with its checksum; RFC 4443, without. */
const ECHO = Buffer.of(8, 0, 0xf7, 0xff, 0, 0, 0, 0);
const ECHO_6 = Buffer.of(128, 0, 0, 0, 0, 0, 0, 0);

function mac(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255);
}

function bytes4(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

/** The URL's host is in the one short form, without an IPv4 address at its end. */
function bytes6(text: string): Buffer {
  const [left = '', right] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string) => part.split(':').filter(Boolean);
  const after = groups(right ?? '');
  const missing = 8 - groups(left).length - after.length;
  const all = [...groups(left), ...Array<string>(missing).fill('0'), ...after];
  return Buffer.concat(all.map((group) => u16(Number.parseInt(group, 16))));
}

/** Of that kind; without a zone, which no frame has. */
function isAddress(word: string, text: string): boolean {
  const six = isIPv6(text) && !text.includes('%');
  return word === 'ip6' ? six : isIPv4(text) || (word === 'host' && six);
}

function address4(text: string): string {
  if (isIPv4(text)) return text;
  throw wrong(text || 'arp', text ? 'is no IPv4 address' : 'is incomplete');
}

function number(text: string, most: number, what: string): number {
  const value = Number(checked(text, /^\d{1,5}$/, what));
  if (value <= most) return value;
  throw wrong(text, `is not ${what}`, `give at most ${most}`);
}

function checked(text: string, form: RegExp, what: string): string {
  if (form.test(text)) return text;
  throw wrong(text === '' ? 'the frame' : text, text === '' ? `lacks ${what}` : `is not ${what}`);
}

function wrong(thing: string, problem: string, remedy = REMEDY): InvalidInput {
  return new InvalidInput({ thing: `frame: ${thing}`, problem, remedy });
}
