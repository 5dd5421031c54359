import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from '../../lab/slow.js';

const DEADLINE_MS = patience(60_000);

/** A network of its own: taps that QEMU makes are not the machine's, and go with it. */
const ALONE = ['--map-root-user', '--net', '--'];

/** A real QEMU whose monitor is on its standard input and output. */
export class Qemu {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  /** `program`: QEMU, or what becomes QEMU. */
  constructor(
    argv: readonly string[],
    program: readonly string[] = ['qemu-system-x86_64'],
    env: NodeJS.ProcessEnv = process.env,
  ) {
    const words = [...ALONE, ...program, ...argv, '-qmp', 'stdio'];
    const child = spawn('unshare', words, { stdio: 'pipe', env });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on('data', (data: Buffer) => {
      this.#errors += data.toString();
    });
  }

  /** The greeting comes once all back ends are connected. */
  async ready(): Promise<void> {
    await this.#next('QMP');
    await this.ask('qmp_capabilities');
  }

  async ask(execute: string, args: object = {}): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    return (await this.#next('return')).return;
  }

  /** A human monitor command's text. */
  async tell(command: string): Promise<string> {
    return String(await this.ask('human-monitor-command', { 'command-line': command }));
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** The next message that has `key`; events in between are skipped. */
  async #next(key: string): Promise<Record<string, unknown>> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), DEADLINE_MS);
    try {
      for (;;) {
        const { value, done } = await this.#lines.next();
        if (done) await sleep(100); // its last words may come later
        if (done) throw new Error(`QEMU ended or kept silent before "${key}": ${this.#errors}`);
        const message = JSON.parse(value) as Record<string, unknown>;
        if ('error' in message) throw new Error(value);
        if (key in message) return message;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
