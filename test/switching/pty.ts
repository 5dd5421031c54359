import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../../lab/poll.js';
import { PYTHON } from '../../lab/python.js';

/** What a program at a terminal gives back with. */
const GIVEN_BACK = '\u001b[?1049l';

/** A program that fills the screen, at a pseudo terminal (pty.py). */
export class Pty {
  readonly #child;
  readonly #ended: Promise<unknown>;
  #said = '';

  constructor(rows: number, columns: number, command: string[], env: NodeJS.ProcessEnv = {}) {
    const words = [join(import.meta.dirname, 'pty.py'), String(rows), String(columns), ...command];
    this.#child = spawn(PYTHON, words, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    this.#ended = once(this.#child, 'close');
  }

  /** The lines of the last whole screen. */
  get screen(): string[] {
    const whole = this.#said.split('\u001b[H').filter((text) => text.includes('\u001b[J'));
    const last = whole.at(-1)?.split('\u001b[J')[0] ?? '';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal takes
    return last.replace(/\u001b\[[?\d]*[a-zA-Z]/g, '').split(/\r*\n/);
  }

  /** Everything on all screens so far. */
  get all(): string {
    return this.#said;
  }

  /** Waits for a line on a screen that is whole. */
  async line(wanted: RegExp): Promise<string> {
    const wait = { thing: String(wanted), problem: 'is not shown', remedy: '', ms: 60_000 };
    return until(wait, async () => this.screen.find((line) => wanted.test(line)));
  }

  keys(keys: string): void {
    this.#order({ keys });
  }

  resize(rows: number, columns: number): void {
    this.#order({ size: [rows, columns] });
  }

  signal(number: number): void {
    this.#order({ signal: number });
  }

  /** Waits for its end: its status, whether the terminal is as it was, and what stands there afterwards. */
  async end(): Promise<{ status: number; restored: boolean; after: string }> {
    await this.#ended;
    const lines = this.#said.trimEnd().split('\n');
    const after = lines.slice(0, -1).join('\n').split(GIVEN_BACK).at(-1) ?? '';
    return { ...JSON.parse(lines.at(-1) ?? ''), after: after.trim() };
  }

  /** Ends it, however a test ended. */
  kill(): void {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) this.#order({ signal: 9 });
  }

  #order(order: object): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }
}
