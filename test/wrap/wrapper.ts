import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { patience } from '../../lab/slow.js';

export const WRAPPER = fileURLToPath(new URL('../../wrapper/qemu-wrap', import.meta.url));
export const FAKE_EMULATOR = fileURLToPath(new URL('fake-emulator', import.meta.url));
export const NIC = ['-netdev', 'tap,id=n0', '-device', 'virtio-net-pci,netdev=n0'];

export interface Run {
  pid: number;
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** Descriptor numbers that the wrapper inherits, and the open files behind them. */
  fds?: Record<number, number>;
  program?: string;
  cwd?: string;
  /** Told the wrapper's process as soon as there is one. */
  started?: (pid: number) => void;
}

const DEADLINE_MS = patience(60_000);

/** Runs the real bash wrapper in `dir` with the fake emulator and nothing of our environment. */
export async function wrap(dir: string, argv: string[], options: RunOptions = {}): Promise<Run> {
  const fds = options.fds ?? {};
  const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'pipe', 'pipe'];
  for (let fd = 3; fd <= Math.max(2, ...Object.keys(fds).map(Number)); fd++) {
    stdio.push(fds[fd] ?? 'ignore');
  }
  const child = spawn(options.program ?? WRAPPER, argv, {
    cwd: options.cwd ?? '/',
    stdio,
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    env: {
      PATH: process.env.PATH,
      VMLANE_EMULATOR: FAKE_EMULATOR,
      VMLANE_SWITCH: join(dir, 'switch.sock'),
      VMLANE_SOCKET_DIR: dir,
      VMLANE_SETTINGS: join(dir, 'settings'),
      FAKE_OUT: join(dir, 'out'),
      VMLANE_SWITCH_TIMEOUT: process.env.VMLANE_SWITCH_TIMEOUT,
      ...options.env,
    },
  });
  options.started?.(child.pid ?? -1);
  const run: Run = { pid: child.pid ?? -1, status: null, signal: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (data: Buffer) => {
    run.stdout += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    run.stderr += data.toString();
  });
  [run.status, run.signal] = await new Promise<[Run['status'], Run['signal']]>(
    (resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve([status, signal]));
    },
  );
  return run;
}

export interface Emulated {
  argv: string[];
  pid: number;
  fds: Map<number, string>;
  /** As it came: `NAME=VALUE`. */
  environ: string[];
  cwd: string;
  umask: string;
  /** Lines of /proc/PID/status: masks of blocked and ignored signals. */
  signals: string[];
}

/** What the fake emulator wrote down. @throws when it was never run */
export function emulated(dir: string): Emulated {
  const read = (what: string) => readFileSync(join(dir, `out.${what}`), 'utf8');
  const fds = read('fds')
    .trimEnd()
    .split('\n')
    .map((line): [number, string] => {
      const [, fd = '', target = ''] = /^(\d+) (.*)$/.exec(line) ?? [];
      return [Number(fd), target];
    });
  return {
    argv: read('argv').split('\0').slice(0, -1),
    pid: Number(read('pid')),
    fds: new Map(fds),
    environ: read('environ').split('\0').slice(0, -1),
    cwd: read('cwd').trimEnd(),
    umask: read('umask').trimEnd(),
    signals: read('status').trimEnd().split('\n'),
  };
}
