/** Whose a function was before it was given to vfio-pci: gone with the next start, as the binding is. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { readText } from '../../system/text.js';
import { Failed } from '../../values/errors.js';
import { VFIO } from '../names.js';
import { ANY, type Held, type Holder } from './bind.js';

const schema = z.object({ driver: z.string().optional(), override: z.string().optional() });

function fileOf(address: string, root: string): string {
  return join(root, 'run/vmlane/sriov', `${address}.json`);
}

/** Keeps driver and override of what is not with vfio-pci. @throws Failed */
export function keepFormer({ address, driver, override }: Held, root = '/'): void {
  if (driver === VFIO) return;
  const file = fileOf(address, root);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify({ driver, override })}\n`);
  } catch (cause) {
    const problem = `cannot be written (${(cause as NodeJS.ErrnoException).code})`;
    throw new Failed({ thing: file, problem, remedy: 'run this as root' }, { cause });
  }
}

/** What a function goes back to: what it was, or whom the kernel chooses if that is not known. */
export function formerOf(address: string, root = '/'): Holder {
  const text = readText(fileOf(address, root));
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
  rmSync(fileOf(address, root), { force: true });
}
