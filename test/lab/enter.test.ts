import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';

/** The built program, as everybody calls it. */
function enter(...args: string[]) {
  const program = `${packageRoot()}/dist/lab/enter.js`;
  return execa(process.execPath, [program, ...args], { reject: false, stdin: 'ignore' });
}

test('no command: usage, exit code 2', async () => {
  const { exitCode, stderr } = await enter('true');
  expect(stderr).toBe('lab: enter: no command given; write: enter -- COMMAND ARGUMENT…');
  expect(exitCode).toBe(2);
});
