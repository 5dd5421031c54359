/**
 * `npm run support`: takes what test/run has recorded of its last run (build/test) into docs/support.yaml, with the
 * versions of this system, and makes docs/support.md of that.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { release as debianRelease } from '../../packaging/names.js';
import { packageRoot } from '../../src/switch/paths.js';
import { readRelease } from '../../src/system/os/release.js';
import { matrixText } from './matrix.js';
import { merged, ofRelease, type PartResults, type SystemRecord, triedIn } from './results.js';

const root = packageRoot();
const data = join(root, 'docs/support.yaml');
const HEAD = '# Made by `npm run support` of what test/run has recorded; not by hand.\n';

/** The first number that a program says of itself; absent where it does not run. */
async function version(program: string, words = ['--version']): Promise<string | undefined> {
  const { stdout } = await execa(program, words, { reject: false });
  return /\d+(\.\d+)+/.exec(String(stdout ?? ''))?.[0];
}

async function versions(): Promise<Record<string, string>> {
  const asked = {
    kernel: /^[\d.]+/.exec(release())?.[0],
    libvirt: await version('libvirtd'),
    QEMU: await version('qemu-system-x86_64'),
    DPDK: await version('pkg-config', ['--modversion', 'libdpdk']),
    'Node.js': process.version.slice(1),
  };
  const known = Object.entries(asked).flatMap(([name, one]) => (one ? [[name, one]] : []));
  return Object.fromEntries(known);
}

const folder = join(root, 'build/test');
const parts = (existsSync(folder) ? readdirSync(folder) : []).filter((one) =>
  one.endsWith('.json'),
);
const results = parts.map(
  (one): PartResults => JSON.parse(readFileSync(join(folder, one), 'utf8')),
);
const tried = triedIn(ofRelease(results, debianRelease()), join(root, 'test'));
if (Object.keys(tried).length === 0) {
  process.stderr.write(`${folder}: has no results of guests; run: bash test/run vm, or npm test\n`);
  process.exit(1);
}
const before: SystemRecord[] = existsSync(data) ? parse(readFileSync(data, 'utf8')) : [];
const now = { system: readRelease().name, versions: await versions(), tried };
const records = merged(before, now);
writeFileSync(data, HEAD + stringify(records));
writeFileSync(join(root, 'docs/support.md'), matrixText(records));
