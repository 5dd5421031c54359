/** What guests say, as frames in hexadecimal text. */
import { BROADCAST } from './frames.js';

/** A host as it says that it is. */
export interface Host {
  mac: string;
  ip: string;
  ip6?: string;
}

const hex = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, '0');
const macHex = (mac: string) => mac.replaceAll(':', '');
const ipHex = (ip: string) =>
  ip
    .split('.')
    .map((one) => hex(Number(one), 1))
    .join('');
const zeros = (bytes: number) => '00'.repeat(bytes);

function ip6Hex(ip: string): string {
  const [before = '', after = ''] = ip.split('::');
  const groups = (text: string) => text.split(':').filter((one) => one !== '');
  const missing = 8 - groups(before).length - groups(after).length;
  const all = [...groups(before), ...Array.from({ length: missing }, () => '0'), ...groups(after)];
  return all.map((one) => one.padStart(4, '0')).join('');
}

function eth(to: string, from: string, type: number): string {
  return macHex(to) + macHex(from) + hex(type, 2);
}

function ipHeader(from: string, to: string, protocol: number, payload: string): string {
  const length = hex(20 + payload.length / 2, 2);
  return `4500${length}0000000040${hex(protocol, 1)}0000${ipHex(from)}${ipHex(to)}${payload}`;
}

function udp(from: number, to: number, payload: string): string {
  return hex(from, 2) + hex(to, 2) + hex(8 + payload.length / 2, 2) + zeros(2) + payload;
}

/** TCP's first segment. */
export function ipv4({ from, to }: { from: Host; to: Host }): string {
  return eth(to.mac, from.mac, 0x800) + ipHeader(from.ip, to.ip, 6, zeros(26));
}

/** A request; mac: of the sender within it, if it is another. */
export function arp({ from, asks, mac }: { from: Host; asks: string; mac?: string }): string {
  const sender = macHex(mac ?? from.mac) + ipHex(from.ip);
  return `${eth(BROADCAST, from.mac, 0x806)}0001080006040001${sender}${zeros(6)}${ipHex(asks)}${zeros(18)}`;
}

/** An advertisement to all. */
export function neighbour({ from, target, mac }: { from: Host; target: string; mac: string }) {
  const payload = `8800000020000000${ip6Hex(target)}0201${macHex(mac)}`;
  const header = `60000000${hex(payload.length / 2, 2)}3aff${ip6Hex(from.ip6 ?? '')}`;
  return `${eth('33:33:00:00:00:01', from.mac, 0x86dd)}${header}${ip6Hex('ff02::1')}${payload}`;
}

const TYPES = { discover: 1, ack: 5, release: 7 };

/** A message of DHCP: from a client, or from a server to one. */
export function dhcp({
  from,
  type,
  client = from,
  gives = '0.0.0.0',
  lends = from.ip,
  lease = 60,
}: {
  from: Host;
  type: keyof typeof TYPES;
  client?: Host;
  gives?: string;
  /** The address that is given back. */
  lends?: string;
  lease?: number;
}): string {
  const isServer = type === 'ack';
  const isRelease = type === 'release';
  const own = isRelease ? lends : '0.0.0.0';
  const options = `3501${hex(TYPES[type], 1)}${isServer ? `3304${hex(lease, 4)}` : ''}ff`;
  const message =
    `${isServer ? '02' : '01'}010600${zeros(8)}${ipHex(own)}${ipHex(gives)}${zeros(8)}` +
    `${macHex(client.mac)}${zeros(10 + 64 + 128)}63825363${options}`;
  const [source, target] = isServer ? [67, 68] : [68, 67];
  const address = isServer || isRelease ? from.ip : '0.0.0.0';
  return (
    eth(BROADCAST, from.mac, 0x800) +
    ipHeader(address, '255.255.255.255', 17, udp(source, target, message))
  );
}

/** The frame behind one more tag. */
export function tagged(frame: string): string {
  return `${frame.slice(0, 24)}81000007${frame.slice(24)}`;
}
