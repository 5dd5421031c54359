/** The host's side of the switch: interfaces that are ports. */
export { type Attached, attachAgain, attachNetworks } from './attach.js';
export {
  addHostPort,
  type HostPortAdded,
  type HostPortPlan,
  type HostPortWish,
  keepHostPort,
  planHostPort,
  removeHostPort,
} from './host-port.js';
export {
  type PresentInterface,
  parseInterfaces,
  plainAddress,
  readInterfaces,
} from './interfaces.js';
export {
  addNetwork,
  mustBeNoNetworks,
  type NetworkPlan,
  type NetworkWish,
  planNetwork,
  removeNetwork,
} from './network.js';
export { type NetworkView, networksWithMtu, viewNetworks } from './network-view.js';
export { type NicRecord, planNic } from './nic.js';
export { lendNics, type NicPortWish, planNicPort, takeNics, takenNics } from './nic-port.js';
export { makeNodeFolder } from './nodes.js';
export { ownerOf } from './owner.js';
export {
  damagedRecords,
  type InterfaceRecord,
  interfaceRecords,
  type NetworkRecord,
  networkRecords,
  networksOf,
} from './records.js';
export { type Restored, restoreInterfaces, restorePorts } from './restore.js';
export {
  carryOut,
  commandOf,
  type InterfaceStep,
  type IpStep,
  type Ipv6Step,
  type NodeStep,
} from './steps.js';
export { inNetworkTurn } from './turn.js';
export { unknownNetwork } from './unknown.js';
