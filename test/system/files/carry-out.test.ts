/** What test/host/setup/apply.test.ts does not try: removing, what lasts, and being interrupted. */
import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { carryOut } from '../../../src/system/files/carry-out.js';
import type { HostChange } from '../../../src/system/files/changes.js';
import { HostFiles } from '../../../src/system/files/host-files.js';
import { JOURNAL, readJournal } from '../../../src/system/files/journal.js';
import { takeBack } from '../../../src/system/files/take-back.js';
import { treeOf } from '../../host/setup/root.js';
import { inFolder } from '../../switch/folder.js';

const why = 'a test';
const file = (path: string, after: string, before?: string): HostChange => {
  return { kind: 'file', path, before, after, mode: 0o644, why };
};

test('Ctrl-C between two changes: those before it are rolled back', () =>
  inFolder(async (root) => {
    const stop = new AbortController();
    class Stopping extends HostFiles {
      override write(...args: Parameters<HostFiles['write']>): void {
        super.write(...args);
        if (args[0] === '/etc/b') stop.abort();
      }
    }
    const changes = ['/etc/a', '/etc/b', '/etc/c'].map((path) => file(path, 'x'));
    const how = { by: 'hook', signal: stop.signal } as const;
    await expect(carryOut(changes, new Stopping(root), how)).rejects.toThrow(
      'vmlane: interrupted; everything is as it was; run it again',
    );
    expect(treeOf(root)).toEqual([]);
  }));

test('Ctrl-C while taking back: the rest stays in the journal', () =>
  inFolder(async (root) => {
    const stop = new AbortController();
    class Stopping extends HostFiles {
      override remove(...args: Parameters<HostFiles['remove']>): void {
        super.remove(...args);
        if (args[0] === '/etc/c') stop.abort();
      }
    }
    const changes = ['/etc/a', '/etc/b', '/etc/c'].map((path) => file(path, 'x'));
    await carryOut(changes, new HostFiles(root), { by: 'setup' });
    const how = { by: 'setup', signal: stop.signal } as const;
    expect(await takeBack(new Stopping(root), how)).toEqual({
      done: ['/etc/c: removed'],
      left: ['interrupted; the rest is as it was set up'],
    });
    expect(existsSync(join(root, 'etc/b'))).toBe(true);
    expect((await takeBack(new HostFiles(root), { by: 'setup' })).left).toEqual([]);
    expect(treeOf(root)).toEqual([]);
  }));

test('what is removed is there again, with its mode, when a later change fails', () =>
  inFolder(async (root) => {
    const files = new HostFiles(root);
    await carryOut([file('/etc/a', 'x')], files, { by: 'sriov' });
    chmodSync(join(root, 'etc/a'), 0o604);
    symlinkSync('a', join(root, 'etc/link'));
    const before = treeOf(root);
    const changes: HostChange[] = [
      { kind: 'remove', path: '/etc/a', before: 'x', why },
      { kind: 'remove', path: '/etc/link', before: 'a', why },
      file('/etc/b', 'y', 'not this'),
    ];
    await expect(carryOut(changes, files, { by: 'sriov' })).rejects.toThrow(
      '/etc/b: somebody else has just changed it; everything is as it was; run this again',
    );
    expect(treeOf(root)).toEqual(before);
    await carryOut(changes.slice(0, 2), files, { by: 'sriov' });
    expect(treeOf(root)).toEqual([]);
  }));

test('what lasts is not taken back, but rolled back; each author has his own', () =>
  inFolder(async (root) => {
    const files = new HostFiles(root);
    const backup: HostChange = { ...file('/etc/old', 'o'), lasting: true } as HostChange;
    const bad = file('/etc/b', 'y', 'not this');
    await expect(carryOut([backup, bad], files, { by: 'hook' })).rejects.toThrow('as it was');
    expect(treeOf(root)).toEqual([]);
    await carryOut([backup, file('/etc/a', 'x')], files, { by: 'hook' });
    await carryOut([file('/etc/mine', 'z')], files, { by: 'setup' });
    expect(readJournal(files).entries.map((one) => [one.by, 'path' in one && one.path])).toEqual([
      ['hook', '/etc/a'],
      ['setup', '/etc/mine'],
    ]);
    expect(await takeBack(files, { by: 'hook' })).toEqual({ done: ['/etc/a: removed'], left: [] });
    expect(await takeBack(files, { by: 'wrap' })).toEqual({ done: [], left: [] });
    expect(readFileSync(join(root, 'etc/old'), 'utf8')).toBe('o');
    await takeBack(files, { by: 'setup' });
    expect(treeOf(root)).toEqual(['etc/ 755', 'etc/old 644 "o"']);
  }));

test('a run that was killed half-way is known, and taken back', () =>
  inFolder(async (root) => {
    const files = new HostFiles(root);
    class Killed extends HostFiles {
      override write(...args: Parameters<HostFiles['write']>): void {
        super.write(...args);
        // No error of ours: nothing is rolled back, as after kill -9.
        if (args[0] === '/etc/b') throw new TypeError('killed');
      }
    }
    const changes = [file('/etc/a', 'x'), file('/etc/b', 'y'), file('/etc/c', 'z')];
    await expect(carryOut(changes, new Killed(root), { by: 'setup' })).rejects.toThrow('killed');
    expect(existsSync(join(root, JOURNAL))).toBe(true);
    expect((await takeBack(files, { by: 'setup' })).left).toEqual([]);
    expect(treeOf(root)).toEqual([]);
  }));

test("a user's change of what is to be removed is not lost", () =>
  inFolder(async (root) => {
    const files = new HostFiles(root);
    await carryOut([file('/a', 'x')], files, { by: 'hook' });
    writeFileSync(join(root, 'a'), 'mine');
    const change: HostChange = { kind: 'remove', path: '/a', before: 'x', why };
    await expect(carryOut([change], files, { by: 'hook' })).rejects.toThrow('somebody else');
    expect(await takeBack(files, { by: 'hook' })).toEqual({
      done: [],
      left: ['/a: changed since; left'],
    });
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('mine');
  }));
