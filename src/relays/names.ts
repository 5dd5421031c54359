/** What relays and their ports are called. */
import { PORT_NAME } from '../contract/bounds.js';
import { bondDevice, bondOf } from '../values/bond.js';
import { InvalidInput } from '../values/errors.js';
import { pciAddress } from '../values/pci.js';

/** Relays with a number, as virtio-forwarder has them: 0 to 63. */
export const RELAY_NUMBERS = { min: 0, max: 63 } as const;

/** Name of the port at the relay's device. */
export function vfPort(relay: string): string {
  return `relay:${relay}.vf`;
}

/** Name of the port at its guest. */
export function vmPort(relay: string): string {
  return `relay:${relay}.vm`;
}

const NAME_MAX = PORT_NAME.max - vfPort('').length;

/** The name, if a relay may have it. @throws InvalidInput */
export function relayName(name: string): string {
  if (PORT_NAME.pattern.test(name) && name.length <= NAME_MAX) return name;
  const remedy = `give 1 to ${NAME_MAX} letters, digits or . _ : -, the first a letter or digit`;
  throw new InvalidInput({ thing: `relay ${name}`, problem: 'is no name', remedy });
}

/**
 * A device as it is compared and asked for: a PCI address has its domain and is in lower case, also as a member of a
 * bond, whose mode is said.
 */
export function plainDevice(device: string): string {
  const bond = bondOf(device);
  if (bond) return bondDevice(bond);
  const [first = '', ...settings] = device.split(',');
  return [pciAddress(first) ?? first, ...settings].join(',');
}
