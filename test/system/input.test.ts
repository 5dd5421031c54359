import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileTrouble, MAX_INPUT, readInput } from '../../src/system/input.js';
import { inFolder } from '../switch/folder.js';

const noStdin = {
  stdin: () => Promise.reject(new Error('standard input was read')),
};

describe('readInput', () => {
  it('reads a file of the greatest length, and no longer one', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'spec');
      await writeFile(file, 'x'.repeat(MAX_INPUT));
      expect(await readInput(file, noStdin)).toHaveLength(MAX_INPUT);
      await writeFile(file, 'x'.repeat(MAX_INPUT + 1));
      await expect(readInput(file, noStdin)).rejects.toMatchObject({
        exitCode: 2,
        message: `${file}: longer than 1 MiB; name a spec or domain XML file`,
      });
      await expect(readInput('/dev/zero', noStdin)).rejects.toThrow('longer than 1 MiB');
    }));

  it('reads standard input for -', async () => {
    expect(await readInput('-', { stdin: async () => Buffer.from('a: ä') })).toBe('a: ä');
    const much = { stdin: async (limit: number) => Buffer.alloc(limit + 1, 'x') };
    await expect(readInput('-', much)).rejects.toThrow('standard input: longer than 1 MiB');
  });

  it('reads a pipe', () =>
    inFolder(async (folder) => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const [text] = await Promise.all([readInput(pipe, noStdin), writeFile(pipe, 'name: a')]);
      expect(text).toBe('name: a');
    }));

  it('refuses what is not UTF-8, and drops a byte order mark', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'spec');
      await writeFile(file, Buffer.from([0x61, 0xff]));
      await expect(readInput(file, noStdin)).rejects.toThrow(`${file}: not UTF-8 text; save it`);
      await writeFile(file, '\ufeffname: a');
      expect(await readInput(file, noStdin)).toBe('name: a');
    }));

  it.each([
    ['/nonexistent/spec.yaml', '/nonexistent/spec.yaml: no such file or folder; check the name'],
    ['/dev/null/spec', '/dev/null/spec: a part of the path is not a folder; check the path'],
    ['/', '/: it is a folder; name a file'],
    ['', 'file name: no such file or folder; check the name'],
  ])('refuses %j', async (file, message) => {
    await expect(readInput(file, noStdin)).rejects.toMatchObject({ exitCode: 2, message });
  });

  // Root may read everything, so the system's answer is given by hand.
  it('refuses what it may not read', () => {
    const cause = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    expect(fileTrouble('/etc/shadow', cause)).toMatchObject({
      exitCode: 2,
      message: '/etc/shadow: permission denied; change its permissions or run as its owner',
    });
  });
});
