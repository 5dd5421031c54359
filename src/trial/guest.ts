/** A guest of the demo, which is QEMU as qemu-wrap starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { lookAt } from '../system/look/index.js';
import { argumentsOf } from '../system/processes/table.js';
import { Failed } from '../values/errors.js';
import { GuestConsole } from './console.js';
import { tail } from './tail.js';

/** How it is started. */
export interface Start {
  name: string;
  folder: string;
  program: string;
  words: readonly string[];
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** How long QEMU has to end when it is asked to. */
const GRACE_MS = 3000;

/** It must be ended. */
export class RunningGuest {
  readonly name: string;
  readonly console: GuestConsole;
  readonly #process: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #said: string;
  /** Nobody waits for it any more: one that comes after it has the same files. */
  readonly #over = new AbortController();

  private constructor({ name, folder, signal }: Start, child: ChildProcess, said: string) {
    this.name = name;
    this.#process = child;
    this.#said = said;
    const serials = { log: `${folder}/${name}.log`, tty: `${folder}/${name}.tty` };
    this.console = new GuestConsole(name, serials, {
      signal: AbortSignal.any([signal, this.#over.signal]),
    });
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, by) => resolve(by === null ? `exit code ${code}` : `signal ${by}`));
    });
  }

  static async start(start: Start): Promise<RunningGuest> {
    const { name, folder, program, words, env } = start;
    // Of a guest before it, by KVM say.
    for (const left of ['log', 'tty']) await rm(`${folder}/${name}.${left}`, { force: true });
    const said = `${folder}/${name}.qemu`;
    const log = await open(said, 'w');
    try {
      // A group of its own: Ctrl-C at the terminal is ours to hear, and not QEMU's.
      const stdio = ['ignore', log.fd, log.fd] as const;
      // It ends with us, however we do.
      const ends = ['--pdeathsig', 'KILL', program, ...words];
      const child = spawn('setpriv', ends, { cwd: folder, env, detached: true, stdio: [...stdio] });
      return new RunningGuest(start, child, said);
    } finally {
      await log.close();
    }
  }

  /** Waits until it has booted. @throws Failed if it ends, or does not within this time */
  async ready(ms: number): Promise<void> {
    const ended = this.#ended.then(async (how) => {
      const thing = `guest ${this.name}`;
      const problem = `QEMU ended (${how}): ${await tail(this.#said, 3)}`;
      throw new Failed({ thing, problem, remedy: "see 'vmlane host check'" });
    });
    await Promise.race([this.console.ready(ms), ended]);
  }

  /** What qemu-wrap has made of the tap. */
  describe(): string {
    const pid = String(this.#process.pid);
    const words = argumentsOf(lookAt('/'), pid).join(' ');
    const socket = /path=([^, ]*\.sock)/.exec(words)?.[1] ?? 'no socket';
    return `guest ${this.name}: QEMU is process ${pid}, its NIC is at ${socket}`;
  }

  async end(): Promise<void> {
    this.#over.abort(new Error('ended'));
    this.console.close();
    this.#process.kill('SIGTERM');
    const harder = setTimeout(() => this.#process.kill('SIGKILL'), GRACE_MS);
    await this.#ended;
    clearTimeout(harder);
  }
}
