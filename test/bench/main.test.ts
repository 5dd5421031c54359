import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeResults } from '../../bench/results.js';
import { packageRoot } from '../../src/switch/paths.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmlane-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The built program, as `npm run bench` calls it. */
function bench(...words: string[]) {
  const program = `${packageRoot()}/dist/bench/main.js`;
  return execa(process.execPath, [program, ...words], { reject: false, stdin: 'ignore' });
}

test('Ctrl-C keeps what was measured and says what is missing', async () => {
  const json = join(folder, 'bench.json');
  const svg = join(folder, 'bench.svg');
  const child = bench('--only', 'specs', '--rounds', '100', '--json', json, '--svg', svg);
  const read = async () => JSON.parse(await readFile(json, 'utf8'));
  const results = async () => (existsSync(json) ? (await read()).specs?.length : 0);
  await expect.poll(results, { interval: 20 }).toBeGreaterThan(0);
  child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await child;
  expect(exitCode).toBe(130);
  expect(stdout).toMatch(/^library +\d+/m);
  expect(stdout).toMatch(/^not measured: .*specs, round 100, library.*: interrupted$/m);
  expect(stderr).toMatch(/bench\.svg: not written, as nothing was measured that has a chart$/m);
  const report = await read();
  expect(report.specs[0].name).toBe('library');
  expect(report.notMeasured.at(-1)).toEqual({
    what: 'specs, round 100, virt-install --print-xml',
    why: 'interrupted',
  });
  expect(readdirSync(folder)).toEqual(['bench.json']);
});

test('a file that cannot be written, a program that cannot be run: one line, at once', async () => {
  const path = join(folder, 'no/bench.json');
  const unwritten = await bench('--only', 'specs', '--json', path);
  expect(unwritten.exitCode).toBe(1);
  expect(unwritten.stderr).toMatch(
    /^bench: \S+bench\.json: ENOENT.*; name a file that can be written$/m,
  );
  const also = await bench('--only', 'vhost-switch', '--also', `x=${folder}/none`);
  expect(also.stderr).toBe(
    `bench: ${folder}/none: not a program that can be run; name the vhost-switch program, or leave it out to find it`,
  );
  expect(also.exitCode).toBe(2);
});

test('results replace a former file as a whole', async () => {
  const path = join(folder, 'a');
  await writeFile(path, 'old');
  writeResults(path, 'new');
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(() => writeResults(folder, 'x')).toThrow(folder);
  expect(readdirSync(folder)).toEqual(['a']);
});
