import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { Failed } from '../../values/errors.js';
import { refused } from '../look/index.js';

/** Work that only one process at a time may do. */
export interface Turn {
  /** Identifies the work, such as a path. */
  key: string;
  /** The thing worked on, for messages. */
  thing: string;
  /** What another holder does, for messages. */
  others: string;
}

/** Time limit for the holder's answer; it may be busy. */
const ANSWER_MS = 1000;

/** Runs with the lock on the host's files below this root. @throws Failed if somebody else has it */
export function locked<T>(root: string, act: () => Promise<T>): Promise<T> {
  const others = 'another vmlane is changing its files';
  return inTurn({ key: `files ${root}`, thing: root, others }, act);
}

/**
 * Runs with the lock on this work. The lock is an abstract socket name in the kernel (unix(7)), so a killed
 * process leaves none behind; a connection to it receives the holder's pid.
 * @throws Failed if somebody else has it, naming the holder
 */
export async function inTurn<T>({ key, thing, others }: Turn, act: () => Promise<T>): Promise<T> {
  // A name has at most 107 bytes; Node cuts longer ones. Source: unix(7), sun_path.
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const name = `\0vmlane ${digest}`;
  const lock = createServer((peer) => {
    peer.on('error', () => peer.destroy());
    peer.end(`${process.pid}`, () => peer.destroy());
  });
  try {
    lock.listen(name);
    await once(lock, 'listening');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE')
      throw refused(thing, 'locked', cause);
    const pid = await holderOf(name);
    const problem = `${others}${pid === undefined ? '' : `, pid ${pid}`}`;
    throw new Failed({ thing, problem, remedy: 'wait until it is done' }, { cause });
  }
  try {
    return await act();
  } finally {
    lock.close();
    await once(lock, 'close');
  }
}

/** The holder's pid; undefined: it does not answer, or has just ended. */
async function holderOf(name: string): Promise<number | undefined> {
  const peer = connect(name);
  peer.setTimeout(ANSWER_MS, () => peer.destroy());
  try {
    const answer = await text(peer);
    return /^\d{1,10}$/.test(answer) ? Number(answer) : undefined;
  } catch {
    return undefined;
  }
}
