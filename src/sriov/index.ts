/** PFs and VFs as data: what is there, what their cards can have, which VF is where. */
export { FAMILIES, type Family, familyOf } from './cards/families.js';
export { type PlannedVf, planVfs, portsOf } from './cards/plan.js';
export { type RssPlan, rssPlan } from './cards/rss.js';
export { type Net, type PciFunction, type Pf, readPfs, type Vf } from './read.js';
