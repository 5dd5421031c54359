import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Running, Subject } from './subject.js';

interface Kept {
  running: Running;
  folder: string;
}

/**
 * Forwarders that are kept between runs, all but one of them stopped: so runs can be short and
 * alternate within seconds, before the host moves the processors.
 */
export class Stand {
  readonly #kept = new Map<Subject, Kept>();

  constructor(
    readonly nice: number,
    readonly signal: AbortSignal,
  ) {}

  /** Lets it run, starting it if need be, while `work` uses it. After a failure it starts anew. */
  async use<T>(subject: Subject, work: (running: Running) => Promise<T>): Promise<T> {
    const kept = this.#kept.get(subject) ?? (await this.#start(subject));
    kept.running.process.resume();
    try {
      const result = await work(kept.running);
      kept.running.process.pause();
      return result;
    } catch (error) {
      await this.#end(subject, kept);
      throw error;
    }
  }

  async end(): Promise<void> {
    for (const [subject, kept] of this.#kept) await this.#end(subject, kept);
  }

  async #start(subject: Subject): Promise<Kept> {
    const folder = await mkdtemp(join(tmpdir(), 'vmlane-bench-'));
    try {
      const { nice, signal } = this;
      const kept = { running: await subject.start({ folder, nice, signal }), folder };
      this.#kept.set(subject, kept);
      return kept;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async #end(subject: Subject, { running, folder }: Kept): Promise<void> {
    this.#kept.delete(subject);
    running.process.resume(); // what asks it to end must be heard
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stops a forwarder while `work` needs its processor, and lets it go on whatever happens. */
export async function stopped<T>({ process }: Running, work: () => Promise<T>): Promise<T> {
  process.pause();
  try {
    return await work();
  } finally {
    process.resume();
  }
}
