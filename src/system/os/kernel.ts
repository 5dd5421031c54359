/** The kernel that runs. */
import { lookAt, type Root } from '../look/index.js';

/** Words of its command line. */
export function kernelWords(root: Root = '/'): string[] {
  return (lookAt(root).text('/proc/cmdline') ?? '').split(/\s+/).filter(Boolean);
}

/** `6.1.0-18-amd64`; empty: it is not told. */
export function kernelRelease(root: Root = '/'): string {
  return lookAt(root).text('/proc/sys/kernel/osrelease')?.trim() ?? '';
}
