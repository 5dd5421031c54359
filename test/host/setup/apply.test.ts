/** Steps that fail: everything before them is given back, or it is said what is not. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applySteps, undoSetup } from '../../../src/host/setup/apply.js';
import type { HostChange } from '../../../src/system/files/changes.js';
import type { CommandName } from '../../../src/system/files/commands.js';
import { HostFiles } from '../../../src/system/files/host-files.js';
import { JOURNAL } from '../../../src/system/files/journal.js';
import { treeOf, withRoot } from './root.js';

/** A file system edge that fails, in place of a disk that does: at its `at`-th change, and `times` - 1 more. */
class FailingFiles extends HostFiles {
  changes = 0;
  readonly ran: string[] = [];
  readonly at: number;
  readonly times: number;

  constructor(root: string, at: number, times = 1) {
    super(root);
    this.at = at;
    this.times = times;
  }

  /** As the host's own, so that programs count as changes, too. */
  override get live(): boolean {
    return true;
  }

  override named(path: string): string {
    return path;
  }

  override async run(name: CommandName): Promise<void> {
    this.change(name, () => this.ran.push(name));
  }

  protected override change(path: string, act: () => void): void {
    this.changes++;
    const failing = this.changes >= this.at && this.changes < this.at + this.times;
    super.change(path, () => {
      if (failing) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      act();
    });
  }
}

const NR = '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages';
const why = 'a test';
const STEPS: HostChange[] = [
  { kind: 'command', undo: 'update-grub', why },
  { kind: 'file', path: '/etc/fstab', before: '# old\n', after: '# new\n', mode: 0o644, why },
  { kind: 'file', path: '/etc/new/deep/file', before: undefined, after: 'x\n', mode: 0o640, why },
  { kind: 'link', path: '/etc/wants/unit', target: '/etc/unit', why },
  { kind: 'folder', path: '/run/vmlane', uid: 0, gid: 107, mode: 0o3770, why },
  { kind: 'command', run: 'update-grub', why },
  { kind: 'write', path: NR, before: 3, after: 7, pageSize: 2 ** 21, why },
  { kind: 'command', run: 'start switch', undo: 'stop switch', why },
];
const MORE = {
  'etc/fstab': '# old\n',
  [NR.slice(1)]: '3',
  'proc/sys/kernel/random/boot_id': 'boot\n',
};
/** An attribute of sysfs has no line end here, as the kernel's answer is written by poke. */
const withHost = (use: (root: string) => Promise<void>) =>
  withRoot(
    'opensuse155',
    async (root) => {
      writeFileSync(join(root, NR), '3');
      chmodSync(join(root, 'etc/fstab'), 0o604);
      await use(root);
    },
    MORE,
  );

async function changesOf(root: string): Promise<number> {
  const files = new FailingFiles(root, Number.POSITIVE_INFINITY);
  await applySteps(STEPS, files);
  const { changes } = files;
  await undoSetup(files);
  return changes;
}

test('whichever change fails, everything is as it was', () =>
  withHost(async (root) => {
    const before = treeOf(root);
    const all = await changesOf(root);
    expect(treeOf(root)).toEqual(before);
    // Each step, and the journal before those that can be given back.
    expect(all).toBe(7 + 7);
    for (let at = 1; at <= all; at++) {
      const files = new FailingFiles(root, at);
      await expect(applySteps(STEPS, files), `change ${at}`).rejects.toThrow(
        /^.+: cannot be changed \(ENOSPC\); everything is as it was; free some space on its disk$/,
      );
      expect(treeOf(root), `change ${at}`).toEqual(before);
    }
  }));

test('where giving back fails, too, it says what is left, and --undo gives it back later', () =>
  withHost(async (root) => {
    const before = treeOf(root);
    const all = await changesOf(root);
    for (let at = 3; at <= all; at++) {
      const files = new FailingFiles(root, at, Number.POSITIVE_INFINITY);
      await expect(applySteps(STEPS, files), `change ${at}`).rejects.toThrow(
        /: cannot be changed \(ENOSPC\); not undone: .*\/.* cannot be changed.*; see vmlane host setup --undo; /,
      );
      const { left } = await undoSetup(new FailingFiles(root, Number.POSITIVE_INFINITY));
      expect(left).toEqual([]);
      expect(treeOf(root), `change ${at}`).toEqual(before);
    }
  }));

