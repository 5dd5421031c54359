import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { makeSeeds, planSeeds } from '../../src/guests/seed.js';
import { type Guest, identitiesByName, parseSpec } from '../../src/spec/index.js';
import { inFolder } from '../switch/folder.js';

function guest(folder: string, cloudInit: object): Guest {
  const path = join(folder, 'seed.iso');
  const spec = {
    name: 'c',
    memory: '1GiB',
    bootFrom: ['cdrom'],
    disks: [{ cloudInit: { path, ...cloudInit } }],
  };
  return parseSpec(JSON.stringify(spec), 's');
}

/** A file in an image, by genisoimage's own reader. */
async function inImage(folder: string, name: string): Promise<string> {
  const image = join(folder, 'seed.iso');
  const words = ['-R', '-x', `/${name}`, '-i', image];
  const { stdout } = await execa('isoinfo', words, { stripFinalNewline: false });
  return stdout;
}

describe('an image for cloud-init', () => {
  test('has the texts, the label, and is for root alone', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'net.yaml');
      await writeFile(file, 'version: 2\n');
      const one = guest(folder, { userData: '#cloud-config\né: "漢"\n', networkConfig: { file } });
      const planned = await planSeeds(one);
      expect(planned).toMatchObject([{ path: join(folder, 'seed.iso'), state: 'missing' }]);
      expect(await readdir(folder)).toEqual(['net.yaml']);
      await makeSeeds(planned);
      expect(await inImage(folder, 'user-data')).toBe('#cloud-config\né: "漢"\n');
      expect(await inImage(folder, 'meta-data')).toBe(
        `instance-id: ${one.uuid}\nlocal-hostname: c\n`,
      );
      expect(await inImage(folder, 'network-config')).toBe('version: 2\n');
      const { stdout } = await execa('isoinfo', ['-d', '-i', join(folder, 'seed.iso')]);
      expect(stdout).toContain('Volume id: cidata');
      expect((await stat(join(folder, 'seed.iso'))).mode & 0o777).toBe(0o600);
      expect((await readdir(folder)).sort()).toEqual(['net.yaml', 'seed.iso']);
    }));

  test('is made anew when its texts change, and only then', () =>
    inFolder(async (folder) => {
      const first = guest(folder, { userData: 'a' });
      await makeSeeds(await planSeeds(first));
      const before = await readFile(join(folder, 'seed.iso'));
      expect(await planSeeds(first)).toMatchObject([{ state: 'here' }]);
      await makeSeeds(await planSeeds(first));
      expect(before.equals(await readFile(join(folder, 'seed.iso')))).toBe(true);
      const planned = await planSeeds(guest(folder, { userData: 'b' }));
      expect(planned).toMatchObject([{ state: 'other content' }]);
      const undo = await makeSeeds(planned);
      expect(await inImage(folder, 'user-data')).toBe('b');
      await undo();
      expect(before.equals(await readFile(join(folder, 'seed.iso')))).toBe(true);
    }));

  test('that was new is gone when it is undone', () =>
    inFolder(async (folder) => {
      const undo = await makeSeeds(await planSeeds(guest(folder, { userData: 'a' })));
      await undo();
      expect(await readdir(folder)).toEqual([]);
    }));

  test("does not take the place of somebody's file", () =>
    inFolder(async (folder) => {
      for (const content of ['', 'precious', 'x'.repeat(40_000)]) {
        await writeFile(join(folder, 'seed.iso'), content);
        await expect(planSeeds(guest(folder, { userData: 'a' }))).rejects.toThrow(
          /seed\.iso: is there, and is no image that vmlane made; move it away/,
        );
      }
    }));

  test("nor that of another guest's image", () =>
    inFolder(async (folder) => {
      await makeSeeds(await planSeeds(guest(folder, { userData: 'a' })));
      const before = await readFile(join(folder, 'seed.iso'));
      const other = { ...guest(folder, { userData: 'a' }), uuid: identitiesByName.uuid('other') };
      await expect(planSeeds(other)).rejects.toThrow(/seed\.iso: is another guest's; move it away/);
      expect(before.equals(await readFile(join(folder, 'seed.iso')))).toBe(true);
    }));

  test('in place of a pipe is refused without waiting for it', () =>
    inFolder(async (folder) => {
      await execa('mkfifo', [join(folder, 'seed.iso'), join(folder, 'data')]);
      await expect(planSeeds(guest(folder, { userData: 'a' }))).rejects.toThrow(
        /seed\.iso: is there, and is no image/,
      );
      const file = join(folder, 'data');
      const path = join(folder, 'other.iso');
      await expect(planSeeds(guest(folder, { userData: { file }, path }))).rejects.toThrow(
        /data: cannot be read: it is no file/,
      );
    }));

  test.each([
    ['a file that is not there', 'none', /none: cannot be read: ENOENT/],
    ['a folder', '', /cannot be read: it is no file/],
    ['a long file', 'long', /long: cannot be read: longer than 1 MiB/],
  ])('from %s is refused', (_, name, message) =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'long'), Buffer.alloc(2 ** 20 + 1));
      const file = join(folder, name).replace(/\/$/, '');
      await expect(planSeeds(guest(folder, { userData: { file } }))).rejects.toThrow(message);
    }),
  );

  test('in a folder that is not there fails, and leaves nothing', () =>
    inFolder(async (folder) => {
      const planned = await planSeeds(guest(join(folder, 'no'), { userData: 'a' }));
      await expect(makeSeeds(planned)).rejects.toThrow(/cannot be made: ENOENT.*make its folder/);
      expect(await readdir(folder)).toEqual([]);
    }));

  test('where nothing makes images is told how to get there', () =>
    inFolder(async (folder) => {
      const path = process.env.PATH;
      process.env.PATH = folder;
      try {
        const planned = await planSeeds(guest(folder, { userData: 'a' }));
        await expect(makeSeeds(planned)).rejects.toThrow(/none of genisoimage, .* is installed/);
      } finally {
        process.env.PATH = path;
      }
      expect(await readdir(folder)).toEqual([]);
    }));

  test('whose maker fails is not there', () =>
    inFolder(async (folder) => {
      const bin = join(folder, 'bin');
      await mkdir(bin);
      await writeFile(join(bin, 'genisoimage'), '#!/bin/sh\necho no space >&2\nexit 1\n');
      await chmod(join(bin, 'genisoimage'), 0o755);
      const path = process.env.PATH;
      process.env.PATH = `${bin}:${path}`;
      try {
        const planned = await planSeeds(guest(folder, { userData: 'a' }));
        await expect(makeSeeds(planned)).rejects.toThrow(/seed\.iso: genisoimage: no space/);
      } finally {
        process.env.PATH = path;
      }
      expect(await readdir(folder)).toEqual(['bin']);
    }));
});
