import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { tail } from '../src/trial/tail.js';
import { Failed } from '../src/values/errors.js';
import { logFiles } from './logs.js';
import { until } from './poll.js';

const SOCKET = '/run/libvirt/libvirt-sock';

export interface Daemon {
  stop(): Promise<void>;
  /** Makes it reload its configuration, some time after this call. */
  reload(): void;
}

/** Starts the world's libvirtd and waits until it answers. */
export async function startLibvirtd(signal?: AbortSignal): Promise<Daemon> {
  const log = await open(logFiles.libvirtd, 'a');
  // Its own process group: Ctrl-C must reach only the foreground command, which ends this later.
  const daemon = spawn('libvirtd', { stdio: ['ignore', log.fd, log.fd], detached: true });
  let ended = '';
  const end = once(daemon, 'exit').then(
    () => {
      ended = 'ended at once';
    },
    (error: Error) => {
      ended = `cannot be started: ${error.message}`;
    },
  );
  await log.close();
  const stop = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await end;
  };
  const remedy = `see ${logFiles.libvirtd}`;
  const wait = { thing: 'libvirtd', problem: 'does not answer', remedy, ms: 120_000, signal };
  try {
    await until(wait, async () => {
      if (ended !== '') {
        const problem = `${ended}: ${await tail(logFiles.libvirtd, 3)}`;
        throw new Failed({ thing: 'libvirtd', problem, remedy });
      }
      return (await listens(SOCKET)) || undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop, reload: () => daemon.kill('SIGHUP') };
}

/** Whether somebody accepts connections there. */
export function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