test('what is given back runs the programs of undoing, in reverse', () =>
  withHost(async (root) => {
    const files = new FailingFiles(root, Number.POSITIVE_INFINITY);
    await applySteps(STEPS, files);
    expect(files.ran).toEqual(['update-grub', 'start switch']);
    files.ran.length = 0;
    await undoSetup(files);
    expect(files.ran).toEqual(['stop switch', 'update-grub']);
  }));

test('what others changed in between is neither overwritten nor half done', () =>
  withHost(async (root) => {
    writeFileSync(join(root, 'etc/fstab'), '# theirs\n');
    const before = treeOf(root);
    await expect(applySteps(STEPS, new HostFiles(root))).rejects.toThrow(
      '/etc/fstab: somebody else has just changed it; everything is as it was; run this again',
    );
    expect(treeOf(root)).toEqual(before);
  }));

test('a kernel that gives fewer pages is told of, and undone from there', () =>
  withHost(async (root) => {
    class Stingy extends HostFiles {
      override poke(path: string, value: number): void {
        super.poke(path, Math.min(value, 5));
      }
    }
    const files = new Stingy(root);
    const { shortages } = await applySteps(STEPS.slice(6, 7), files);
    expect(shortages).toEqual([
      'a test: the kernel gave 5 of 7, 4 MiB are missing: memory is too full or too fragmented',
    ]);
    expect(await undoSetup(files)).toEqual({ done: [`${NR}: 3 pages again`], left: [] });
    expect(readFileSync(join(root, NR), 'utf8')).toBe('3');
  }));

describe('undo leaves what was changed since, and tells:', () => {
  const changes: [string, (root: string) => void, RegExp][] = [
    [
      'a file',
      (root) => writeFileSync(join(root, 'etc/fstab'), '# theirs\n'),
      /^\/etc\/fstab: changed since; left$/,
    ],
    [
      'pages',
      (root) => writeFileSync(join(root, NR), '9'),
      /nr_hugepages: 9 pages now, not 7 as we left it; left$/,
    ],
    [
      'a folder in use',
      (root) => writeFileSync(join(root, 'run/vmlane/x.sock'), ''),
      /^\/run\/vmlane: not empty; left$/,
    ],
  ];
  test.each(changes)('%s', (_what, change, told) =>
    withHost(async (root) => {
      const files = new HostFiles(root);
      await applySteps(STEPS, files);
      change(root);
      for (let i = 0; i < 2; i++) {
        const { left } = await undoSetup(files);
        expect(left).toEqual([expect.stringMatching(told)]);
        expect(existsSync(join(root, 'etc/new'))).toBe(false);
        expect(existsSync(join(root, JOURNAL))).toBe(true);
      }
    }),
  );

  test('what is as before already is no matter', () =>
    withHost(async (root) => {
      const files = new HostFiles(root);
      await applySteps(STEPS, files);
      writeFileSync(join(root, 'etc/fstab'), '# old\n');
      expect((await undoSetup(files)).left).toEqual([]);
      expect(existsSync(join(root, JOURNAL))).toBe(false);
    }));

  test('pages of an earlier boot are the kernel’s own', () =>
    withHost(async (root) => {
      const files = new HostFiles(root);
      await applySteps(STEPS, files);
      writeFileSync(join(root, 'proc/sys/kernel/random/boot_id'), 'another\n');
      expect((await undoSetup(files)).left).toEqual([]);
      expect(readFileSync(join(root, NR), 'utf8')).toBe('7');
    }));
});

test('the journal is for root alone', () =>
  withHost(async (root) => {
    const files = new HostFiles(root);
    await applySteps(STEPS, files);
    expect(files.rights(JOURNAL)?.mode).toBe(0o600);
    chmodSync(join(root, JOURNAL), 0o666);
    await expect(undoSetup(files)).rejects.toThrow(`${JOURNAL}: others could have written it`);
  }));

test('two at once do not mix', () =>
  withHost(async (root) => {
    const before = treeOf(root);
    const files = new HostFiles(root);
    const both = await Promise.allSettled([applySteps(STEPS, files), applySteps(STEPS, files)]);
    const refused = both.filter((one) => one.status === 'rejected');
    expect(refused.map(({ reason }) => reason.message)).toEqual([
      expect.stringMatching(/: another vmlane is changing it(, pid \d+)?; wait until it is done$/),
    ]);
    expect((await undoSetup(files)).left).toEqual([]);
    expect(treeOf(root)).toEqual(before);
  }));
