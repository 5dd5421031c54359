import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { Failed } from '../values/errors.js';
import { tail } from './tail.js';
import { until } from './until.js';

/** What a command in a guest has said. */
export interface Outcome {
  status: number;
  output: string;
}

/** Where a guest's serial ports are on the host. */
export interface Serials {
  /** The file with what its kernel and /init say. */
  log: string;
  /** The socket of its shell. */
  tty: string;
}

/** How it is waited for. */
export interface Patience {
  signal?: AbortSignal | undefined;
  /** What becomes of a deadline in milliseconds. */
  patience?: (ms: number) => number;
}

/**
 * A shell in a guest with templates/guest/init, which reads commands from its second serial port, one at a time.
 *
 * Each command is sent between two unique marks, so a late answer to an abandoned command is never
 * taken for the answer to the next.
 */
export class GuestConsole {
  readonly #name: string;
  readonly #serials: Serials;
  readonly #signal: AbortSignal | undefined;
  readonly #patience: (ms: number) => number;
  #socket: Socket | undefined;
  #received = '';
  #ended = '';
  #count = 0;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(name: string, serials: Serials, { signal, patience = (ms) => ms }: Patience = {}) {
    this.#name = name;
    this.#serials = serials;
    this.#signal = signal;
    this.#patience = patience;
  }

  /** Waits until the guest has booted, then opens its console. */
  async ready(ms = 180_000): Promise<void> {
    await until(this.#deadline('is not ready', ms), async () => {
      const log = await readFile(this.#log, 'utf8').catch(() => '');
      if (log.includes('Kernel panic')) throw await this.#failure('crashed while booting');
      return log.includes('guest: ready') || undefined;
    }).catch((error) => this.#explain(error));
    await this.attach();
  }

  /** Opens the console of a guest that has booted, on another host say, where its words are. */
  async attach(): Promise<void> {
    this.#socket = await open(this.#serials.tty);
    // A character may come in two pieces.
    this.#socket.setEncoding('utf8').on('data', (text: string) => {
      this.#received += text;
    });
    this.#socket.on('close', () => {
      this.#ended = 'ended';
    });
    this.#socket.on('error', (error) => {
      this.#ended = `cannot be talked to (${error.message})`;
    });
  }

  /** Runs a shell command in the guest; the status reports the command's failure. */
  run(command: string, ms = 60_000): Promise<Outcome> {
    const outcome = this.#previous.then(() => this.#run(command, ms));
    this.#previous = outcome.catch(() => undefined);
    return outcome;
  }

  close(): void {
    this.#socket?.destroy();
  }

  async #run(command: string, ms: number): Promise<Outcome> {
    const mark = `<<${this.#name} ${++this.#count}>>`;
    const answer = new RegExp(`${mark}\\n([^]*)${mark} (\\d+)\\n`);
    this.#received = '';
    // The guest assembles the marks, so that no echo of this line can look like them.
    this.#socket?.write(
      `m='<<${this.#name} '${this.#count}'>>'; echo "$m"; ( ${command}\n) </dev/null 2>&1; echo "$m $?"\n`,
    );
    const found = await until(this.#deadline(`does not answer to \`${command}\``, ms), async () => {
      if (this.#ended !== '') throw await this.#failure(this.#ended);
      return answer.exec(this.#received) ?? undefined;
    }).catch((error) => this.#explain(error));
    return { output: found[1] ?? '', status: Number(found[2]) };
  }

  get #log(): string {
    return this.#serials.log;
  }

  #deadline(problem: string, ms: number) {
    const remedy = `see ${this.#log}`;
    const thing = `guest ${this.#name}`;
    return { thing, problem, remedy, ms: this.#patience(ms), signal: this.#signal };
  }

  async #failure(problem: string): Promise<Failed> {
    const detail = `${problem}; its last words: ${await tail(this.#log, 5)}`;
    return new Failed({
      thing: `guest ${this.#name}`,
      problem: detail,
      remedy: `see ${this.#log}`,
    });
  }

  /** Adds the guest's log to the error for a deadline. */
  async #explain(error: unknown): Promise<never> {
    if (!(error instanceof Failed)) throw error;
    throw new Failed(
      { ...error.trouble, remedy: `${error.trouble.remedy}: ${await tail(this.#log, 5)}` },
      { cause: error },
    );
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}
