import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { copyFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';

let dir: string;

/** A package whose compiler, a stand-in as the real one takes 10 s, makes `dist/src/a.js` of any source. */
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-typescript-'));
  for (const folder of ['src', 'lab', 'bench', 'test', 'setup', 'node_modules/.bin']) {
    mkdirSync(join(dir, folder), { recursive: true });
  }
  await copyFile(join(packageRoot(), 'setup/typescript'), join(dir, 'setup/typescript'));
  for (const name of ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'src/a.ts']) {
    writeFileSync(join(dir, name), '');
  }
  const made = 'mkdir -p dist/src dist/bin && echo made >dist/src/a.js';
  const compiler = join(dir, 'node_modules/.bin/tsc');
  writeFileSync(compiler, `#!/bin/sh\n[ ! -e fail ] || exit 1\n${made}\n`, { mode: 0o755 });
  writeFileSync(join(dir, 'setup/cli'), 'echo made >dist/bin/main.js\n');
  for (const name of ['cni', 'page', 'kubernetes', 'wrapper'])
    writeFileSync(join(dir, 'setup', name), '');
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Whether it built. */
async function builds(): Promise<boolean> {
  const { stderr } = await execa('bash', [join(dir, 'setup/typescript')]);
  expect(['', 'setup: TypeScript build']).toContain(stderr);
  return stderr !== '';
}

test('it builds once, and again after a change', async () => {
  expect(await builds()).toBe(true);
  expect(await builds()).toBe(false);
  writeFileSync(join(dir, 'src/a.ts'), 'changed');
  expect(await builds()).toBe(true);
  expect(await builds()).toBe(false);
  writeFileSync(join(dir, 'setup/cli'), 'echo another >dist/bin/main.js\n');
  expect(await builds()).toBe(true);
  mkdirSync(join(dir, 'src/web/page'), { recursive: true });
  writeFileSync(join(dir, 'src/web/page/page.css'), 'changed');
  expect(await builds()).toBe(true);
  rmSync(join(dir, 'dist'), { recursive: true });
  expect(await builds()).toBe(true);
});

test('it builds again what somebody else has built since', async () => {
  await builds();
  const later = Date.now() / 1000 + 1;
  utimesSync(join(dir, 'dist/src/a.js'), later, later);
  expect(await builds()).toBe(true);
});

test('what has no source any more goes', async () => {
  await builds();
  mkdirSync(join(dir, 'dist/src/old'));
  writeFileSync(join(dir, 'dist/src/old/b.js'), '');
  utimesSync(join(dir, 'dist/src/old/b.js'), 100, 100);
  writeFileSync(join(dir, 'src/a.ts'), 'changed');
  await builds();
  expect(await readdir(join(dir, 'dist/src'))).toEqual(['a.js']);
});

test('a build that failed is no build', async () => {
  writeFileSync(join(dir, 'fail'), '');
  await expect(builds()).rejects.toThrow();
  rmSync(join(dir, 'fail'));
  expect(await builds()).toBe(true);
});
