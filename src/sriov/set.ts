/** The number of a PF's VFs, unless somebody uses them. */

import { DEADLINE_MS, sysfsWriter } from '../system/devices/sysfs.js';
import { type Pf, readPfs } from '../system/devices/vfs.js';
import { Failed } from '../values/errors.js';
import { apply, type Change } from './change/apply.js';
import { findPf } from './find.js';
import { readUses } from './host.js';
import { nameOf, vfName } from './names.js';
import type { DomainUses } from './users/domains.js';
import { usesOf } from './users/uses.js';
import { checkCount, countChange } from './vfs/count.js';

/** What is to become of a PF's VFs. */
export interface VfCountPlan {
  pf: Pf;
  /** The PF's name for messages. */
  name: string;
  change: Change<Pf>;
  /** Who names VFs that go, and does not use them now. */
  named: readonly { vf: string; by: string }[];
}

/** Who uses VFs, and where they are. */
export interface VfCountOptions {
  /** As readDomainUses gives them, asked where VFs would go; absent: libvirt's guests are not asked for. */
  domains?: () => Promise<DomainUses>;
  /** Folder that stands for /. */
  root?: string;
}

/**
 * What would give a PF (`ens1f0` or its PCI address) this many VFs; changes nothing. Rejects with InvalidInput for a
 * PF that is not there or cannot have them, and with Failed where a VF that would go is in use.
 */
export async function planVfCount(
  pfName: string,
  count: number,
  { domains, root = '/' }: VfCountOptions = {},
): Promise<VfCountPlan> {
  const pf = findPf(readPfs(root), pfName, root);
  checkCount(pf, count);
  const name = nameOf(pf);
  const change = countChange(pf, count, root);
  if (change.writes.length === 0 || pf.vfs.length === 0) return { pf, name, change, named: [] };
  const uses = await readUses(pf.vfs, (await domains?.()) ?? new Map(), root);
  const used = pf.vfs.flatMap((vf) => usesOf(vf, uses).map((use) => ({ ...use, vf: vfName(vf) })));
  const [first, ...more] = used.filter(({ active }) => active);
  if (first) {
    const others = more.length > 0 ? ` (and ${more.length} more uses)` : '';
    const problem = `${first.vf} is in use by ${first.by}${others}`;
    throw new Failed({ thing: name, problem, remedy: first.remedy });
  }
  return { pf, name, change, named: used };
}

/** Does it. The kernel may take `timeoutMs` for a write. Rejects with Failed, with all undone or told. */
export function setVfCount({ change }: VfCountPlan, timeoutMs = DEADLINE_MS): Promise<void> {
  return apply(change, sysfsWriter(timeoutMs));
}
