/** A Unix socket of another host, brought here by OpenSSH: no port is opened on either host. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failed } from '../../values/errors.js';
import { type SshHost, sshWords } from '../../values/ssh-host.js';
import { ownFolder } from '../files/own-folder.js';
import { hostName, noSsh, SSH, unreachable } from './run.js';

/** Its own connection: one that the user's settings share would go on to forward when we are gone. */
const ALONE = [
  '-o',
  'ExitOnForwardFailure=yes',
  '-o',
  'ControlMaster=no',
  '-o',
  'ControlPath=none',
];
const LOOK_MS = 20;
const DEADLINE_MS = 30_000;

/** A socket here that is one there, until it is closed. */
export interface Forwarded {
  /** Its path, in a folder of its own into which nobody else may look. */
  path: string;
  /** Ends ssh, and removes the folder. */
  close(): Promise<void>;
}

/**
 * Connections to `path` of the result reach the socket `socket` of that host. Whether somebody listens there shows at
 * the first connection. @throws Failed if the host cannot be reached
 */
export async function forwardSocket(there: SshHost, socket: string): Promise<Forwarded> {
  const { folder, remove } = await ownFolder();
  const path = join(folder, 'socket');
  let ssh: ChildProcess | undefined;
  const close = async () => {
    if (ssh && ssh.exitCode === null && ssh.signalCode === null) {
      ssh.kill('SIGTERM');
      await once(ssh, 'exit');
    }
    await remove();
  };
  try {
    ssh = await start(there, [...ALONE, '-L', `${path}:${socket}`]);
    await appears(there, path, ssh);
    return { path, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(there: SshHost, more: readonly string[]): Promise<ChildProcess> {
  const [program, ...options] = SSH;
  // cat ends with its input, which is ours: however this process ends, ssh does, too.
  const words = [...options, ...more, ...sshWords(there), 'cat'];
  const child = spawn(program, words, {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
    // Ctrl-C at a terminal must reach who holds this, which ends it in its turn.
    detached: true,
  });
  await once(child, 'spawn').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? noSsh() : error;
  });
  return child;
}

/** ssh makes the socket when it is connected; it is there a moment before ssh listens. */
async function appears(there: SshHost, path: string, ssh: ChildProcess): Promise<void> {
  let said = '';
  ssh.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; await sleep(LOOK_MS)) {
    if (ssh.exitCode !== null || ssh.signalCode !== null) throw unreachable(there, said);
    if (await answers(path)) return;
  }
  throw new Failed({
    thing: hostName(there),
    problem: `ssh has not connected within ${DEADLINE_MS / 1000} s`,
    remedy: 'see what keeps it busy',
  });
}

/** Whether somebody listens there. What is dialled is the socket of the other host, and given up at once. */
async function answers(path: string): Promise<boolean> {
  const dialled = createConnection(path);
  try {
    await once(dialled, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    dialled.destroy();
  }
}
