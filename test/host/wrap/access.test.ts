import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accessTroubles, type PathPart, partsOf } from '../../../src/host/wrap/access.js';
import { packageRoot } from '../../../src/switch/paths.js';

const FOLDER: PathPart = { path: '/opt', kind: 'folder', uid: 0, gid: 0, mode: 0o755 };
const FILE: PathPart = { path: '/opt/w', kind: 'file', uid: 0, gid: 0, mode: 0o755 };

// What differs from a good folder or file, how the file is used, the trouble, its remedy.
const CASES: [Partial<PathPart> & Pick<PathPart, 'kind'>, 'run' | 'read', string, string][] = [
  [{ kind: 'folder' }, 'run', '', ''],
  [{ kind: 'file' }, 'run', '', ''],
  [{ kind: 'file', mode: 0o644 }, 'read', '', ''],
  [{ kind: 'folder', mode: 0o711 }, 'run', '', ''],
  [{ kind: 'folder', mode: 0o1777 }, 'run', '', ''],
  [{ kind: 'folder', mode: 0o775 }, 'run', '', ''],
  [{ kind: 'file', uid: 7 }, 'run', '', ''],
  [{ kind: 'link', uid: 1000, mode: 0o777 }, 'run', '', ''],
  [
    { kind: 'folder', uid: 1000 },
    'run',
    "uid 1000 owns it and could change what QEMU's user runs",
    'chown root /opt',
  ],
  [
    { kind: 'file', mode: 0o757 },
    'run',
    'others may write to it and change what QEMU runs',
    'chmod go-w /opt/w',
  ],
  [
    { kind: 'folder', mode: 0o775, gid: 50 },
    'run',
    'others may write to it and change what QEMU runs',
    'chmod go-w /opt',
  ],
  [
    { kind: 'file', mode: 0o1757 },
    'run',
    'others may write to it and change what QEMU runs',
    'chmod go-w /opt/w',
  ],
  [
    { kind: 'folder', mode: 0o700 },
    'run',
    "QEMU's user may not pass it",
    'chmod o+x /opt, or move the checkout',
  ],
  [
    { kind: 'file', mode: 0o750 },
    'run',
    "QEMU's user may not run it",
    'chmod o+rx /opt/w, or move the checkout',
  ],
  [
    { kind: 'file', mode: 0o754 },
    'run',
    "QEMU's user may not run it",
    'chmod o+x /opt/w, or move the checkout',
  ],
  [
    { kind: 'file', mode: 0o640 },
    'read',
    "QEMU's user may not read it",
    'chmod o+r /opt/w, or move the checkout',
  ],
];

test.each(CASES)('%j to %s: %s', (given, use, problem, remedy) => {
  const part = { ...(given.kind === 'folder' ? FOLDER : FILE), ...given };
  const found = accessTroubles([FOLDER, part], use, { uid: 7, others: true });
  expect(found).toEqual(problem === '' ? [] : [{ thing: part.path, problem, remedy }]);
});

test('where QEMU runs as root, others need no rights', () => {
  const parts = [
    { ...FOLDER, mode: 0o700 },
    { ...FILE, mode: 0o700 },
  ];
  expect(accessTroubles(parts, 'run', { uid: 0, others: false })).toEqual([]);
});

test('all folders on the way are looked at, those behind links too', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vmlane-access-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'real/deep'), { recursive: true });
  chmodSync(join(dir, 'real'), 0o777);
  writeFileSync(join(dir, 'real/deep/w'), '', { mode: 0o755 });
  symlinkSync('real/deep', join(dir, 'folder'));
  symlinkSync(join(dir, 'folder/w'), join(dir, 'w'));
  const parts = partsOf(join(dir, 'w'));
  const below = parts.filter(({ path }) => path.startsWith(`${dir}/`));
  expect(below.map(({ path, kind }) => [path.slice(dir.length + 1), kind])).toEqual([
    ['w', 'link'],
    ['folder', 'link'],
    ['real', 'folder'],
    ['real/deep', 'folder'],
    ['real/deep/w', 'file'],
  ]);
  expect(parts.slice(0, 2).map(({ path }) => path)).toEqual(['/', '/tmp']);
});

test('what is not there, and links in a circle', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vmlane-access-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  expect(() => partsOf(join(dir, 'none'))).toThrow(
    `${dir}/none: is not there (ENOENT); run 'npm run setup' in ${packageRoot()}`,
  );
  symlinkSync('a', join(dir, 'a'));
  expect(() => partsOf(join(dir, 'a'))).toThrow('too many links');
});
