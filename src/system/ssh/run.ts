/** Programs of other hosts, run by OpenSSH with the user's own settings and keys. It asks nobody anything. */
import { Failed } from '../../values/errors.js';
import { shellWords } from '../../values/shell.js';
import { type SshHost, sshWords } from '../../values/ssh-host.js';

/** What every connection has. A password that is asked for would hold up whoever runs this by a program. */
export const SSH = ['ssh', '-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'] as const;
/** ssh's exit code for what it could not do itself. Source: ssh(1). */
const SSH_FAILED = 255;
/** A shell's, where it finds no such program. Source: POSIX. */
const NOT_FOUND = 127;
const DEADLINE_MS = 60_000;
const MOST_BYTES = 16 * 1024 * 1024;

/** What a program there has said. */
export interface Said {
  status: number;
  stdout: string;
  stderr: string;
}

/** How it is asked. */
export interface RunOptions {
  /** Absent: a minute. */
  deadlineMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a program on that host. The words reach it as they are: the shell there gets them quoted.
 * @throws Failed if the host cannot be reached, has no such program, or does not answer in time
 */
export async function runThere(
  there: SshHost,
  words: readonly string[],
  { deadlineMs = DEADLINE_MS, signal }: RunOptions = {},
): Promise<Said> {
  const { execa } = await import('execa');
  const [program, ...options] = SSH;
  const ran = await execa(program, [...options, ...sshWords(there), shellWords(words)], {
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    reject: false,
    timeout: deadlineMs,
    maxBuffer: MOST_BYTES,
    ...(signal && { cancelSignal: signal }),
  });
  if (ran.timedOut) {
    const problem = `${words[0]} has not answered within ${deadlineMs / 1000} s`;
    throw new Failed({ thing: hostName(there), problem, remedy: 'see what keeps it busy' });
  }
  if (ran.code === 'ENOENT') throw noSsh();
  if (ran.exitCode === undefined) {
    const problem = `ssh ended early: ${ran.shortMessage}`;
    throw new Failed({ thing: hostName(there), problem, remedy: 'try again' });
  }
  if (ran.exitCode === SSH_FAILED) throw unreachable(there, ran.stderr);
  if (ran.exitCode === NOT_FOUND) {
    const problem = `it has no ${words[0]} in its PATH`;
    throw new Failed({ thing: hostName(there), problem, remedy: `install ${words[0]} there` });
  }
  return { status: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr };
}

/** How a host is called in messages. */
export function hostName({ host, user }: SshHost): string {
  return user === undefined ? host : `${user}@${host}`;
}

/** ssh could not connect: its last words say why. */
export function unreachable(there: SshHost, stderr: string): Failed {
  const lines = stderr.split('\n').map((line) => line.trim());
  const why = lines.filter((line) => line !== '' && !line.startsWith('Warning:')).at(-1);
  return new Failed({
    thing: hostName(there),
    problem: `cannot be reached by ssh: ${why ?? 'it says nothing'}`,
    remedy: `try: ${shellWords([...SSH, ...sshWords(there), 'true'])}`,
  });
}

/** This host has no ssh. */
export function noSsh(): Failed {
  return new Failed({ thing: 'ssh', problem: 'not installed', remedy: 'install openssh-client' });
}
