/** PFs and VFs as data: what is there, what their cards can have, which VF is where. */

export { type Pf, readPfs, type Vf } from '../system/devices/vfs.js';
export type { Net, PciFunction } from '../values/devices.js';
export { FAMILIES, type Family, familyOf } from './cards/families.js';
export { type PlannedVf, planVfs, portsOf } from './cards/plan.js';
export { type RssPlan, rssPlan } from './cards/rss.js';
