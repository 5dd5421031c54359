/** What starts the command line: the bundle, with what V8 has compiled of it (setup/cli). */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundleIn, filesIn, type Index } from '../../src/cli/bundle.js';
import type * as program from '../../src/cli/main.js';
import { addCompiled, bundle } from '../../src/cli/pack.js';
import { packageRoot } from '../../src/switch/paths.js';
import { inFolder } from '../switch/folder.js';
import { ioOf } from './test-io.js';

const MAIN = `exports.twice = (n) => 2 * n;
exports.here = here;
exports.path = (name) => require('node:path').basename(name);
exports.load = () => imported('node:path');
exports.more = () => require('./more.js');
const { same } = require('./more.js');
exports.isSame = () => same === require('./more.js').same;`;
const MORE = 'exports.same = {};';
const OTHER = 'exports.other = true;';

interface Exports {
  twice(n: number): number;
  here: string;
  path(name: string): string;
  load(): Promise<{ basename(name: string): string }>;
  isSame(): boolean;
}

/** Whether V8 took what was compiled of the scripts that ran. */
async function works(folder: string): Promise<Record<string, boolean | undefined>> {
  const { scripts, load } = bundleIn(folder);
  const { twice, here, path, load: loaded, isSame } = load('main.js') as Exports;
  expect([twice(2), here, path('/a/b')]).toEqual([4, `file://${folder}/vmlane.cjs`, 'b']);
  expect((await loaded()).basename('/a/b')).toBe('b');
  expect(isSame()).toBe(true);
  expect(load('main.js')).toBe(load('main.js'));
  const all = [...scripts].map(([name, { cachedDataRejected }]) => [
    name,
    cachedDataRejected === undefined ? undefined : !cachedDataRejected,
  ]);
  return Object.fromEntries(all);
}

it('runs without what was compiled, with it, and with that of another V8', () =>
  inFolder(async (folder) => {
    // V8 remembers what this process has compiled by its text.
    const put = (mark: string) =>
      bundle(
        new Map([
          ['main.js', `${MAIN}// ${mark}`],
          ['more.js', `${MORE}// ${mark}`],
          ['other.js', OTHER],
        ]),
        folder,
      );
    put('1');
    const { scripts, load } = bundleIn(folder);
    load('main.js');
    expect(await works(folder)).toEqual({ 'main.js': undefined, 'more.js': undefined });
    addCompiled(scripts, put('2'), folder);
    expect(await works(folder)).toEqual({ 'main.js': true, 'more.js': true });
    const data = await readFile(filesIn(folder).compiled);
    const index = JSON.parse(await readFile(filesIn(folder).index, 'utf8'));
    expect(index['other.js'].compiled).toBeUndefined();
    expect(bundleIn(folder).load('other.js')).toEqual({ other: true });
    // It begins with a magic number and a hash of V8's version.
    for (const { compiled } of Object.values<{ compiled?: number[] }>(index)) {
      if (compiled) data.fill(0xa5, compiled[0], (compiled[0] ?? 0) + 8);
    }
    put('3');
    await writeFile(filesIn(folder).index, JSON.stringify(index));
    await writeFile(filesIn(folder).compiled, data);
    expect(await works(folder)).toEqual({ 'main.js': false, 'more.js': false });
  }));

it('that of the build fits its bundle, of which a command reads little', () => {
  const { scripts, load } = bundleIn(join(packageRoot(), 'dist/bin'));
  load('main.js');
  const taken = [...scripts.values()].map(({ cachedDataRejected }) => cachedDataRejected);
  expect(new Set(taken)).toEqual(new Set([false]));
});

// Kilobytes; a module that is imported where it could be loaded later is seen here, on any machine.
it.each([
  [245, ['--version'], 0],
  [285, ['switch', 'ports', '--control-socket', '/nonexistent/switch.sock'], 1],
  [780, ['domain', 'generate', '-'], 0],
  [285, ['__complete', 'switch', 'set', '--vlan-mode', ''], 0],
])('at most %d kB of it are read for %j', async (most, words, status) => {
  const folder = join(packageRoot(), 'dist/bin');
  const index: Index = JSON.parse(await readFile(filesIn(folder).index, 'utf8'));
  const { scripts, load } = bundleIn(folder);
  const input = 'name: web\nmemory: 64MiB\nboot: {kernel: /k}\ninterfaces: [{type: vhost-user}]\n';
  const { run } = load('main.js') as typeof program;
  const ran = { status: 0, out: '', err: '' };
  expect(await run(words, ioOf(ran, { input }))).toBe(status);
  const read = [...scripts.keys()].map((name) => index[name]?.text[1] ?? 0);
  expect(read.reduce((sum, one) => sum + one, 0) / 1000).toBeLessThan(most);
});

it('is opened by the testbed’s scripts, too, which run in a guest and in a part of the tests that takes long', async () => {
  const { quietly } = await import(`${packageRoot()}/test/testbed/guest/vmlane.mjs`);
  expect(await quietly('--version')).toMatchObject({ status: 0, err: '' });
  expect((await quietly('sriov', 'set')).status).toBe(2);
});
