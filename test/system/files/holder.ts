import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../../src/switch/paths.js';

/** The built module. */
export const LOCK = join(packageRoot(), 'dist/src/system/files/lock.js');

/** A process of its own that holds the lock on this root until its input ends. `first` is JavaScript that it runs then. */
export async function holder(root: string, first = '') {
  const text = `import { locked } from ${JSON.stringify(LOCK)};
    await locked(process.argv[1], async () => {
      ${first}
      console.log('mine');
      for await (const _ of process.stdin);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text, root], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}
