import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/switch/paths.js';
import type { Target } from './targets.js';

/**
 * The inputs of the repository that every run begins with: a line each, in hexadecimal, in order. One
 * file for each target, as libFuzzer's hundreds of files of a few bytes would be a burden there.
 */
export function keptFile(target: Target): string {
  return join(packageRoot(), 'test/corpus', `${target}.hex`);
}

export function keptInputs(target: Target): Buffer[] {
  if (!existsSync(keptFile(target))) return [];
  const lines = readFileSync(keptFile(target), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => Buffer.from(line, 'hex'));
}

/** Makes a folder of them, as libFuzzer reads and names them. */
export async function unpack(target: Target, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const input of keptInputs(target)) {
    await writeFile(join(folder, createHash('sha1').update(input).digest('hex')), input);
  }
}

/** Makes the kept ones those of a folder; returns how many more there are. */
export async function pack(target: Target, folder: string): Promise<number> {
  const before = keptInputs(target).length;
  const lines: string[] = [];
  for (const name of await readdir(folder)) {
    const input = await readFile(join(folder, name));
    if (input.length > 0) lines.push(input.toString('hex'));
  }
  // Short ones first; what is new is then a few lines among the others.
  lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  await mkdir(join(keptFile(target), '..'), { recursive: true });
  await writeFile(keptFile(target), lines.map((line) => `${line}\n`).join(''));
  return lines.length - before;
}
