import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect } from 'vitest';
import { fetched } from '../../lab/cache.js';
import { has } from '../../src/qemu/version.js';
import { emulator } from '../testbed/emulator.js';

const NEWER = '/run/lab/newer-qemu';
const MODULES = '/usr/lib/x86_64-linux-gnu/qemu';
const NO_MODULES = '/run/lab/no-modules';

/**
 * A guest's file whose QEMU keeps count of what an emulated guest writes while it moves, so that it can be moved while
 * it runs: on Debian 12, whose own does not, that of its backports, which the testbed has. `usual`: what `virsh version`
 * says of the host's QEMU. Returns its path in /run/lab, which is written in each of `roots`.
 */
export async function guestFile(
  file: string,
  usual: string,
  roots: readonly string[],
): Promise<string> {
  const path = `/run/lab/${basename(file)}`;
  const text = await readFile(file, 'utf8');
  const isNewer = losesWrites(usual);
  for (const root of roots) {
    if (isNewer) await writeNewer(`${root}${NEWER}`);
    await writeFile(`${root}${path}`, isNewer ? `${text}emulator: ${NEWER}\n` : text);
  }
  return path;
}

/**
 * libvirt hands on no environment, so it cannot be told where its modules are (`emulator.env`), and with those of the
 * installed QEMU it ends: the copy has another folder in the place of theirs, an empty one.
 */
async function writeNewer(path: string): Promise<void> {
  fetched('testbed');
  const program = await readFile(emulator.program);
  const at = program.indexOf(`${MODULES}\0`);
  expect(at).toBeGreaterThan(0);
  program.write(NO_MODULES.padEnd(MODULES.length, '/'), at);
  await writeFile(path, program, { mode: 0o755 });
}

/** Whether a host's QEMU, by what `virsh version` says, does not keep count. */
export function losesWrites(usual: string): boolean {
  const [, major, minor] = /^Running hypervisor: QEMU (\d+)\.(\d+)/m.exec(usual) ?? [];
  expect(major).toBeDefined();
  const version = [Number(major), Number(minor)] as const;
  return !has({ version }, 'moves of emulated guests that run meanwhile');
}
