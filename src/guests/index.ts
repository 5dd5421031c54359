/** Guests: their ports, start and stop, NICs, files. The CLI, libvirt's hook and qemu-wrap call this. */
export type { Outcome } from './apply/carry-out.js';
export { type Applied, type ApplyOptions, applySet } from './apply/index.js';
export type { DomainPlan } from './apply/plan.js';
export { type FileSet, InvalidSet, type ReadOptions, readSet } from './apply/read.js';
export { type PortOwner, portOwner } from './by-hand.js';
export { checkStart, START_CHECKS, type StartCheck, type StartFacts } from './checks.js';
export {
  type Diagnosed,
  type DoctorHost,
  type DoctorOptions,
  diagnoseGuest,
} from './doctor/index.js';
export {
  type ConnectedHost,
  connectHost,
  type GuestHost,
  type HostOptions,
  type PortsClient,
  type Reached,
} from './host.js';
export {
  type NicRequest,
  type PluggedNic,
  type PlugOptions,
  plugNic,
  type UnpluggedNic,
  unplugNic,
} from './plug.js';
export { guestPorts, type OwnPorts, ownPorts } from './ports.js';
export type { RemovedPorts, Tell } from './remove-ports.js';
export { makeSeeds, type PlannedSeed } from './seed.js';
export { type Place, readSpec, seedsOf } from './spec.js';
export { type GuestStart, startGuest } from './start.js';
export {
  destroyGuest,
  type OffOptions,
  StillRunning,
  type StopGuestOptions,
  type StoppedGuest,
  stopGuest,
} from './stop.js';
export { type Undefined, type UndefineOptions, undefineGuest } from './undefine.js';
export {
  type Given,
  type Judged,
  readGuests,
  type ValidateOptions,
  validateGuests,
} from './validate.js';
export { type GuestView, type NicView, viewGuest, viewGuests } from './view.js';
export { type PlannedDomain, unwrapDomains, type WrapOptions, wrapDomains } from './wrap.js';
