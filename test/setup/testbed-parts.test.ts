import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';

/** What the script makes of apt's sources with these files below /etc/apt: its answers' lines. */
async function sources(files: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-apt-'));
  try {
    await mkdir(join(folder, 'sources.list.d'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const args = ['setup/testbed-parts', '--sources', folder, 'bookworm'];
    const { stdout } = await execa('bash', args, { cwd: packageRoot() });
    return stdout === '' ? [] : stdout.split('\n');
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("backports are added to the machine's own entry, in deb822", async () => {
  const text = `# a comment
Types: deb
URIs: http://security.invalid/debian
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://off.invalid/debian
Suites: bookworm
Components: main

Types: deb deb-src
URIs: http://mirror.invalid/debian
Suites: bookworm
 bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 AAAA
`;
  expect(await sources({ 'sources.list.d/debian.sources': text })).toEqual([
    'sources',
    'Types: deb\\nURIs: http://mirror.invalid/debian\\nSuites: bookworm bookworm-backports\\n' +
      'Components: main\\nSigned-By:\\n -----BEGIN PGP PUBLIC KEY BLOCK-----\\n .\\n AAAA\\n',
  ]);
});

test("backports are added to the machine's own entry, in one line", async () => {
  const text = `#deb http://off.invalid/debian bookworm main
deb-src http://mirror.invalid/debian bookworm main
deb http://security.invalid/debian bookworm-security main
deb [ arch=amd64 signed-by=/k.gpg ] http://mirror.invalid/debian bookworm main # a comment
deb http://second.invalid/debian bookworm main
`;
  const entry = (suite: string) =>
    `deb [ arch=amd64 signed-by=/k.gpg ] http://mirror.invalid/debian ${suite} main\\n`;
  expect(await sources({ 'sources.list': text })).toEqual([
    'list',
    entry('bookworm') + entry('bookworm-backports'),
  ]);
});

test('no entry for the release: nothing is made up', async () => {
  expect(await sources({ 'sources.list': 'deb http://mirror.invalid/debian sid main\n' })).toEqual(
    [],
  );
});
