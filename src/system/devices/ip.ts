/** iproute2's `ip`: the kernel's network configuration. */
import { Failed } from '../../values/errors.js';
import { runApart } from '../processes/apart.js';

/** The result of ip; `refused` is the kernel's message on failure. */
export interface IpResult {
  stdout: string;
  refused?: string;
}

/**
 * Runs ip, which Ctrl-C does not reach. Rejects with Failed if it is not installed.
 */
export async function ip(words: readonly string[], deadlineMs = 30_000): Promise<IpResult> {
  const ran = await runApart('ip', words, {
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    timeout: deadlineMs,
  });
  if (ran.code === 'ENOENT') {
    throw new Failed({ thing: 'ip', problem: 'not found', remedy: 'install iproute2' });
  }
  if (ran.exitCode === 0) return { stdout: ran.stdout };
  if (ran.timedOut) return { stdout: '', refused: `no answer in ${deadlineMs / 1000} s` };
  const said = ran.stderr.trim().split('\n').at(-1) ?? '';
  const refused = said.replace(/^RTNETLINK answers: /, '') || `status ${ran.exitCode}`;
  return { stdout: ran.stdout, refused };
}
