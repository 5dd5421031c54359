export { type DomainStart, startDomain } from './cli/start-domain.js';
export * from './domain/index.js';
export { Failed, InvalidInput, type Trouble, VmlaneError } from './errors.js';
export * from './libvirt/index.js';
export * from './qemu/index.js';
export * from './spec/index.js';
export * from './sriov/index.js';
export * from './switch/index.js';
