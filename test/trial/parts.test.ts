import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { PARTS } from '../../lab/guest-image.js';
import { findBusybox, readParts } from '../../src/trial/parts.js';
import { isStatic } from '../../src/trial/static.js';
import { folderWith } from './folder.js';

const ELF = { one: '\x7fELF1', two: '\x7fELF2', three: '\x7fELF3' };
const BUSYBOX = `${PARTS}/busybox`;

test('a program without a loader is static', () => {
  expect(isStatic(readFileSync(BUSYBOX))).toBe(true);
  expect(isStatic(readFileSync('/bin/sh'))).toBe(false);
  const cut = readFileSync(BUSYBOX).subarray(0, 64);
  for (const other of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), cut])
    expect(isStatic(other)).toBe(false);
});

test('the first static busybox is taken', () => {
  expect(findBusybox(undefined, ['/nowhere/busybox', '/bin/sh', BUSYBOX])).toBe(BUSYBOX);
  expect(findBusybox(BUSYBOX)).toBe(BUSYBOX);
});

test.each([
  [['/nowhere/busybox'], /^a static busybox: is not installed; .*; install it: apt-get install /],
  [['/bin/sh'], /^\/bin\/sh: needs libraries, .*; install it: apt-get install busybox-static$/],
])('%j: refused with what to install', (candidates, message) => {
  expect(() => findBusybox(undefined, candidates)).toThrow(message);
});

test('modules are decompressed, and keep their order', async () => {
  const { stdout: xz } = await execa('xz', ['--stdout'], { input: ELF.two, encoding: 'buffer' });
  const folder = folderWith({
    'one.ko': ELF.one,
    'two.ko.xz': Buffer.from(xz),
    'three.ko.gz': gzipSync(ELF.three),
  });
  const files = ['one.ko', 'two.ko.xz', 'three.ko.gz'].map((name) => join(folder, name));
  const { modules } = await readParts(BUSYBOX, files);
  expect(modules.map(({ name, content }) => [name, content.toString()])).toEqual([
    ['one.ko', ELF.one],
    ['two.ko', ELF.two],
    ['three.ko', ELF.three],
  ]);
});

test('a module that is damaged is refused by its name', async () => {
  const folder = folderWith({ 'bad.ko.xz': 'x', 'bad.ko.gz': 'x', 'bad.ko': 'x' });
  for (const name of ['bad.ko.xz', 'bad.ko.gz', 'bad.ko', 'none.ko'])
    await expect(readParts(BUSYBOX, [join(folder, name)])).rejects.toThrow(
      `${name}: cannot be read (`,
    );
});
