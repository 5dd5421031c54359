import { availableParallelism } from 'node:os';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { Child } from '../../bench/child.js';
import { lineCycles, placeOf } from '../../bench/lines.js';
import { benchProgram } from '../../bench/native.js';

test('a run has a place only when it was there before and after', () => {
  expect(placeOf(196, 370)).toBe('near');
  expect(placeOf(1200, 1400)).toBe('far');
  expect(placeOf(196, 1400)).toBe('moved');
  expect(placeOf(700, 699)).toBe('moved');
});

test('the round trip of a line between two processors, and words that make no sense', async ({
  skip,
}) => {
  const program = await benchProgram('vhost-lines');
  for (const words of [[], ['0', '0'], ['0', 'x'], ['0', '1024']]) {
    const { exitCode, stderr } = await execa(program, words, { reject: false });
    expect([exitCode, stderr]).toEqual([2, 'Usage: vhost-lines CPU CPU, two different ones']);
  }
  const away = await execa(program, ['1023', '0'], { reject: false });
  expect(away.exitCode).toBe(1);
  expect(away.stderr).toContain('processor 1023: Invalid argument; name one of ours');
  if (availableParallelism() < 2) skip('there is one processor');
  expect(await lineCycles(0, new AbortController().signal)).toBeGreaterThan(0);
});

test('a child that is paused does nothing, and can be ended', async () => {
  const child = new Child('sleep', ['1000']);
  const becomes = (letter: string) =>
    child.until(`become ${letter}`, async () => (await child.state()) === letter || undefined);
  await becomes('S');
  child.pause();
  await becomes('T');
  child.resume();
  await becomes('S');
  child.pause();
  await becomes('T');
  await child.end();
  expect(() => process.kill(child.pid, 0)).toThrow('ESRCH');
});
