/** Relays: a device and a guest that are each other's, as virtio-forwarder has them. */
export { BOND_MODE, bondOf, bondOfAddresses } from '../values/bond.js';
export { carryOut as carryOutRelay, type Ports as RelayPorts } from './carry-out.js';
export { type Import, type ImportRow, importForwarder } from './forwarder/import.js';
export { plainDevice, RELAY_NUMBERS, relayName, vfPort, vmPort } from './names.js';
export {
  idleNumber,
  planRelay,
  planRemoval,
  planSocketRemoval,
  type RelayWish,
  relayForSocket,
} from './plan.js';
export { planStatic, restoreStaticRelays, type StaticRelayClient } from './static.js';
export { type Reading as RelayReading, type StatLine, statLines, statText } from './stats.js';
export { commandOf as relayCommandOf, type RelayStep } from './steps.js';
export {
  behind,
  type Relay,
  type RelayView,
  relayAt,
  relayOf,
  relaysOf,
  relayWith,
  viewRelays,
} from './view.js';
