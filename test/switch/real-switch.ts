import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from '../../lab/slow.js';
import { packageRoot } from '../../src/switch/paths.js';
import { runningSwitch } from '../../src/switch/start.js';

import { inFolder } from './folder.js';

/** A vhost-switch of the build, in a folder of its own, for one test. */
export interface RealSwitch {
  folder: string;
  socket: string;
  process: ChildProcess;
  /** Ends it (as it is told) and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Which build's programs are tested: `build/native`, or another below `build/` (test/run). */
export function builtProgram(name: string): string {
  return join(packageRoot(), 'build', process.env.VMLANE_TEST_BUILD ?? 'native', name);
}

/** What a test may want otherwise. */
export interface RealSwitchOptions {
  /** The switch's own options, after `--`. */
  own?: string[];
  /** The EAL's. */
  lcores?: string;
  /** A device that the EAL makes, for an uplink. */
  vdev?: string;
  /** MiB that it may use; 64 by default. */
  memory?: number;
  /** A descriptor that it has as its standard input; none by default. */
  stdin?: number;
  /** Of huge pages. */
  huge?: boolean;
  /** Started by root, it becomes this user, whose the folder becomes. */
  uid?: number;
}

/** A user that is on every host and has nothing; undefined: these tests are not run by root. */
export const ANOTHER_USER = process.getuid?.() === 0 ? 65534 : undefined;

/** Starts one in the folder and waits until it answers; with its log in the error when not. */
export async function startRealSwitch(
  folder: string,
  options: RealSwitchOptions = {},
): Promise<RealSwitch> {
  const socket = join(folder, 'switch.sock');
  const log = await open(join(folder, 'test.log'), 'a');
  const lcores = options.lcores ?? '0';
  const eal = [
    options.huge ? '--in-memory' : '--no-huge',
    '--no-pci',
    '--no-shconf',
    '-m',
    `${options.memory ?? 64}`,
    '--lcores',
    lcores,
  ];
  if (options.vdev !== undefined) eal.push('--vdev', options.vdev);
  // The folder of its state becomes its user's; that of its socket is not, or nobody would believe it.
  const state = options.uid === undefined ? folder : join(folder, 'state');
  const own = ['--control-socket', socket, '--state-file', join(state, 'ports.json')];
  if (options.uid !== undefined) {
    await mkdir(state, { recursive: true });
    await chmod(folder, 0o1777);
    own.push('--user', String(options.uid));
  }
  // Idle, it leaves the processor to the other tests.
  own.push(...(options.own ?? ['--idle-sleep', '1000']));
  const args = [...eal, '--file-prefix', `test-${basename(folder)}`, '--', ...own];
  const child = spawn(builtProgram('vhost-switch'), args, {
    stdio: [options.stdin ?? 'ignore', log.fd, log.fd],
  });
  await log.close();
  const ended = once(child, 'exit');
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  const until = Date.now() + patience(60_000);
  while ((await runningSwitch(socket).catch(() => undefined)) === undefined) {
    if (child.exitCode !== null || Date.now() > until) {
      await end('SIGKILL');
      throw new Error(await readFile(join(folder, 'test.log'), 'utf8'));
    }
    await sleep(20);
  }
  return { folder, socket, process: child, end };
}

/** Runs `use` with a real switch, stopped afterwards. */
export function withRealSwitch<T>(use: (one: RealSwitch) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const one = await startRealSwitch(folder);
    try {
      return await use(one);
    } finally {
      await one.end('SIGTERM');
    }
  });
}
