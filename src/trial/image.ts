import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../switch/paths.js';
import { initramfs } from './cpio.js';

/** What a guest's root is made of, beside templates/guest. */
export interface Parts {
  busybox: Uint8Array;
  /** Kernel modules of its network card, in the order in which they are loaded. */
  modules: readonly { name: string; content: Uint8Array }[];
}

/** Programs of templates/guest. */
const PROGRAMS = ['init', 'dhcp'];

/** The initramfs of the demo's guests, and of the lab's. */
export function guestImage({ busybox, modules }: Parts): Buffer {
  const ours = PROGRAMS.map((path) => ({
    path,
    mode: 0o755,
    content: readFileSync(join(packageRoot(), 'templates/guest', path)),
  }));
  return initramfs([
    { path: 'bin', mode: 0o755 },
    { path: 'bin/busybox', mode: 0o755, content: busybox },
    { path: 'modules', mode: 0o755 },
    // Loaded as the shell sorts them.
    ...modules.map(({ name, content }, index) => ({
      path: `modules/${String(index).padStart(2, '0')}-${name}`,
      mode: 0o644,
      content,
    })),
    ...ours,
  ]);
}
