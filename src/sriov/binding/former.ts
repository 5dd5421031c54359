/** A function's driver before it was bound to vfio-pci: lost at the next boot, like the binding. */
import * as z from 'zod';
import { HostFiles } from '../../system/files/host-files.js';
import { lookAt } from '../../system/look/index.js';
import { VFIO } from '../names.js';
import { ANY, type Held, type Holder } from './bind.js';

const schema = z.object({ driver: z.string().optional(), override: z.string().optional() });

/** Not in /run/vmlane: QEMU's user may write there, and root trusts this. */
function fileOf(address: string): string {
  return `/run/vmlane-sriov/${address}.json`;
}

/** Saves driver and override of functions not bound to vfio-pci. @throws Failed */
export function keepFormer({ address, driver, override }: Held, root = '/'): void {
  if (driver === VFIO) return;
  const text = `${JSON.stringify({ driver, override })}\n`;
  new HostFiles(root).write(fileOf(address), text, { mode: 0o644, last: 'kept' });
}

/** The driver to return a function to: its former one, or the kernel's choice if unknown. */
export function formerOf(address: string, root = '/'): Holder {
  const text = lookAt(root).text(fileOf(address));
  if (text === undefined) return { driver: ANY };
  try {
    const { driver, override } = schema.parse(JSON.parse(text));
    return { ...(driver !== undefined && { driver }), ...(override !== undefined && { override }) };
  } catch {
    // Truncated by a crash, for example: treated as missing.
    return { driver: ANY };
  }
}

export function forgetFormer(address: string, root = '/'): void {
  new HostFiles(root).remove(fileOf(address), 'kept');
}
