/** PFs and VFs as data: which exist, their cards' limits, the place of each VF, and their number. */

export { type Pf, readPfs, type Vf } from '../system/devices/vfs.js';
export type { Net, PciFunction } from '../values/devices.js';
export { FAMILIES, type Family, familyOf } from './cards/families.js';
export { type PlannedVf, planVfs, portsOf } from './cards/plan.js';
export { type RssPlan, rssPlan } from './cards/rss.js';
export { findPf, findVf } from './find.js';
export { readSurroundings } from './host.js';
export { sysfsLookup } from './lookup.js';
export { type Check as VfCheck, readiness, type Surroundings } from './ready.js';
export { planVfCount, setVfCount, type VfCountOptions, type VfCountPlan } from './set.js';
export { type DomainUses, readDomainUses } from './users/domains.js';
