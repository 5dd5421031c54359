/** Captures: from the switch's connection to whoever takes the frames, within limits. */
import type { Socket } from 'node:net';
import { type Block, BlockReader, lostOf, PACKET, packetOf, STATISTICS } from './capture-blocks.js';

/** Who takes a capture's blocks. */
export interface CaptureSink {
  /** Files that were written. */
  readonly names: readonly string[];
  /** Takes one more. False: it wants none. */
  put(block: Block): Promise<boolean>;
  /** Lets go of what it has taken. False: nobody reads any more. */
  flush(): Promise<boolean>;
  end(): Promise<void>;
}

/** When a capture ends. */
export interface CaptureLimits {
  packets?: number | undefined;
  seconds?: number | undefined;
  /** Ends it. */
  signal: AbortSignal;
}

/** Why it has ended: as somebody wished, at one of its limits, as nobody reads it, or as the switch ended it. */
export type CaptureEnd = 'asked' | 'packets' | 'seconds' | 'full' | 'reader' | 'switch';

/** How it went. */
export interface Captured {
  /** Frames, */
  packets: number;
  /** of them those that the switch dropped, */
  dropped: number;
  /** and those that are missing, as they came too fast. */
  lost: number;
  files: readonly string[];
  ended: CaptureEnd;
}

/** How long the switch has for the rest when it was told to end. */
const REST_MS = 5000;

/** Takes what SwitchClient's capture() gives until a limit is reached. Ends both. @throws VmlaneError */
export async function capture(
  socket: Socket,
  sink: CaptureSink,
  limits: CaptureLimits,
): Promise<Captured> {
  try {
    return await new Run(socket, sink, limits).done();
  } finally {
    socket.destroy();
    await sink.end();
  }
}

class Run {
  readonly #socket: Socket;
  readonly #sink: CaptureSink;
  readonly #limits: CaptureLimits;
  readonly #counts = { packets: 0, dropped: 0, lost: 0 };
  readonly #timers: NodeJS.Timeout[] = [];
  #ended: CaptureEnd | undefined;

  constructor(socket: Socket, sink: CaptureSink, limits: CaptureLimits) {
    this.#socket = socket;
    this.#sink = sink;
    this.#limits = limits;
  }

  async done(): Promise<Captured> {
    const { seconds, signal } = this.#limits;
    const asked = () => this.#end('asked');
    if (seconds !== undefined)
      this.#timers.push(setTimeout(() => this.#end('seconds'), seconds * 1000));
    if (signal.aborted) asked();
    signal.addEventListener('abort', asked);
    try {
      await this.#read();
    } finally {
      signal.removeEventListener('abort', asked);
      for (const timer of this.#timers) clearTimeout(timer);
    }
    return { ...this.#counts, files: this.#sink.names, ended: this.#ended ?? 'switch' };
  }

  async #read(): Promise<void> {
    const reader = new BlockReader();
    try {
      for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
        for (const block of reader.take(chunk)) await this.#take(block);
        if (!(await this.#sink.flush())) this.#end('reader');
      }
    } catch (error) {
      // That of a connection that was broken off, which is its end.
      if (!isBrokenOff(error)) throw error;
    }
  }

  async #take(block: Block): Promise<void> {
    if (block.type === STATISTICS) this.#counts.lost += lostOf(block);
    if (block.type !== PACKET) {
      if (this.#ended !== 'full' && this.#ended !== 'reader') await this.#sink.put(block);
      return;
    }
    // Those that were under way when it was to end belong to it; not beyond a limit.
    if (this.#ended !== undefined && this.#ended !== 'asked' && this.#ended !== 'seconds') return;
    if (this.#counts.packets === this.#limits.packets) return this.#end('packets');
    if (!(await this.#sink.put(block)))
      return this.#end(this.#sink.names.length ? 'full' : 'reader');
    this.#counts.packets += 1;
    if (packetOf(block).dropped !== undefined) this.#counts.dropped += 1;
    if (this.#counts.packets === this.#limits.packets) this.#end('packets');
  }

  /** Tells the switch, which sends what is left and how much is missing. */
  #end(why: CaptureEnd): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#socket.end();
    this.#timers.push(setTimeout(() => this.#socket.destroy(), REST_MS));
  }
}

function isBrokenOff(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(code);
}
