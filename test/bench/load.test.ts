import { execa } from 'execa';
import { expect, test } from 'vitest';
import { checkArrival } from '../../bench/load.js';
import { benchProgram } from '../../bench/native.js';

const load = async (...words: string[]) =>
  execa(await benchProgram('vhost-load'), words, { reject: false, stdin: 'ignore' });

test.each([
  [['--length', '59', 'x'], "--length: '59' is not possible"],
  [['--length', '1515', 'x'], "--length: '1515' is not possible"],
  [['--ports', '1', 'x'], "--ports: '1' is not possible"],
  [['--window', '257', 'x'], "--window: '257' is not possible"],
  [['--mode', 'fast', 'x'], "--mode: 'fast' is not possible"],
  [['--pause', '1000001', 'x'], "--pause: '1000001' is not possible"],
  [['--mode', 'echo', '--ports', '3', 'x'], 'do not fit together'],
  [['--rate', '-1', 'x'], "--rate: '-1' is not possible"],
  [['--ports', '3', '--addresses', '2', 'x'], '3 ports, 0 idle ones, 2 addresses, 1 paths do not'],
  [['--mode', 'ping', '--ports', '3', 'x'], 'do not fit together'],
  [['--mode', 'echo', 'a', 'memif:b'], 'nor as the second port to echo and back'],
  [['--mode', 'back', 'a', 'memif3:b'], 'do not fit together'],
  [['--mode', 'large', 'memif:a', 'b'], 'a memif not to large'],
  [['--mode', 'ping', '--count', 'a', 'b'], '--count to paced and echo'],
  [['a', 'b', 'c'], '3 paths do not fit together'],
  [[], '0 paths do not fit together'],
  [['--what'], "unrecognized option '--what'"],
])('vhost-load %j is refused', async (words, message) => {
  const { exitCode, stderr } = await load(...words);
  expect(stderr).toContain(message);
  expect(stderr).toContain('Usage: vhost-load');
  expect(exitCode).toBe(2);
});

test('a memif that nobody listens at is named', async () => {
  const { exitCode, stderr } = await load('memif:/nonexistent/a', '/nonexistent/b');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('vhost-load: memif:/nonexistent/a: cannot connect');
});

test('a run in which a frame was lost, or came to another port, is none', () => {
  const figures = { sent: 10, lost: 0, misplaced: 0, ns: 1, tsc_hz: 1 };
  expect(() => checkArrival(figures)).not.toThrow();
  expect(() => checkArrival({ ...figures, sent: 0 })).toThrow('of 0 frames');
  expect(() => checkArrival({ ...figures, lost: 1 })).toThrow('1 were lost');
  expect(() => checkArrival({ ...figures, misplaced: 2 })).toThrow('2 went astray');
});
