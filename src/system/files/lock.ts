import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Failed } from '../../values/errors.js';
import { refused } from './look.js';

/** Bytes of a socket's name after the first. Source: unix(7), sun_path. */
const NAME_MAX = 107;

/**
 * Runs while nobody else changes the host's files below this root. The lock is a name that the kernel keeps
 * (unix(7), abstract), so none is left behind by a process that is killed. @throws Failed when somebody else has it
 */
export async function locked<T>(root: string, act: () => Promise<T>): Promise<T> {
  const lock = createServer();
  try {
    lock.listen(`\0${nameOf(root)}`);
    await once(lock, 'listening');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE')
      throw refused(root, 'locked', cause);
    const problem = 'another vmlane is changing its files';
    throw new Failed({ thing: root, problem, remedy: 'wait until it is done' }, { cause });
  }
  try {
    return await act();
  } finally {
    lock.close();
    await once(lock, 'close');
  }
}

function nameOf(root: string): string {
  const name = `vmlane host setup ${root}`;
  if (Buffer.byteLength(name) <= NAME_MAX) return name;
  return `vmlane host setup ${createHash('sha256').update(root).digest('hex')}`;
}
