import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { Port, Settings } from '../../src/switch/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { Chance } from './chance.js';
import { grown, growth, type Sample } from './growth.js';
import { readOptions } from './options.js';
import { reportsIn, suppressed } from './reports.js';
import { Wanted } from './wanted.js';

describe('growth', () => {
  test('one odd value does not count, steady growth does', () => {
    const flat = [10, 11, 10, 900, 10, 11, 10].map((y, x) => ({ x, y }));
    expect(Math.abs(growth(flat))).toBeLessThan(3);
    const steady = [0, 1, 2, 3, 4].map((x) => ({ x, y: 100 + 5 * x }));
    expect(growth(steady)).toBe(20);
  });

  test('of the switch that lived longest, without its first sample', () => {
    const sample = (minute: number, pid: number, rssKiB: number): Sample => {
      return { minute, pid, rssKiB, descriptors: 20, threads: 5 };
    };
    const short = [sample(1, 7, 1), sample(2, 7, 1000)];
    expect(grown(short)).toBeUndefined();
    const long = [3, 4, 5, 6, 7, 8].map((minute) => sample(minute, 8, minute === 3 ? 0 : 50));
    expect(grown([...short, ...long])).toEqual({ rssKiB: 0, descriptors: 0, threads: 0 });
  });
});

test('a seed repeats its choices', () => {
  const some = (seed: number) => Array.from({ length: 5 }, () => new Chance(seed).whole(1, 1e9));
  expect(some(1)).toEqual(some(1));
  expect(some(1)).not.toEqual(some(2));
  const one = new Chance(3);
  const numbers = Array.from({ length: 1000 }, () => one.whole(2, 4));
  expect(new Set(numbers)).toEqual(new Set([2, 3, 4]));
});

describe("sanitizers' reports", () => {
  const names = (offsets: string[]) => offsets.map((offset) => [`inline_${offset}`, `f_${offset}`]);

  test('are found among lines of the log, with their functions', () => {
    const log = [
      'vhost-switch: port a: guest is up',
      'WARNING: ThreadSanitizer: data race (pid=12)',
      '  Write of size 2 at 0x7fffd5c6dc80 by thread T3 (mutexes: write M0):',
      '    #0 <null> <null> (vhost-switch+0xf8dce) (BuildId: 3f52)',
      '    #1 <null> <null> (librte_eal.so.23+0x21016) (BuildId: b43a)',
      'EAL: ERROR: no such device',
      '../native/ring/gso.c:95:14: runtime error: applying zero offset to null pointer',
      '    #0 0x55db30ad5dcf in interrupt_guest /x/native/ring/interrupt.c:95:14 (vhost-switch+0x1)',
      '==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x1',
    ];
    expect(reportsIn(log.join('\n'), names)).toEqual([
      {
        what: 'ThreadSanitizer: data race',
        frames: ['inline_f8dce', 'f_f8dce', 'librte_eal.so.23'],
      },
      {
        what: '../native/ring/gso.c:95:14: runtime error: applying zero offset to null pointer',
        frames: ['interrupt_guest'],
      },
      { what: 'AddressSanitizer: heap-use-after-free on address 0x1', frames: [] },
    ]);
  });

  test('each suppression has a reason before it, and names a function of ours', () => {
    const text = readFileSync(join(packageRoot(), 'native/tsan.supp'), 'utf8');
    const names = suppressed(text);
    expect(names.size).toBeGreaterThan(0);
    for (const block of text.trim().split('\n\n')) expect(block).toMatch(/^#/);
    const sources = readdirSync(join(packageRoot(), 'native'), {
      recursive: true,
      encoding: 'utf8',
    })
      .filter((name) => name.endsWith('.c'))
      .map((name) => readFileSync(join(packageRoot(), 'native', name), 'utf8'))
      .join('');
    for (const name of names) expect(sources).toMatch(new RegExp(`^${name}\\(`, 'm'));
  });
});

test('a port or setting that is lost, or another, is told', () => {
  const settings = { ageing: 300, hold: 3 } as Settings;
  const port = { id: 0, name: 'a', path: '/a', listener: 'qemu', vlan: 0 } as Port;
  const wanted = new Wanted(settings);
  wanted.port({ name: 'a', vlan: 5 }, port);
  expect(wanted.differences([{ ...port, vlan: 5 }], settings)).toEqual([]);
  expect(wanted.differences([], settings)).toEqual(['port a is lost']);
  expect(wanted.differences([port], settings)[0]).toContain('"vlan":0');
  wanted.removed('a');
  wanted.set({ ageing: 9 });
  expect(wanted.differences([port], settings)).toEqual([
    'port a is there and should not be',
    'setting ageing is 300, not 9',
  ]);
  wanted.restarted();
  expect(wanted.differences([], settings)).toEqual([]);
});

test('options, and the built program', async () => {
  expect(readOptions([])).toEqual({ minutes: 30, sanitizer: 'none' });
  expect(() => readOptions(['--sanitizer', 'memory'])).toThrow("there is no 'memory'");
  const program = `${packageRoot()}/dist/test/soak/main.js`;
  const help = await execa(process.execPath, [program, '--help']);
  expect(help.stdout).toMatch(/^Usage: npm run soak/);
});
