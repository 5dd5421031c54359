import { mac } from './frames.js';

/** TCP frames with offload headers, and what they must look like when somebody else made them. */

export interface TcpOptions {
  ipv6?: boolean;
  /** VLAN of a tag. */
  tag?: number;
  payload: number;
  to?: string;
  from?: string;
}

export interface TcpFrame {
  bytes: Buffer;
  ipv6: boolean;
  network: number;
  tcp: number;
  data: number;
}

const PSEUDO_ADDRESSES = { 4: [12, 20], 6: [8, 40] } as const;

/** A segment as a guest hands it over: its checksum is the pseudo-header's, FIN and PSH are set. */
export function tcpFrame(options: TcpOptions): TcpFrame {
  const { ipv6 = false, tag, payload, to = mac(2), from = mac(1) } = options;
  const network = tag === undefined ? 14 : 18;
  const tcp = network + (ipv6 ? 40 : 20);
  const data = tcp + 20;
  const bytes = Buffer.alloc(data + payload);
  bytes.write(`${to}${from}`.replaceAll(':', ''), 'hex');
  if (tag !== undefined) bytes.writeUInt32BE(0x81000000 + tag, 12);
  bytes.writeUInt16BE(ipv6 ? 0x86dd : 0x0800, network - 2);
  if (ipv6) {
    bytes[network] = 0x60;
    bytes[network + 6] = 6;
    bytes[network + 7] = 64;
    for (let i = 8; i < 40; i++) bytes[network + i] = i * 5;
  } else {
    bytes[network] = 0x45;
    bytes.writeUInt16BE(0xffff, network + 4);
    bytes[network + 8] = 64;
    bytes[network + 9] = 6;
    for (let i = 12; i < 20; i++) bytes[network + i] = i * 11;
  }
  bytes.writeUInt32BE(0x04d20050, tcp);
  bytes.writeUInt32BE(0xfffffff0, tcp + 4);
  bytes[tcp + 12] = 0x50;
  bytes[tcp + 13] = 0x19;
  for (let i = data; i < bytes.length; i++) bytes[i] = (i * 7 + (i >> 8)) & 255;
  const whole = { bytes, ipv6, network, tcp, data };
  setLengths(whole);
  bytes.writeUInt16BE(fold(pseudo(whole)), tcp + 16);
  return whole;
}

/** struct virtio_net_hdr, the first ten bytes. */
export function header(frame: TcpFrame, segment = 0): string {
  const bytes = Buffer.alloc(10);
  bytes[0] = 1;
  if (segment > 0) {
    bytes[1] = frame.ipv6 ? 4 : 1;
    bytes.writeUInt16LE(frame.data, 2);
    bytes.writeUInt16LE(segment, 4);
  }
  bytes.writeUInt16LE(frame.tcp, 6);
  bytes.writeUInt16LE(16, 8);
  return bytes.toString('hex');
}

/** The frame with its checksum completed. */
export function completed(frame: TcpFrame): string {
  return seal({ ...frame, bytes: Buffer.from(frame.bytes) });
}

/** The frame cut into segments. */
export function segments(frame: TcpFrame, size: number): string[] {
  const pieces: string[] = [];
  const { tcp, data, network } = frame;
  const total = frame.bytes.length - data;
  for (let at = 0; at < total; at += size) {
    const payload = frame.bytes.subarray(data + at, data + Math.min(at + size, total));
    const bytes = Buffer.concat([frame.bytes.subarray(0, data), payload]);
    const piece = { ...frame, bytes };
    setLengths(piece);
    if (!frame.ipv6) {
      bytes.writeUInt16BE((0xffff + pieces.length) & 0xffff, network + 4);
      bytes.writeUInt16BE(0, network + 10);
      bytes.writeUInt16BE(~sum(bytes.subarray(network, tcp)) & 0xffff, network + 10);
    }
    bytes.writeUInt32BE((0xfffffff0 + at) % 2 ** 32, tcp + 4);
    bytes[tcp + 13] = at + size < total ? 0x10 : 0x19;
    pieces.push(seal(piece));
  }
  return pieces;
}

function setLengths({ bytes, ipv6, network }: TcpFrame): void {
  if (ipv6) bytes.writeUInt16BE(bytes.length - network - 40, network + 4);
  else bytes.writeUInt16BE(bytes.length - network, network + 2);
}

function seal(frame: TcpFrame): string {
  const { bytes, tcp } = frame;
  bytes.writeUInt16BE(0, tcp + 16);
  const checksum = ~fold(pseudo(frame) + sum(bytes.subarray(tcp))) & 0xffff;
  bytes.writeUInt16BE(checksum || 0xffff, tcp + 16);
  return bytes.toString('hex');
}

function pseudo({ bytes, ipv6, network, tcp }: TcpFrame): number {
  const [from, to] = PSEUDO_ADDRESSES[ipv6 ? 6 : 4];
  return 6 + bytes.length - tcp + sum(bytes.subarray(network + from, network + to));
}

function sum(bytes: Buffer): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i++) total += (bytes[i] ?? 0) << (i % 2 ? 0 : 8);
  return fold(total);
}

function fold(total: number): number {
  let sum = total;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return sum;
}
