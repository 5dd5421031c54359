/** The package as somebody else gets it: packed, put beside a program, imported and checked for types. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');

const PROGRAM = `import { domainXml, type Guest, type HostOptions, parseSpec, startGuest, viewGuests } from 'vmlane';

const guest: Guest = parseSpec(
  'name: web\\nmemory: 64MiB\\nboot: {kernel: /boot/vmlinuz}\\ninterfaces: [{type: vhost-user}]',
  'web.yaml',
);
const options: HostOptions = { uri: 'test:///default' };
console.log(domainXml(guest).split('\\n')[1], typeof startGuest, typeof viewGuests, options.uri);
`;

test('packed and installed, it imports and its types check', { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-pack-'));
  try {
    const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const { stdout } = await execa('npm', words, { cwd: ROOT });
    const [{ filename }] = JSON.parse(stdout);
    // Without a registry: the dependencies are those of the checkout.
    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, 'vmlane'), { recursive: true });
    const into = ['-C', join(modules, 'vmlane'), '--strip-components=1'];
    await execa('tar', ['-xzf', join(folder, filename), ...into]);
    for (const name of [...Object.keys(packageJson.dependencies), '@types/node']) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(ROOT, 'node_modules', name), join(modules, name));
    }
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
    await writeFile(join(folder, 'use.ts'), PROGRAM);
    const strict = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    await execa(join(ROOT, 'node_modules/.bin/tsc'), [...strict, 'use.ts'], { cwd: folder });
    const ran = await execa(process.execPath, ['use.js'], { cwd: folder });
    expect(ran.stdout).toBe('  <name>web</name> function function test:///default');
    expect(existsSync(join(modules, 'vmlane/dist/web/page.js'))).toBe(true);
    // The snapshot fits this machine's Node only.
    expect(await readdir(join(modules, 'vmlane/dist/wrap'))).toEqual(['main.mjs', 'snapshot.cjs']);
    const help = [join(modules, 'vmlane', packageJson.bin.vmlane), '--version'];
    expect((await execa(process.execPath, help)).stdout).toBe(packageJson.version);
  } finally {
    await rm(folder, { recursive: true });
  }
});
