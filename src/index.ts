export * from './domain/index.js';
export { type DomainStart, startDomain } from './guests/start.js';
export * from './libvirt/index.js';
export * from './qemu/index.js';
export * from './spec/index.js';
export * from './sriov/index.js';
export * from './switch/index.js';
export { Failed, InvalidInput, type Trouble, VmlaneError } from './values/errors.js';
