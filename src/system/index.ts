/** Readers of a host's facts, for programs that use vmlane as a library. Nothing here changes the host. */
export { qemuAccount } from './accounts/qemu.js';
export { walk } from './accounts/walk.js';
export { readEndpoint } from './devices/pci.js';
export { readHostFacts } from './facts.js';
export { readHost } from './host.js';
export { type Found, type Look, lookAt, type Rights, type Root } from './look/index.js';
export { hostMemory, type NodeMemory, nodeMemories } from './memory/nodes.js';
export { hugePagesHold, type PageCount, readPageCounts } from './memory/pages.js';
export { readProcesses } from './processes/guests.js';
