/** iproute2's `ip`: the kernel's network configuration. */
import { execa } from 'execa';
import { Failed } from '../../values/errors.js';

/** The result of ip; `refused` is the kernel's message on failure. */
export interface IpResult {
  stdout: string;
  refused?: string;
}

/**
 * Runs ip, which Ctrl-C does not reach: what it has begun is done, and can be taken back. Rejects with Failed if
 * it is not installed.
 */
export async function ip(words: readonly string[], deadlineMs = 30_000): Promise<IpResult> {
  const ran = await execa('ip', words, {
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    reject: false,
    timeout: deadlineMs,
    detached: true,
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
