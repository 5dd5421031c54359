import { pciAddressOf } from '../../values/pci.js';
import { attribute, childrenOf, down, type Element, type Tree } from '../../xml/element.js';

/** A PCI device of the host that a domain asks for. T: type of its element, placed or not. */
export interface HostDevice<T extends Element = Element> {
  device: T;
  /** The element that has its address, or should have it. */
  at: T;
  /** `0000:01:10.0`; undefined if the XML has no valid address. */
  address: string | undefined;
  /** `<interface type='hostdev'>`: libvirt sets MAC and VLAN through the PF. */
  nic: boolean;
  managed: boolean;
}

/** Assigned devices, VFs and others; VFs of a pool are included if a running guest has them. */
export function hostDevicesOf<T extends Tree<T>>(domain: T): HostDevice<T>[] {
  const nics = down(domain, 'devices', 'interface').filter(
    (one) => attribute(one, 'type') === 'hostdev',
  );
  const others = down(domain, 'devices', 'hostdev').filter(
    (one) =>
      attribute(one, 'type') === 'pci' && (attribute(one, 'mode') ?? 'subsystem') === 'subsystem',
  );
  return [...nics, ...others].map((device) => {
    const [source] = childrenOf(device, 'source');
    const [place] = childrenOf(source, 'address');
    return {
      device,
      at: place ?? source ?? device,
      address: place && pciAddressOf((name) => attribute(place, name)),
      nic: device.name === 'interface',
      managed: attribute(device, 'managed') === 'yes',
    };
  });
}
