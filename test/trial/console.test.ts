import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { GuestConsole } from '../../src/trial/console.js';

test('a character that comes in two pieces is one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmlane-console-'));
  const [log, tty] = [join(folder, 'log'), join(folder, 'tty')];
  writeFileSync(log, 'guest: ready\n');
  // Stands in for a guest's shell, as no real one can be made to stop between two bytes.
  const shell = createServer((peer: Socket) => {
    peer.setNoDelay();
    peer.once('data', async () => {
      const said = Buffer.from('<<g 1>>\n\u00e1\n<<g 1>> 0\n');
      const middle = said.indexOf(0xa1);
      peer.write(said.subarray(0, middle));
      await new Promise((resolve) => setTimeout(resolve, 50));
      peer.write(said.subarray(middle));
    });
  }).listen(tty);
  await once(shell, 'listening');
  const console = new GuestConsole('g', { log, tty });
  onTestFinished(() => {
    console.close();
    shell.close();
    rmSync(folder, { recursive: true });
  });
  await console.ready();
  expect(await console.run('true')).toEqual({ status: 0, output: '\u00e1\n' });
});
