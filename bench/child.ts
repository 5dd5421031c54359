import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { until } from '../lab/poll.js';
import { patience } from '../lab/slow.js';
import { Failed } from '../src/values/errors.js';
import { parseSchedstat } from './parse.js';

export interface StartOptions {
  nice?: number;
  env?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** A child program with its output kept; it dies with us, however we die. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #signal: AbortSignal | undefined;
  #output = '';
  #gone = false;

  constructor(program: string, args: string[], options: StartOptions = {}) {
    const { nice = 0, env = {}, signal } = options;
    this.#name = program.slice(program.lastIndexOf('/') + 1);
    this.#signal = signal;
    // nice and setpriv become the program, so its process number is the child's.
    const command = ['--pdeathsig', 'KILL', 'nice', '-n', String(nice), program, ...args];
    this.#process = spawn('setpriv', command, {
      env: { ...process.env, ...env },
      // Its own process group: Ctrl-C in a terminal must reach only us, and we end it in order.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // Detached, it has its own scheduling group, and only the group's niceness counts.
    if (nice !== 0 && this.#process.pid !== undefined) {
      void writeFile(`/proc/${this.#process.pid}/autogroup`, String(nice)).catch(() => {});
    }
    const take = (data: Buffer): void => {
      this.#output += data;
    };
    this.#process.stdout?.on('data', take);
    this.#process.stderr?.on('data', take);
    this.#process.stdin?.on('error', () => {}); // it has ended; whoever waits for it notices
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#gone = true;
        resolve();
      };
      this.#process.once('error', end);
      this.#process.once('exit', end);
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Its output since the last call of take(). */
  get output(): string {
    return this.#output;
  }

  take(): string {
    const output = this.#output;
    this.#output = '';
    return output;
  }

  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  closeInput(): void {
    this.#process.stdin?.end();
  }

  /** Waits until `probe` has an answer; fails if the program ends meanwhile. */
  async until<T>(
    what: string,
    probe: () => Promise<T | undefined>,
    ms = patience(30_000),
  ): Promise<T> {
    const wait = { thing: this.#name, problem: `has not ${what}`, remedy: 'see above', ms };
    try {
      return await until({ ...wait, signal: this.#signal }, async () => {
        const answer = await probe();
        if (answer === undefined && this.#gone) throw this.#failed('has ended by itself');
        return answer;
      });
    } catch (error) {
      if (!(error instanceof Failed) || error.trouble.remedy !== 'see above') throw error;
      throw this.#failed(error.trouble.problem);
    }
  }

  says(text: string): Promise<true> {
    const said = async (): Promise<true | undefined> => this.#output.includes(text) || undefined;
    return this.until(`said '${text}'`, said);
  }

  /** Nanoseconds that its thread of this name (undefined: the first one) waited for a processor. */
  async waited(thread?: string): Promise<number> {
    const folder = `/proc/${this.pid}/task`;
    for (const task of thread === undefined ? [String(this.pid)] : await readdir(folder)) {
      if (thread !== undefined) {
        const comm = await readFile(`${folder}/${task}/comm`, 'utf8');
        if (!comm.startsWith(thread)) continue;
      }
      return parseSchedstat(await readFile(`${folder}/${task}/schedstat`, 'utf8')).waited;
    }
    throw this.#failed(`has no thread ${thread}`);
  }

  /** Stops it until resume(), so that others have its processor to themselves. */
  pause(): void {
    if (!this.#gone) this.#process.kill('SIGSTOP');
  }

  resume(): void {
    if (!this.#gone) this.#process.kill('SIGCONT');
  }

  /** The kernel's letter for what it does: S sleeps, T is stopped. */
  async state(): Promise<string | undefined> {
    return /\) (\w)/.exec(await readFile(`/proc/${this.pid}/stat`, 'utf8'))?.[1];
  }

  /** Ends it: SIGTERM first, SIGKILL after some time. One that is paused would not hear of it. */
  async end(ask: () => void = () => void this.#process.kill('SIGTERM')): Promise<void> {
    this.resume();
    if (!this.#gone) ask();
    const harder = setTimeout(() => this.#process.kill('SIGKILL'), patience(5000));
    await this.#ended;
    clearTimeout(harder);
  }

  #failed(problem: string): Failed {
    const tail = this.#output.trim().split('\n').slice(-5).join(' | ');
    return new Failed({ thing: this.#name, problem, remedy: `its last words: ${tail || 'none'}` });
  }
}
