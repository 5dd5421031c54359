import { afterAll, beforeAll } from 'vitest';
import { connect, type Libvirt } from '../../src/libvirt/index.js';

export const TEST_DRIVER = 'test:///default';

/**
 * libvirt's test driver as it begins: with its guest `test`, running. All connections of a process
 * share it, and it goes only with the last handle of the last one, which the garbage collector frees:
 * what a file leaves there, the next file of the same process may find.
 */
export async function restore(libvirt: Libvirt): Promise<void> {
  for (const { name, state, persistent } of await libvirt.list()) {
    if (name === 'test') continue;
    if (state !== 'shut off') await libvirt.destroy(name);
    if (persistent) await libvirt.undefine(name);
  }
  const [own] = await libvirt.list();
  if (own?.state !== 'running') await libvirt.start('test');
}

/** For a file whose tests define guests there by the command line: it leaves none. */
export function restoreAtEnd(): void {
  let libvirt: Libvirt | undefined;
  beforeAll(async () => {
    libvirt = await connect(TEST_DRIVER);
  });
  afterAll(async () => {
    if (libvirt) await restore(libvirt);
    await libvirt?.close();
  });
}
