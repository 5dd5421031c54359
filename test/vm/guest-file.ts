import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect } from 'vitest';
import { fetched } from '../../lab/cache.js';
import { has } from '../../src/qemu/version.js';

/**
 * A guest's file whose QEMU keeps count of what an emulated guest writes while it moves, so that it can be moved while
 * it runs: on Debian 12, whose own does not (SINCE of src/qemu/version.ts), that of its backports, which the testbed
 * has. `usual`: the host's QEMU, as virsh says. Returns its path in /run/lab, which is written in each of `roots`.
 */
export async function guestFile(
  file: string,
  usual: string,
  roots: readonly string[],
): Promise<string> {
  const path = `/run/lab/${basename(file)}`;
  const text = await readFile(file, 'utf8');
  const emulator = losesWrites(usual)
    ? `emulator: ${fetched('testbed')}/qemu/usr/bin/qemu-system-x86_64\n`
    : '';
  for (const root of roots) await writeFile(`${root}${path}`, text + emulator);
  return path;
}

/** Whether a QEMU, as `virsh version` calls it, does not keep count. */
export function losesWrites(usual: string): boolean {
  const [, major, minor] = /QEMU (\d+)\.(\d+)/.exec(usual) ?? [];
  expect(major).toBeDefined();
  const version = [Number(major), Number(minor)] as const;
  return !has({ version }, 'moves of emulated guests that run meanwhile');
}
