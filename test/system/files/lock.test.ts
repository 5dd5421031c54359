import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { patience } from '../../../lab/slow.js';
import { inTurn, locked } from '../../../src/system/files/lock.js';
import { inFolder } from '../../switch/folder.js';
import { holder, LOCK } from './holder.js';

const ROOT = process.getuid?.() === 0;
const BUSY = 'another vmlane is changing it';

test.each(['/tmp/vmlane-lock', `/tmp/${'x'.repeat(300)}`])('one at a time in %s', async (root) => {
  // The holder says who it is.
  const busy = `${root}: ${BUSY}, pid ${process.pid}; wait until it is done`;
  await locked(root, async () => {
    await expect(locked(root, async () => undefined)).rejects.toThrow(busy);
    expect(await locked(`${root}/other`, async () => 1)).toBe(1);
  });
  expect(await locked(root, async () => 2)).toBe(2);
  await expect(locked(root, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  expect(await locked(root, async () => 3)).toBe(3);
});

test('two processes: the second is refused; a killed one leaves no lock', () =>
  inFolder(async (root) => {
    // Its child lives on until we close what it reads, and does not keep the lock.
    const reader = `const { spawn } = await import('node:child_process');
      spawn('cat', [], { detached: true, stdio: ['inherit', 'ignore', 'ignore'] }).unref();`;
    const child = await holder(root, reader);
    await expect(locked(root, async () => 1)).rejects.toThrow(`${root}: ${BUSY}, pid ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await locked(root, async () => 2)).toBe(2);
    child.stdin.end();
  }));

test('who waits gets it when the holder is done', () =>
  inFolder(async (root) => {
    const child = await holder(root);
    const order: string[] = [];
    const waiting = locked(root, async () => order.push('second'), patience(60));
    order.push('first');
    child.stdin.end();
    await waiting;
    expect(order).toEqual(['first', 'second']);
  }));

test('of many at once, each works alone', () =>
  inFolder(async (root) => {
    let inside = 0;
    const one = () =>
      locked(
        root,
        async () => {
          expect(++inside).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
        },
        patience(60),
      );
    await Promise.all(Array.from({ length: 8 }, one));
  }));

test.runIf(ROOT)('another user holds nothing that root waits for', () =>
  inFolder(async (root) => {
    const digest = createHash('sha256').update(`files ${root}`).digest('hex').slice(0, 32);
    const text = `require('node:net').createServer().listen('\\0vmlane ${digest}', () => console.log(1))`;
    const stranger = spawn(process.execPath, ['-e', text], {
      ...{ uid: 65534, gid: 65534, cwd: '/' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(stranger.stdout, 'data');
      expect(await locked(root, async () => 1)).toBe(1);
      const { exitCode } = await execa('flock', ['-n', '/run/vmlane-lock', 'true'], {
        ...{ uid: 65534, gid: 65534, reject: false },
      });
      expect(exitCode).not.toBe(0);
    } finally {
      stranger.kill();
    }
  }),
);

/** Takes a lock as another user, whose folder of locks is to be in this one. */
async function asNobody(folder: string) {
  const text = `import { locked } from ${JSON.stringify(LOCK)};
    await locked('/x', async () => console.log('done')).catch((error) => console.log(error.message));`;
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', text], {
    ...{ uid: 65534, gid: 65534, cwd: '/' },
    env: { XDG_RUNTIME_DIR: folder },
  });
  return stdout;
}

test.runIf(ROOT)('a folder of locks that others made is not used', () =>
  inFolder(async (folder) => {
    chmodSync(folder, 0o1777);
    expect(await asNobody(folder)).toBe('done');
    await execa('rmdir', [join(folder, 'vmlane-lock')]);
    const refused = `/x: others can write to the folder of locks ${folder}/vmlane-lock; set XDG_RUNTIME_DIR to a folder that is this user's alone`;
    mkdirSync(join(folder, 'vmlane-lock'), { mode: 0o755 });
    expect(await asNobody(folder)).toBe(refused);
    await execa('rmdir', [join(folder, 'vmlane-lock')]);
    symlinkSync('/tmp', join(folder, 'vmlane-lock'));
    expect(await asNobody(folder)).toBe(refused);
  }),
);

test('nothing of it stays', async () => {
  const path = await inTurn({ key: 'a test', thing: 'x', others: 'y' }, async () => {
    const digest = createHash('sha256').update('a test').digest('hex').slice(0, 32);
    const found = ROOT ? `/run/vmlane-lock/${digest}` : undefined;
    if (found) expect(existsSync(found)).toBe(true);
    return found;
  });
  if (path) expect(existsSync(path)).toBe(false);
});
