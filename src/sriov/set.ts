/** Sets the number of a PF's VFs, unless VFs to be removed are in use. */

import { DEADLINE_MS, sysfsWriter } from '../system/devices/sysfs.js';
import { type Pf, readPfs } from '../system/devices/vfs.js';
import { Failed } from '../values/errors.js';
import { apply, type Change } from './change/apply.js';
import { findPf } from './find.js';
import { readUses } from './host.js';
import { nameOf, VFIO, vfName } from './names.js';
import type { DomainUses } from './users/domains.js';
import { usesOf } from './users/uses.js';
import { type Counted, checkCount, checkDriver, countChange } from './vfs/count.js';

/** A planned change of a PF's VFs. */
export interface VfCountPlan {
  pf: Pf;
  /** The PF's name for messages. */
  name: string;
  change: Change<Counted>;
  /** Domains that name removed VFs but do not use them now. */
  named: readonly { vf: string; by: string }[];
}

/** Sources of the VFs' users, and their host. */
export interface VfCountOptions {
  /** Like readDomainUses, called if VFs would be removed; absent: libvirt's guests are not checked. */
  domains?: () => Promise<DomainUses>;
  /** The folder that stands for `/`. */
  root?: string;
}

/**
 * Plans this number of VFs for a PF (`ens1f0` or its PCI address); changes nothing. Rejects with InvalidInput for a
 * PF that does not exist or cannot have them, and with Failed if a VF to be removed is in use.
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
  if (change.writes.length === 0) return { pf, name, change, named: [] };
  checkDriver(pf, root);
  const held = pf.driver === VFIO;
  if (pf.vfs.length === 0 && !held) return { pf, name, change, named: [] };
  const uses = await readUses([...pf.vfs, pf], (await domains?.()) ?? new Map(), root);
  const holder = held ? usesOf(pf, uses).find(({ active }) => active) : undefined;
  if (holder) {
    const problem = `${holder.by} has it by vfio-pci, and drivers there count VFs when they start`;
    const remedy = `${holder.remedy}; then set VFs, and start it again`;
    throw new Failed({ thing: name, problem, remedy });
  }
  const used = pf.vfs.flatMap((vf) => usesOf(vf, uses).map((use) => ({ ...use, vf: vfName(vf) })));
  const [first, ...more] = used.filter(({ active }) => active);
  if (first) {
    const others = more.length > 0 ? ` (and ${more.length} more uses)` : '';
    const problem = `${first.vf} is in use by ${first.by}${others}`;
    throw new Failed({ thing: name, problem, remedy: first.remedy });
  }
  return { pf, name, change, named: used };
}

/** Applies the plan. A write may take `timeoutMs`. Rejects with Failed; all is undone or reported. */
export function setVfCount({ change }: VfCountPlan, timeoutMs = DEADLINE_MS): Promise<void> {
  return apply(change, sysfsWriter(timeoutMs));
}
