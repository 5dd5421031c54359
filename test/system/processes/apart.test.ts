import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runApart } from '../../../src/system/processes/apart.js';
import { inFolder } from '../../switch/folder.js';

/** Ends itself as a signal to our group would, until it has been started so many times. */
const IMPATIENT = `
  echo >>"$1"
  if [ "$(wc -l <"$1")" -le "$2" ]; then kill -"$3" $$; fi
  echo done`;

it.each(['INT', 'TERM', 'HUP', 'QUIT'])(
  'starts a program again that SIG%s ends, more often than a busy machine makes it',
  async (signal) => {
    await inFolder(async (folder) => {
      const starts = join(folder, 'starts');
      await writeFile(starts, '');
      const words = ['-c', IMPATIENT, 'sh', starts, '40', signal];
      expect(await runApart('sh', words)).toMatchObject({ exitCode: 0, stdout: 'done' });
      expect((await readFile(starts, 'utf8')).length).toBe(41);
    });
  },
);

it('does not start again what another signal ends', async () => {
  const { exitCode, shortMessage } = await runApart('sh', ['-c', 'kill -SEGV $$']);
  expect(exitCode).toBeUndefined();
  expect(shortMessage).toContain('SIGSEGV');
});
