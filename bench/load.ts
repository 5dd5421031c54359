import { Failed } from '../src/values/errors.js';
import { Child } from './child.js';
import { benchProgram } from './native.js';

/** Quantiles of cycles a frame, or of nanoseconds; null: nothing was measured. */
export type Quantiles = Record<
  'p10' | 'p25' | 'p50' | 'p75' | 'p90' | 'p99' | 'p99_9',
  number | null
>;

/** What vhost-load says after a run (native/bench/load.c). */
export interface LoadFigures {
  sent: number;
  lost: number;
  misplaced: number;
  ns: number;
  tsc_hz: number;
  /** Of windows: bytes of a frame, their number, and cycles a frame. */
  bytes?: number;
  windows?: number;
  cycles?: Quantiles;
  /** Of single frames: nanoseconds, and how many of these the load had no processor. */
  latency?: Quantiles;
  taken?: number;
  /** Nanoseconds that the forwarder took nothing though it had frames, by 50 µs and more; of `lost`, those of then, or when the load had no processor. */
  stalled_ns?: number;
  stalled?: number;
}

/** Huge pages of 2 MiB that two of its ports need. */
export const LOAD_PAGES = 8;

export interface LoadOptions {
  ports?: number;
  idle?: number;
  addresses?: number;
  length?: number;
  window?: number;
  mode?: 'window' | 'ping' | 'paced' | 'echo' | 'large' | 'back';
  /** It makes the sockets, and the forwarder dials them. */
  listen?: true;
  /** Of paced and echo: frames a second; and that they are counted only, without latencies. */
  rate?: number;
  count?: true;
  /** Of ping: microseconds before each. */
  pause?: number;
  /** Of a run; without it halt() ends each. */
  milliseconds?: number;
  nice: number;
  signal: AbortSignal;
}

/** vhost-load on processor 1: guests without a VM, whose windows no forwarder finds too small. */
export class Load {
  readonly #child: Child;

  private constructor(child: Child) {
    this.#child = child;
  }

  /** Ready when every address is known and frames arrive; it sleeps then. */
  static async start(
    sockets: readonly string[],
    { nice, signal, ...options }: LoadOptions,
  ): Promise<Load> {
    const words = Object.entries(options).flatMap(([name, value]) =>
      value === true ? [`--${name}`] : [`--${name}`, String(value)],
    );
    const command = ['-c', '1', await benchProgram('vhost-load'), ...words, '--', ...sockets];
    const child = new Child('taskset', command, { nice, signal });
    const load = new Load(child);
    try {
      await child.says('ready');
    } catch (error) {
      await load.stop();
      throw error;
    }
    return load;
  }

  /** Starts a run. */
  go(): void {
    this.#child.take();
    this.#child.write('go\n');
  }

  /** Ends a run without a duration, and the load. */
  halt(): void {
    this.#child.closeInput();
  }

  /** Those of the run, when it has ended. */
  async figures(): Promise<LoadFigures> {
    const line = await this.#child.until(
      'counted',
      async () => /^\{.*\}$/m.exec(this.#child.output)?.[0],
    );
    return JSON.parse(line) as LoadFigures;
  }

  /** Nanoseconds that it waited for its processor. */
  waited(): Promise<number> {
    return this.#child.waited();
  }

  stop(): Promise<void> {
    return this.#child.end();
  }
}

/** The address of one of its two ports. */
export function loadMac(i: number): string {
  return `02:00:00:00:00:0${i}`;
}

/** Fails unless every frame arrived at its address's port: else the figures are meaningless. */
export function checkArrival({ sent, lost, misplaced }: LoadFigures): void {
  if (sent > 0 && lost === 0 && misplaced === 0) return;
  throw new Failed({
    thing: 'vhost-load',
    problem: `of ${sent} frames ${lost} were lost, ${misplaced} went astray`,
    remedy: 'look at the switch',
  });
}
