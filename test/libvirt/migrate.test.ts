import { existsSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrateDomain, readJob } from '../../src/libvirt/migrate.js';
import { inFolder } from '../switch/folder.js';

// As virsh 9.0 has printed it.
const COMPLETED = `Job type: 3

operation: 4
time_elapsed: 5774
time_elapsed_net: 5772
downtime: 97
downtime_net: 95
data_total: 269230080
memory_total: 269230080
memory_processed: 97443434
memory_remaining: 0

`;

test('a job that is over', () => {
  expect(readJob(COMPLETED)).toEqual({
    ...{ copied: 97_443_434, left: 0, downtimeMs: 97, elapsedMs: 5774 },
  });
});

test('none', () => {
  expect(readJob('Job type: 0\n\n')).toBeUndefined();
  expect(readJob('')).toBeUndefined();
});

const MOVE = { from: 'test:///default', to: 'qemu+ssh://b/system', uuid: 'u', persistent: true };

/**
 * Stands in for virsh, whose migration would have to be caught between its connections and its job: for so many calls
 * there is no job to abort yet.
 */
async function withVirsh(use: (log: () => string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const program = join(folder, 'virsh');
    const script = `#!/bin/sh
cd ${folder}
echo "$*" >>log
case "$*" in
*domjobabort*) echo x >>tries; [ "$(wc -l <tries)" -ge 3 ] && touch aborted; [ -e aborted ] ;;
*"migrate --domain p"*) ;;
*migrate*) until [ -e aborted ]; do sleep 0.05; done; echo 'error: operation aborted' >&2; exit 1 ;;
esac
`;
    await writeFile(program, script);
    await chmod(program, 0o755);
    const before = process.env.PATH;
    process.env.PATH = `${folder}:${before}`;
    try {
      const log = join(folder, 'log');
      await use(() => (existsSync(log) ? readFileSync(log, 'utf8') : ''));
    } finally {
      process.env.PATH = before;
    }
  });
}

test('a move that is given up before there is a job is aborted as soon as there is one', () =>
  withVirsh(async (log) => {
    const abort = new AbortController();
    const moving = migrateDomain(MOVE, abort.signal);
    abort.abort();
    await expect(moving).rejects.toThrow('operation aborted');
    expect(log()).toContain('--connect test:///default migrate --live --domain u --desturi');
    expect(log().match(/domjobabort --domain u/g)?.length).toBeGreaterThanOrEqual(3);
  }));

test('one that was given up before is not begun', () =>
  withVirsh(async (log) => {
    await expect(migrateDomain(MOVE, AbortSignal.abort(new Error('given up')))).rejects.toThrow(
      'given up',
    );
    expect(log()).toBe('');
  }));

test('a guest that is not to run meanwhile moves without --live', () =>
  withVirsh(async (log) => {
    await migrateDomain({ ...MOVE, uuid: 'p', paused: true });
    expect(log()).toContain('--connect test:///default migrate --domain p --desturi');
  }));
