import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { Failed } from '../../values/errors.js';
import { refused } from '../look/index.js';

/** Work that only one process at a time may do. */
export interface Turn {
  /** What makes it the same work, such as a path. */
  key: string;
  /** How messages call what is worked on. */
  thing: string;
  /** What somebody else does who has it. */
  others: string;
}

/** How long the holder may take to say who it is; it may be busy. */
const ANSWER_MS = 1000;

/** Runs while nobody else changes the host's files below this root. @throws Failed when somebody else does */
export function locked<T>(root: string, act: () => Promise<T>): Promise<T> {
  const others = 'another vmlane is changing its files';
  return inTurn({ key: `files ${root}`, thing: root, others }, act);
}

/**
 * Runs while nobody else does this work. The lock is a name that the kernel keeps (unix(7), abstract), so
 * none is left behind by a process that is killed; whoever connects to it is told the holder's pid.
 * @throws Failed when somebody else has it, saying who
 */
export async function inTurn<T>({ key, thing, others }: Turn, act: () => Promise<T>): Promise<T> {
  // A name has 107 bytes at the most; Node cuts longer ones. Source: unix(7), sun_path.
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

/** The pid that the holder gives; undefined: it does not answer, or has just ended. */
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
