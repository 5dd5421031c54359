/** What starts the command line: the bundle, with what V8 has compiled of it (setup/cli). */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundleIn, compiledIn } from '../../src/cli/bundle.js';
import { packageRoot } from '../../src/switch/paths.js';
import { inFolder } from '../switch/folder.js';

const TEXT = `exports.twice = (n) => 2 * n;
exports.folder = __dirname;
exports.path = (name) => require('node:path').basename(name);
exports.load = () => imported('node:path');`;

interface Exports {
  twice(n: number): number;
  folder: string;
  path(name: string): string;
  load(): Promise<{ basename(name: string): string }>;
}

async function works(folder: string): Promise<void> {
  const { twice, folder: own, path, load } = bundleIn(folder).evaluate() as Exports;
  expect([twice(2), own, path('/a/b')]).toEqual([4, folder, 'b']);
  expect((await load()).basename('/a/b')).toBe('b');
}

it('runs without what was compiled, with it, and with that of another V8', () =>
  inFolder(async (folder) => {
    // V8 remembers what this process has compiled by its text.
    const put = (mark: string) => writeFile(join(folder, 'vmlane.cjs'), `${TEXT}// ${mark}`);
    await put('1');
    const { script } = bundleIn(folder);
    expect(script.cachedDataRejected).toBeUndefined();
    await works(folder);
    const data = script.createCachedData();
    await writeFile(compiledIn(folder), data);
    await put('2');
    expect(bundleIn(folder).script.cachedDataRejected).toBe(false);
    await works(folder);
    // It begins with a magic number and a hash of V8's version.
    await writeFile(compiledIn(folder), data.fill(0xa5, 0, 8));
    await put('3');
    expect(bundleIn(folder).script.cachedDataRejected).toBe(true);
    await works(folder);
  }));

it('that of the build fits its bundle', () => {
  const { script } = bundleIn(join(packageRoot(), 'dist/bin'));
  expect(script.cachedDataRejected).toBe(false);
});
