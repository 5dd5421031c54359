/** QEMU's command line: read, rewritten for the switch, written again. No input or output. */
export { renderEdits } from './explain.js';
export { type Edit, type Rewrite, type RewriteSettings, rewrite } from './rewrite.js';
