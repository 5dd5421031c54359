/** The running kernel. */
import { lookAt, type Root } from '../look/index.js';

/** Words of its command line. */
export function kernelWords(root: Root = '/'): string[] {
  return (lookAt(root).text('/proc/cmdline') ?? '').split(/\s+/).filter(Boolean);
}

/** `6.1.0-18-amd64`; empty: unknown. */
export function kernelRelease(root: Root = '/'): string {
  return lookAt(root).text('/proc/sys/kernel/osrelease')?.trim() ?? '';
}
