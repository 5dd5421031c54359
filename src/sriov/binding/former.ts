/** Whose a function was before it was given to vfio-pci: gone with the next start, as the binding is. */
import * as z from 'zod';
import { HostFiles } from '../../system/files/host-files.js';
import { lookAt } from '../../system/look/index.js';
import { VFIO } from '../names.js';
import { ANY, type Held, type Holder } from './bind.js';

const schema = z.object({ driver: z.string().optional(), override: z.string().optional() });

/** Not in /run/vmlane: QEMU's user may write there, and root believes this. */
function fileOf(address: string): string {
  return `/run/vmlane-sriov/${address}.json`;
}

/** Keeps driver and override of what is not with vfio-pci. @throws Failed */
export function keepFormer({ address, driver, override }: Held, root = '/'): void {
  if (driver === VFIO) return;
  const text = `${JSON.stringify({ driver, override })}\n`;
  new HostFiles(root).write(fileOf(address), text, { mode: 0o644, last: 'kept' });
}

/** What a function goes back to: what it was, or the driver that the kernel chooses if that is not known. */
export function formerOf(address: string, root = '/'): Holder {
  const text = lookAt(root).text(fileOf(address));
  if (text === undefined) return { driver: ANY };
  try {
    const { driver, override } = schema.parse(JSON.parse(text));
    return { ...(driver !== undefined && { driver }), ...(override !== undefined && { override }) };
  } catch {
    // Cut short by a crash, say: as if it were not there.
    return { driver: ANY };
  }
}

export function forgetFormer(address: string, root = '/'): void {
  new HostFiles(root).remove(fileOf(address), 'kept');
}
