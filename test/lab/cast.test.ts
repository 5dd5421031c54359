/** docs/demo.svg, and the recording that it is made of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { castSvg, linesOf, type Recording } from '../../lab/cast.js';
import { packageRoot } from '../../src/switch/paths.js';
import { planLines } from '../../src/trial/plan.js';

const docs = join(packageRoot(), 'docs');
const recording: Recording = JSON.parse(readFileSync(join(docs, 'demo.json'), 'utf8'));
const svg = readFileSync(join(docs, 'demo.svg'), 'utf8');

test('the picture is the recording, and nobody has drawn on it', () => {
  expect(svg, 'run: npm run demo:svg').toBe(castSvg(recording));
});

test('the recording is of the demo as it is now', () => {
  const commands = recording.steps.filter(({ kind }) => kind === 'command');
  const lines = commands.map(({ text }) => text);
  const host = {
    folder: lines[0]?.replace(/^cd /, '') ?? '',
    kernel: / -kernel (\S+)/.exec(lines[3] ?? '')?.[1] ?? '',
    wrapper: 'qemu-wrap',
    emulator: '/usr/bin/qemu-system-x86_64',
    cpu: Number(/--cpus (\d+)/.exec(lines[2] ?? '')?.[1]),
  };
  expect(lines, 'run: npm run demo:svg').toEqual(planLines(host, 'tcg'));
  expect(recording.steps.at(-1)?.text).toMatch(/^done: all 10 pings came back/);
});

test('it is small, and nothing in it runs or is fetched', () => {
  expect(Buffer.byteLength(svg)).toBeLessThan(60 * 1024);
  expect(XMLValidator.validate(svg)).toBe(true);
  expect(svg).not.toMatch(/<script|href=|url\(|@import|\bon\w+=/);
});

test('lines come one after the other, waits are short, and none is too long', () => {
  const lines = linesOf(recording);
  for (const [index, { at, text }] of lines.entries()) {
    const before = lines[index - 1]?.at ?? 0;
    expect(at - before).toBeGreaterThanOrEqual(0);
    expect(at - before).toBeLessThanOrEqual(1.4001);
    expect(text.length).toBeLessThanOrEqual(104);
  }
});

test('what is said cannot leave its line', () => {
  const steps = [{ seconds: 1, kind: 'output', text: '</text><script>&"' }] as const;
  const drawn = castSvg({ typed: 'vmlane demo', steps: [...steps] });
  expect(XMLValidator.validate(drawn)).toBe(true);
  expect(drawn).not.toContain('<script');
});
