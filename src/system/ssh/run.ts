/** Programs of other hosts, run by OpenSSH with the user's own settings and keys. It asks nobody anything. */
import { Failed } from '../../values/errors.js';
import { shellWords } from '../../values/shell.js';
import { type SshHost, sshWords } from '../../values/ssh-host.js';

/** What every connection has. A password that is asked for would hold up whoever runs this by a program. */
export const SSH = [
  'ssh',
  '-T',
  '-a',
  '-x',
  '-o',
  'BatchMode=yes',
  '-o',
  'ConnectTimeout=10',
] as const;
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
  /** What it may say at most; absent: 16 MiB. */
  mostBytes?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a program on that host. The words reach it as they are: the shell there gets them quoted.
 * @throws Failed if the host cannot be reached, has no such program, does not answer in time, or says too much
 */
export async function runThere(
  there: SshHost,
  words: readonly string[],
  { deadlineMs = DEADLINE_MS, mostBytes = MOST_BYTES, signal }: RunOptions = {},
): Promise<Said> {
  const { execa } = await import('execa');
  const [program, ...options] = SSH;
  const ran = await execa(program, [...options, ...sshWords(there), shellWords(words)], {
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    reject: false,
    timeout: deadlineMs,
    maxBuffer: mostBytes,
    ...(signal && { cancelSignal: signal }),
  });
  if (ran.timedOut) {
    const problem = `${words[0]} has not answered within ${deadlineMs / 1000} s`;
    throw new Failed({ thing: hostName(there), problem, remedy: 'see what keeps it busy' });
  }
  if (ran.code === 'ENOENT') throw noSsh();
  if (ran.isCanceled) {
    const problem = `${words[0]} there was not waited for`;
    throw new Failed({ thing: hostName(there), problem, remedy: 'run it again' });
  }
  if (ran.isMaxBuffer) throw tooMuch(there, words[0], mostBytes);
  if (ran.exitCode === undefined) {
    const problem = `ssh ended early: ${ran.shortMessage}`;
    throw new Failed({ thing: hostName(there), problem, remedy: 'try again' });
  }
  const refused = refusal(there, words[0], ran.exitCode, ran.stderr);
  if (refused) throw refused;
  return { status: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr };
}

/** What a program's end means, if it was not the program that ended. */
export function refusal(
  there: SshHost,
  program: string | undefined,
  status: number,
  stderr: string,
): Failed | undefined {
  if (status === SSH_FAILED) return unreachable(there, stderr);
  if (status !== NOT_FOUND) return undefined;
  const problem = `it has no ${program} in its PATH`;
  return new Failed({ thing: hostName(there), problem, remedy: `install ${program} there` });
}

/** Nobody has that much to say who is asked this. */
export function tooMuch(there: SshHost, program: string | undefined, bytes: number): Failed {
  const problem = `${program} there says more than ${bytes / 1024 / 1024} MiB`;
  return new Failed({ thing: hostName(there), problem, remedy: `see what ${program} is there` });
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

/** This host has no ssh, so that no other host needs to be tried. */
export class NoSsh extends Failed {}

/** The same as an error. */
export function noSsh(): NoSsh {
  return new NoSsh({ thing: 'ssh', problem: 'not installed', remedy: 'install openssh-client' });
}
