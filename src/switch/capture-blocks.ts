/** The pcapng file that a capture of the switch's is, block by block (native/datapath/pcapng.h). */
import { Failed } from '../values/errors.js';

/** One block: its type, and all its bytes. */
export interface Block {
  type: number;
  bytes: Buffer;
}

/** What a packet's block says beside the packet. */
export interface Packet {
  interface: number;
  direction: 'in' | 'out';
  /** Why the switch dropped it; undefined: it did not. */
  dropped: string | undefined;
}

/** Types of blocks. */
export const SECTION = 0x0a0d0d0a;
export const INTERFACE = 1;
export const STATISTICS = 5;
export const PACKET = 6;

/** Longer than any that a switch sends: a frame of 64 KiB, and what is around it. */
const LONGEST = 1 << 17;
const LEAST = 12;
const COMMENT = 1;
const FLAGS = 2;
const NAME = 2;
const LOST = 5;
const INBOUND = 1;

/** Makes blocks of bytes that come in pieces. */
export class BlockReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The blocks that are complete with these bytes. @throws Failed for what is none */
  take(chunk: Buffer): Block[] {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const blocks: Block[] = [];
    let at = 0;
    while (bytes.length - at >= LEAST) {
      const length = bytes.readUInt32LE(at + 4);
      if (length < LEAST || length > LONGEST || length % 4 !== 0) throw noCapture();
      if (bytes.length - at < length) break;
      if (bytes.readUInt32LE(at + length - 4) !== length) throw noCapture();
      blocks.push({ type: bytes.readUInt32LE(at), bytes: bytes.subarray(at, at + length) });
      at += length;
    }
    this.#rest = bytes.subarray(at);
    return blocks;
  }
}

/** The packet of a block of this type. @throws Failed */
export function packetOf({ bytes }: Block): Packet {
  const behind = 28 + padded(bytes.length < 32 ? LONGEST : bytes.readUInt32LE(20));
  if (behind > bytes.length - 4) throw noCapture();
  let flags = 0;
  let dropped: string | undefined;
  for (const { code, value } of options(bytes, behind)) {
    if (code === FLAGS && value.length === 4) flags = value.readUInt32LE(0);
    if (code === COMMENT) dropped = /^dropped: ([a-z_]+)$/.exec(value.toString('utf8'))?.[1];
  }
  const direction = (flags & 3) === INBOUND ? 'in' : 'out';
  return { interface: bytes.readUInt32LE(8), direction, dropped };
}

/** The name in an interface's description. @throws Failed */
export function nameOf({ bytes }: Block): string {
  const name = options(bytes, 16)
    .find(({ code }) => code === NAME)
    ?.value.toString('utf8');
  // It is printed, and comes from a switch that may have been taken over.
  return name?.replace(/[^\w.:-]/g, '?') ?? '?';
}

/** The frames that are missing, of an interface's statistics. @throws Failed */
export function lostOf({ bytes }: Block): number {
  const value = options(bytes, 20).find(({ code }) => code === LOST)?.value;
  return value?.length === 8 ? Number(value.readBigUInt64LE(0)) : 0;
}

function options(bytes: Buffer, from: number): { code: number; value: Buffer }[] {
  const found = [];
  const end = bytes.length - 4;
  for (let at = from; at + 4 <= end; ) {
    const code = bytes.readUInt16LE(at);
    const length = bytes.readUInt16LE(at + 2);
    if (code === 0) break;
    if (at + 4 + length > end) throw noCapture();
    found.push({ code, value: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + padded(length);
  }
  return found;
}

const padded = (length: number) => (length + 3) & ~3;

function noCapture(): Failed {
  return new Failed({
    thing: 'capture',
    problem: 'what the switch sends is no pcapng',
    remedy: "see what runs there: 'vmlane switch info'",
  });
}
