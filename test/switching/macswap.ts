import { execa } from 'execa';
import { until } from '../../lab/poll.js';
import { patience } from '../../lab/slow.js';
import type { Bench } from './bench.js';
import { frame, mac } from './frames.js';

/** How it is run. */
export interface MacSwap {
  env?: Record<string, string>;
  /** Called while it runs, when something has come back. */
  during?: () => Promise<void>;
}

/**
 * Has a testpmd behind a port with mac(9) send back what it gets, and port a's guest send until something has come.
 * `words`: what runs it, and its own for the EAL. @throws Error with what testpmd has said, if nothing came back
 */
export async function swapsMacs(
  bench: Bench,
  [program = '', ...words]: readonly string[],
  { env = {}, during = async () => undefined }: MacSwap = {},
): Promise<void> {
  const testpmd = execa(program, [...words, '--', '-i', '--total-num-mbufs=2048'], {
    ...{ env, stdin: 'pipe', reject: false, all: true },
    ...{ timeout: patience(120_000), killSignal: 'SIGKILL' },
  });
  testpmd.stdin.write('set fwd macswap\nstart\n');
  const wait = { thing: 'frame', problem: 'does not come back', remedy: 'see stats', ms: 60_000 };
  const sent = frame({ to: mac(9), from: mac(1), seed: 1, length: 100 });
  const back = frame({ to: mac(1), from: mac(9), seed: 1, length: 100 });
  const came = await until(wait, async () => {
    if (testpmd.exitCode !== null) return false;
    await bench.guests.send('a', [sent]);
    return (await bench.received()).a?.includes(back) || undefined;
  }).catch((error: Error) => error.message);
  await during();
  testpmd.stdin.end('stop\nquit\n');
  const { all: said } = await testpmd;
  if (came !== true) throw new Error(`${came}: ${said}`);
}
