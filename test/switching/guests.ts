import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { builtProgram } from '../switch/real-switch.js';

/** How a guest's device is made; see native/front/front.h. */
export interface GuestOptions {
  /** The guest listens and the switch dials. */
  listen?: boolean;
  packed?: boolean;
  mergeable?: boolean;
  eventIndex?: boolean;
  indirect?: boolean;
  legacy?: boolean;
  /** It does not kick, although the switch asks for it. */
  mute?: boolean;
  /** It has no eventfd for kicks. */
  kickless?: boolean;
  size?: number;
  pairs?: number;
  regions?: number;
  buffer?: number;
  /** Bytes by which its rings are later in its memory. */
  shift?: number;
  /** How long it tries to reach the switch. */
  ms?: number;
  /** Not connected yet. */
  later?: boolean;
  /** Feature bits to ask for, such as `csum` and `guest_tso4`. */
  offloads?: string[];
}

/** How frames are laid out in the guest's memory. */
export interface SendOptions {
  /** Bytes of each buffer; one buffer for all by default. */
  piece?: number;
  /** Offset of the first frame in the ring's memory. */
  at?: number;
  pair?: number;
  /** The virtio-net header of the frames, in hexadecimal; all zero by default. */
  header?: string;
}

/** One direction of numbered traffic. */
export interface Direction {
  sent: number;
  received: number;
  lost: number;
  repeated: number;
  foreign: number;
  longestMs: number;
}

/** Numbered flows of both directions (native/front/flows.h). */
export interface Flows {
  flows: number;
  sent: number;
  received: number;
  missing: number;
  early: number;
  late: number;
  moved: number;
  foreign: number;
  /** Frames of the flow that had fewest. */
  least: number;
}

/** Traffic of all directions for some time. */
export interface Window {
  ms: number;
  sent: number;
  received: number;
  /** Frames of others. */
  foreign: number;
  longestMs: number;
}

/** Frames of one guest, and those of its peer, each sent again and again with a number in it. */
export interface LogOptions {
  back: string;
  peer: string;
  frame: string;
  /** The virtio-net header of the peer's. */
  header?: string;
}

/** What a migration would have made of a guest's memory (native/front/dirty.h). */
export interface Logged {
  /** Pages that the switch has written and not marked, as `ring 0 + 0x8000`. */
  lost: string[];
  /** The first page that it has marked and had nothing to write to. */
  foreign: string | null;
  /** How many it has marked, each time counted. */
  marked: number;
  /** Frames of each queue pair. */
  received: number[];
  sent: number[];
}

export interface AttackOptions {
  ms: number;
  seed: number;
  /** Another guest that is up and takes part. */
  helper?: string;
}

/** Guests without a VM, all in one process: native/front. */
export class Guests {
  readonly #process: ChildProcess;
  readonly #open = new Set<string>();
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #last: Promise<unknown> = Promise.resolve();

  /** `as`: user and group of the process, which only root can choose. */
  constructor(as: { uid?: number; gid?: number } = {}) {
    const stdio: ['pipe', 'pipe', 'inherit'] = ['pipe', 'pipe', 'inherit'];
    this.#process = spawn(builtProgram('vhost-front'), { stdio, ...as });
    this.#ended = once(this.#process, 'exit');
    const input = this.#process.stdout;
    if (!input) throw new Error('no pipe');
    this.#lines = createInterface({ input })[Symbol.asyncIterator]();
  }

  /** Connected when it resolves, unless `later`. */
  async open(guest: string, path: string, options: GuestOptions = {}): Promise<void> {
    this.#open.add(guest);
    await this.#do({ do: 'open', guest, path, ...options });
  }

  /** Those that are open. */
  get names(): string[] {
    return [...this.#open];
  }

  async close(guest: string): Promise<void> {
    await this.#do({ do: 'close', guest });
    this.#open.delete(guest);
  }

  async connect(guest: string): Promise<void> {
    await this.#do({ do: 'connect', guest });
  }

  async disconnect(guest: string): Promise<void> {
    await this.#do({ do: 'disconnect', guest });
  }

  /** Has the switch announce a guest under each of these addresses, as QEMU does after a migration. */
  async announce(guest: string, macs: string[], times = 1): Promise<void> {
    const plain = macs.map((mac) => mac.replaceAll(':', ''));
    await this.#do({ do: 'announce', guest, macs: plain, times });
  }

  /** Frames in hexadecimal. When it resolves the switch has dealt with them. */
  async send(guest: string, frames: string[], options: SendOptions = {}): Promise<void> {
    const { left } = await this.#do<{ left: number }>({ do: 'send', guest, frames, ...options });
    if (left > 0) throw new Error(`${guest}: ${left} buffers are not given back`);
  }

  /** All that has come in for whom; guests without anything are left out. */
  async receive(): Promise<Record<string, string[]>> {
    return (await this.#do<{ frames: Record<string, string[]> }>({ do: 'receive' })).frames;
  }

  /** The same, each frame with the first ten bytes of its virtio-net header before it. */
  async receiveWithHeaders(): Promise<Record<string, string[]>> {
    const command = { do: 'receive', headers: true };
    return (await this.#do<{ frames: Record<string, string[]> }>(command)).frames;
  }

  /**
   * Begins traffic between each two of the guests, until quiet(). With a rate, frames a second in
   * each direction, they are sent by the clock whatever the switch does; without, as it takes them.
   */
  async traffic(guests: string[], rate = 0): Promise<void> {
    await this.#do({ do: 'traffic', guests, rate });
  }

  /** Begins numbered flows between two guests, so many by each queue pair of each, until still(). */
  async flows(guests: [string, string], perPair = 1): Promise<void> {
    await this.#do({ do: 'flows', guests, perPair });
  }

  still(): Promise<Flows> {
    return this.#do({ do: 'still' });
  }

  /** What the traffic does for so long. */
  watch(ms: number): Promise<Window> {
    return this.#do({ do: 'watch', ms });
  }

  quiet(): Promise<{ directions: Direction[]; reconnects: number }> {
    return this.#do({ do: 'quiet' });
  }

  /** A guest that moves under traffic, as far as the switch sees that; then it is gone. */
  log(guest: string, options: LogOptions): Promise<Logged> {
    return this.#do({ do: 'log', guest, ...options });
  }

  /** Returns how many times the attack did its thing, and what traffic there was meanwhile. */
  attack(
    guest: string,
    name: string,
    options: AttackOptions,
  ): Promise<{ done: number; watched?: Window }> {
    return this.#do({ do: 'attack', guest, name, ...options });
  }

  async end(): Promise<void> {
    this.#process.stdin?.end();
    await this.#ended;
  }

  /** All guests end at once, without a chance to say so. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #do<T>(command: object): Promise<T> {
    const answer = this.#last.then(async () => {
      this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`vhost-front ended at ${JSON.stringify(command)}`);
      const parsed = JSON.parse(value) as T & { error?: string };
      if (parsed.error) throw new Error(`${JSON.stringify(command)}: ${parsed.error}`);
      return parsed;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}
