import { setTimeout as sleep } from 'node:timers/promises';
import { Failed } from '../src/values/errors.js';
import { Child } from './child.js';
import { type GeneratorPort, parsePortStats } from './parse.js';
import type { Subject } from './subject.js';

const MEMORY_MIB = 128;
export const GENERATOR_PAGES = MEMORY_MIB / 2;

/**
 * Two ports' counters are read one after the other, and testpmd may wait for its processor in
 * between: 20 ms at 20 Mpps. Forwarders count their drops themselves.
 */
const READ_APART = 400_000;
const FILLS = 8;

/** Bytes of the tag of frames on an uplink. */
const TAG_BYTES = 4;

export interface Load {
  /** Bytes of a guest's frames, without FCS. */
  size: number;
  /** One guest and the wire instead of two guests; frames may have a tag there. */
  uplink: Subject['uplink'];
  nice: number;
  signal: AbortSignal;
}

/**
 * dpdk-testpmd on processor 1, with two virtio_user ports: guests without a VM. It fills the
 * rings, and then sends back every frame: a closed loop at the speed of the slower side.
 *
 * With an uplink, the second port is the wire, a memif: the fastest device without hardware. Then
 * each port sends its frames back to their origin.
 */
export class Generator {
  readonly #child: Child;
  readonly #load: Load;
  #before = new Map<number, GeneratorPort>();

  private constructor(child: Child, load: Load) {
    this.#child = child;
    this.#load = load;
  }

  static async start(sockets: readonly [string, string], load: Load): Promise<Generator> {
    // Into a pipe it would write only blocks of 4 KiB.
    const command = ['-oL', 'dpdk-testpmd', ...testpmdArguments(sockets, load.uplink)];
    const child = new Child('stdbuf', command, load);
    const generator = new Generator(child, load);
    try {
      await child.says('testpmd>');
      await generator.#fill();
    } catch (error) {
      await generator.stop();
      throw error;
    }
    return generator;
  }

  /** Waits until the loop runs: a forwarder that still sets up flows may lose the first frames. */
  async #fill(): Promise<void> {
    this.#child.write(`set txpkts ${this.#load.size}\n`);
    const back = this.#load.uplink ? 'set fwd macswap\nstart\n' : 'set fwd mac\nstart tx_first 8\n';
    for (let n = 0; n < FILLS; n++) {
      this.#child.write('set fwd txonly\nstart\n');
      await sleep(300);
      await this.#stopForwarding();
      this.#child.write(back);
      await sleep(300);
      if (await this.#runs()) return;
      await this.#stopForwarding();
    }
    throw wrong(`nothing comes back from the forwarder, after ${FILLS} fills`);
  }

  async #stopForwarding(): Promise<void> {
    this.#child.take();
    this.#child.write('stop\n');
    await this.#child.says('Done.');
  }

  async #runs(): Promise<boolean> {
    const before = await this.#ports();
    await sleep(100);
    const after = await this.#ports();
    return [0, 1].every((n) => difference(after.get(n), before.get(n)).rxPackets > 0);
  }

  /** Begins counting for check(). */
  async mark(): Promise<void> {
    this.#before = await this.#ports();
  }

  /**
   * Fails unless, since mark(), both ports received only frames of this size, and as many as they
   * sent: none was lost, flooded or repeated on the way.
   */
  async check(): Promise<void> {
    const after = await this.#ports();
    const port = (n: number): GeneratorPort => difference(after.get(n), this.#before.get(n));
    const [a, b] = [port(0), port(1)];
    const { size, uplink } = this.#load;
    for (const [{ rxBytes, rxPackets }, bytes] of [
      [a, size],
      [b, uplink === 'tagged' ? size + TAG_BYTES : size],
    ] as const) {
      if (rxPackets === 0) throw wrong('a port received nothing');
      // The two counters are not read at the same moment.
      if (Math.abs(rxBytes / rxPackets - bytes) > 0.5) {
        throw wrong(`frames have ${(rxBytes / rxPackets).toFixed(1)} bytes instead of ${bytes}`);
      }
    }
    const lost = Math.max(Math.abs(a.txPackets - b.rxPackets), Math.abs(b.txPackets - a.rxPackets));
    if (lost > READ_APART) throw wrong(`${lost} frames more on one side than on the other`);
  }

  async #ports(): Promise<Map<number, GeneratorPort>> {
    this.#child.take();
    this.#child.write('show port stats all\n');
    return this.#child.until('shown its counters', async () => {
      // A line of # ends each port's part; the first line of each also has #, with a heading in it.
      const ends = this.#child.output.match(/^ *#{60,}$/gm) ?? [];
      return ends.length >= 2 ? parsePortStats(this.#child.output) : undefined;
    });
  }

  stop(): Promise<void> {
    return this.#child.end(() => this.#child.write('stop\nquit\n'));
  }
}

/** The address of one of its ports. */
function generatorMac(i: number): string {
  return `02:00:00:00:00:1${i}`;
}

function testpmdArguments(sockets: readonly [string, string], uplink: Load['uplink']): string[] {
  const guest = (i: number): string =>
    `virtio_user${i},path=${sockets[i]},queues=1,queue_size=1024,mrg_rxbuf=0,mac=${generatorMac(i)}`;
  const wire = `net_memif0,role=client,${memif(sockets[1])},mac=${generatorMac(1)}`;
  const ports = [guest(0), uplink ? wire : guest(1)].flatMap((port) => ['--vdev', port]);
  const peers = sockets.map((_, i) => `--eth-peer=${i},${generatorMac(1 - i)}`);
  return [
    ...['--lcores', '0@1,1@1', '--single-file-segments', '--no-pci', '--in-memory'],
    ...['-m', String(MEMORY_MIB), ...ports, '--'],
    ...['-i', ...peers, '--txd=1024', '--rxd=1024', '--no-mlockall', '--total-num-mbufs=16384'],
    // Frames of the fill must not be discarded: with the wire, nothing else starts the loop.
    ...(uplink ? ['--port-topology=loop', '--no-flush-rx'] : []),
  ];
}

/** Settings that both ends of a memif must share. */
export function memif(socket: string): string {
  return `socket=${socket},socket-abstract=no,rsize=10,bsize=2048`;
}

function difference(after?: GeneratorPort, before?: GeneratorPort): GeneratorPort {
  if (!after || !before) throw wrong('it shows no counters');
  return {
    rxPackets: after.rxPackets - before.rxPackets,
    rxBytes: after.rxBytes - before.rxBytes,
    txPackets: after.txPackets - before.txPackets,
    txBytes: after.txBytes - before.txBytes,
  };
}

function wrong(problem: string): Failed {
  const remedy =
    'the figures would mean nothing; run it again, and look at the forwarder if it stays';
  return new Failed({ thing: 'generator', problem, remedy });
}
