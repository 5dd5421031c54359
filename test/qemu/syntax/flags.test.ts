import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FLAGS } from '../../../src/qemu/syntax/flags.js';

const QEMU = 'qemu-system-x86_64';
const run = promisify(execFile);

/** "-h or -help …", "-fda/-fdb file …": every option that this machine's QEMU lists. */
async function listed(): Promise<string[]> {
  const { stdout } = await run(QEMU, ['-help']);
  const lines = stdout.split('\n').filter((line) => line.startsWith('-'));
  const names = lines.flatMap((line) => {
    const words = /^\S+(?: or -\S+)?/.exec(line)?.[0] ?? '';
    return words.split(/ or |\/(?=-)/).map((word) => word.replace(/^--?/, ''));
  });
  return [...new Set(names)].sort();
}

/**
 * QEMU reads the whole list before it obeys -version, so an option at its end is refused for want
 * of a value or not at all.
 */
async function takesValue(name: string): Promise<boolean> {
  try {
    await run(QEMU, ['-version', `-${name}`]);
    return false;
  } catch (error) {
    const { stderr } = error as { stderr: string };
    expect(stderr).toContain('requires an argument');
    return true;
  }
}

test('holds every option that QEMU lists without a value, and none with one', async () => {
  const names = await listed();
  expect(names.length).toBeGreaterThan(100);
  const wrong: string[] = [];
  for (const name of names) {
    if ((await takesValue(name)) === FLAGS.has(name)) wrong.push(name);
  }
  expect(wrong).toEqual([]);
});
