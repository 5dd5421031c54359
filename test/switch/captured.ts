/** Captures of tests: what comes from the switch, as frames. */
import type { Socket } from 'node:net';
import type { CaptureRequest } from '../../src/contract/types.js';
import {
  type Block,
  BlockReader,
  INTERFACE,
  lostOf,
  nameOf,
  PACKET,
  packetOf,
  STATISTICS,
} from '../../src/switch/capture-blocks.js';
import type { SwitchClient } from '../../src/switch/index.js';

export interface CapturedFrame {
  port: string;
  direction: 'in' | 'out';
  dropped?: string;
  /** What was kept of it, as hexadecimal text. */
  bytes: string;
  /** Of the whole frame. */
  length: number;
}

/** What a capture's blocks say. */
export class CapturedBlocks {
  readonly frames: CapturedFrame[] = [];
  readonly ports: string[] = [];
  lost = 0;

  add(block: Block): void {
    const { type, bytes } = block;
    if (type === INTERFACE) this.ports.push(nameOf(block));
    if (type === STATISTICS) this.lost += lostOf(block);
    if (type !== PACKET) return;
    const { interface: number, direction, dropped } = packetOf(block);
    this.frames.push({
      ...{ port: this.ports[number] ?? '?', direction, ...(dropped && { dropped }) },
      bytes: bytes.subarray(28, 28 + bytes.readUInt32LE(20)).toString('hex'),
      length: bytes.readUInt32LE(24),
    });
  }
}

/** All that a file, or several, has. */
export function inFile(...files: Buffer[]): CapturedBlocks {
  const all = new CapturedBlocks();
  for (const file of files) for (const block of new BlockReader().take(file)) all.add(block);
  return all;
}

/** One that runs. */
export class Capturing {
  readonly #all = new CapturedBlocks();
  readonly #read: Promise<void>;

  private constructor(
    readonly socket: Socket,
    /** How many there were at the beginning. */
    readonly ports: number,
  ) {
    this.#read = this.#take();
    // Whoever wants its end is told.
    this.#read.catch(() => undefined);
  }

  static async begin(
    client: Pick<SwitchClient, 'capture'>,
    request: CaptureRequest = {},
  ): Promise<Capturing> {
    const { ports, socket } = await client.capture(request);
    return new Capturing(socket, ports);
  }

  get frames(): readonly CapturedFrame[] {
    return this.#all.frames;
  }

  /** Ends it, with all that there was. */
  async end(): Promise<CapturedBlocks> {
    this.socket.end();
    await this.#read;
    return this.#all;
  }

  async #take(): Promise<void> {
    const reader = new BlockReader();
    for await (const chunk of this.socket as AsyncIterable<Buffer>)
      for (const block of reader.take(chunk)) this.#all.add(block);
  }
}
