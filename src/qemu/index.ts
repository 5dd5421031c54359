/** QEMU's command line: read, rewritten for the switch, written again. No input or output. */

export type { Edit } from './edits.js';
export { renderEdits } from './explain.js';
export type { Host, PageMount, PagePool, Version } from './host.js';
export { architectureOf } from './memory/machines.js';
export * from './policy.js';
export { type Rewrite, rewrite } from './rewrite.js';
export type { Step } from './steps.js';
export { configFiles } from './syntax/readconfig.js';
export { atLeast, parseVersion } from './version.js';
