/** A program of another host that goes on and says lines, run by OpenSSH until somebody ends it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Failed } from '../../values/errors.js';
import { shellWords } from '../../values/shell.js';
import { type SshHost, sshWords } from '../../values/ssh-host.js';
import { hostName, noSsh, refusal, SSH, tooMuch } from './run.js';

/** A host that is gone without a word is noticed within a quarter of a minute. */
const ALIVE = ['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3'];
const MOST_LINE = 4 * 1024 * 1024;
const MOST_STDERR = 16 * 1024;

/** How it is followed. */
export interface LinesOptions {
  /** Takes a line, without its end; what it throws ends all. */
  line(text: string): void;
  /** Until the first line, and until each later one. */
  silenceMs: { first: number; later: number };
  /** Ends it; the promise resolves then. */
  signal: AbortSignal;
}

/** How the program has ended by itself. */
export interface Ended {
  /** Null: by a signal. */
  status: number | null;
  /** The end of what it said on standard error. */
  stderr: string;
}

/**
 * Runs a program on that host, and hands over its lines until it ends. When ssh is ended here, the program there loses
 * its reader: it must be one that ends then.
 * @throws Failed if the host cannot be reached, has no such program, is silent too long, or says too long a line
 */
export async function linesThere(
  there: SshHost,
  words: readonly string[],
  { line, silenceMs, signal }: LinesOptions,
): Promise<Ended> {
  const [program, ...options] = SSH;
  const child = spawn(program, [...options, ...ALIVE, ...sshWords(there), shellWords(words)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    child.kill('SIGTERM');
  };
  const silent = (ms: number) => {
    const problem = `${words[0]} has not said anything for ${ms / 1000} s`;
    return setTimeout(
      () => fail(new Failed({ thing: hostName(there), problem, remedy: 'see what keeps it busy' })),
      ms,
    );
  };
  let timer = silent(silenceMs.first);
  let begun = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (failure !== undefined || signal.aborted) return;
    const [first = '', ...rest] = text.split('\n');
    const lines = [begun + first, ...rest];
    begun = lines.pop() ?? '';
    try {
      for (const one of lines) line(one);
    } catch (error) {
      fail(error);
    }
    if (begun.length > MOST_LINE) fail(tooMuch(there, words[0], MOST_LINE));
    if (lines.length === 0) return;
    clearTimeout(timer);
    timer = silent(silenceMs.later);
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MOST_STDERR);
  });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted) end();
    const [status] = (await once(child, 'close')) as [number | null];
    if (failure !== undefined) throw failure;
    const refused = signal.aborted ? undefined : refusal(there, words[0], status ?? 0, stderr);
    if (refused) throw refused;
    return { status, stderr };
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? noSsh() : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
