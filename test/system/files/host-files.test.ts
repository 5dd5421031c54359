/** What is written, and what is not: links and folders that others could have placed. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { replaceFile } from '../../../src/system/files/atomic.js';
import { HostFiles } from '../../../src/system/files/host-files.js';
import { inFolder } from '../../switch/folder.js';

const QEMU = 64055;
/** Only root can make what belongs to somebody else. */
const asRoot = test.skipIf(process.getuid?.() !== 0);

describe('a file that is replaced', () => {
  test('is a new one: who has the old one open, or by another name, keeps it', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a');
      writeFileSync(path, 'old');
      linkSync(path, join(folder, 'b'));
      replaceFile(path, 'new', { mode: 0o640 });
      expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('old');
      expect(readFileSync(path, 'utf8')).toBe('new');
      expect(statSync(path).mode & 0o7777).toBe(0o640);
      expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
    }));

  test('is not there half, and leaves nothing behind, when its place cannot be taken', () =>
    inFolder(async (folder) => {
      mkdirSync(join(folder, 'x/a'), { recursive: true });
      for (const mode of [0o644, 0o755]) {
        expect(() => replaceFile(join(folder, 'x/a'), 'new', { mode })).toThrow('EISDIR');
      }
      expect(readdirSync(join(folder, 'x'))).toEqual(['a']);
      expect(readdirSync(folder)).toEqual(['x']);
    }));

  test('is what a link led to, or the link itself where the name is ours alone', () =>
    inFolder(async (folder) => {
      const files = new HostFiles(folder);
      writeFileSync(join(folder, 'real'), 'old', { mode: 0o600 });
      symlinkSync('/real', join(folder, 'link'));
      files.write('/link', 'new', { mode: 0o600 });
      expect([readlinkSync(join(folder, 'link')), files.text('/real')]).toEqual(['/real', 'new']);
      files.write('/link', 'ours', { mode: 0o600, last: 'kept' });
      expect([files.target('/link'), files.text('/link'), files.text('/real')]).toEqual([
        ...[undefined, 'ours', 'new'],
      ]);
    }));

  test('keeps its time where that is asked for', () =>
    inFolder(async (folder) => {
      const files = new HostFiles(folder);
      files.write('/a', '1', { mode: 0o644, keepTime: true });
      execFileSync('touch', ['-d', '@1000', join(folder, 'a')]);
      files.write('/a', '2', { mode: 0o644, keepTime: true });
      expect(statSync(join(folder, 'a')).mtimeMs).toBe(1_000_000);
      files.write('/a', '3', { mode: 0o644 });
      expect(statSync(join(folder, 'a')).mtimeMs).toBeGreaterThan(1_000_000);
    }));
});

describe('nothing is written where somebody else could lead us:', () => {
  /** `/run/vmlane` is open to QEMU's group, and sticky. */
  const withFolder = (use: (root: string, files: HostFiles) => void) =>
    inFolder(async (root) => {
      mkdirSync(join(root, 'run/vmlane'), { recursive: true });
      chownSync(join(root, 'run/vmlane'), 0, QEMU);
      chmodSync(join(root, 'run/vmlane'), 0o3770);
      writeFileSync(join(root, 'secret'), 'secret', { mode: 0o600 });
      use(root, new HostFiles(root));
      expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('secret');
      expect(statSync(join(root, 'secret')).mode & 0o777).toBe(0o600);
    });
  const write = (files: HostFiles, path: string) => () => files.write(path, 'x', { mode: 0o644 });

  asRoot('a link of theirs', () =>
    withFolder((root, files) => {
      symlinkSync('/secret', join(root, 'run/vmlane/x'));
      lchownSync(join(root, 'run/vmlane/x'), QEMU, QEMU);
      const line = `${root}/run/vmlane/x: uid ${QEMU} owns it, and may have put it there; move it away, or: chown root ${root}/run/vmlane/x`;
      expect(write(files, '/run/vmlane/x')).toThrow(line);
      expect(() => files.remove('/run/vmlane/x')).toThrow(line);
      expect(() => files.makeFolder('/run/vmlane/x', { mode: 0o777, uid: 0, gid: 0 })).toThrow(
        line,
      );
    }),
  );

  asRoot('a folder of theirs', () =>
    withFolder((root, files) => {
      mkdirSync(join(root, 'run/vmlane/sriov'));
      chownSync(join(root, 'run/vmlane/sriov'), QEMU, QEMU);
      expect(write(files, '/run/vmlane/sriov/x')).toThrow(`uid ${QEMU} owns it`);
      expect(existsSync(join(root, 'run/vmlane/sriov/x'))).toBe(false);
    }),
  );

  asRoot('a folder in which they can exchange files', () =>
    withFolder((root, files) => {
      chmodSync(join(root, 'run/vmlane'), 0o770);
      expect(write(files, '/run/vmlane/x')).toThrow(
        `${root}/run/vmlane: others may write to it, and we would write there; chmod go-w ${root}/run/vmlane`,
      );
      // In a sticky one they cannot.
      chmodSync(join(root, 'run/vmlane'), 0o3770);
      expect(write(files, '/run/vmlane/x')).not.toThrow();
    }),
  );

  asRoot('but what belongs to the owner of an image is as good as ours', () =>
    withFolder((root, files) => {
      chownSync(root, 1000, 1000);
      mkdirSync(join(root, 'etc'));
      chownSync(join(root, 'etc'), 1000, 1000);
      chmodSync(join(root, 'etc'), 0o775);
      expect(write(files, '/etc/x')).not.toThrow();
    }),
  );
});

test('a value for sysfs makes no file', () =>
  inFolder(async (folder) => {
    expect(() => new HostFiles(folder).poke('/nr_hugepages', 1)).toThrow(/cannot be changed/);
    expect(readdirSync(folder)).toEqual([]);
  }));

test('a pipe is no file, and does not keep us waiting', () =>
  inFolder(async (folder) => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(() => new HostFiles(folder).text('/pipe')).toThrow('/pipe: is no file');
  }));
