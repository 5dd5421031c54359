/** The host's side of the switch: interfaces that are ports. */
export { type Attached, attachAgain, attachNetworks } from './attach.js';
export {
  addHostPort,
  type HostPortAdded,
  type HostPortPlan,
  type HostPortWish,
  keepHostPort,
  planHostPort,
  type Restored,
  removeHostPort,
  restoreInterfaces,
  restorePorts,
} from './host-port.js';
export { type PresentInterface, readInterfaces } from './interfaces.js';
export {
  addNetwork,
  mustBeNoNetworks,
  type NetworkPlan,
  type NetworkView,
  type NetworkWish,
  planNetwork,
  removeNetwork,
  viewNetworks,
} from './network.js';
export {
  damagedRecords,
  type InterfaceRecord,
  interfaceRecords,
  type NetworkRecord,
  networkRecords,
  networksOf,
} from './records.js';
export { commandOf, type IpStep } from './steps.js';
export { inNetworkTurn } from './turn.js';
export { unknownNetwork } from './unknown.js';
