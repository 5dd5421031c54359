import { once } from 'node:events';
import { createServer } from 'node:net';
import { Failed } from '../../values/errors.js';

/**
 * Runs while nobody else changes the host's files below this root. The lock is a name that the kernel keeps (unix(7), abstract),
 * so none is left behind by a process that is killed. @throws Failed when somebody else has it
 */
export async function locked<T>(root: string, act: () => Promise<T>): Promise<T> {
  const lock = createServer();
  try {
    lock.listen(`\0vmlane host setup ${root}`);
    await once(lock, 'listening');
  } catch (cause) {
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
