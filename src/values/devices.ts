/** Devices of a host and their holders, as plain data; src/system reads them. */

/** The driver that hands functions to programs and guests. */
export const VFIO = 'vfio-pci';

/** A PCI function, without its group. */
export interface PciDevice {
  /** `0000:01:10.0` */
  address: string;
  /** Four hexadecimal digits each, as printed by `lspci -n`; empty: unknown. */
  vendor: string;
  device: string;
  /** Its present driver; absent: none. */
  driver?: string;
  /** NUMA node; absent: unknown to the kernel. */
  node?: number;
  /** A bridge: on the way to the group's endpoints, not one of them. */
  bridge: boolean;
  /** The PF of a VF. */
  pf?: string;
  /** Its network interfaces in this network namespace. */
  nets: readonly Net[];
}

/** A PCI function. */
export interface PciFunction extends PciDevice {
  /** Number of its IOMMU group; absent: no IOMMU. */
  group?: string;
}

/** A network interface. */
export interface Net {
  name: string;
  mac: string;
  up: boolean;
  /** It takes frames for any address. */
  promiscuous: boolean;
}

/** A device requested by a domain. */
export interface PciEndpoint extends PciDevice {
  /** Absent: no IOMMU. */
  group?: { number: string; members: readonly PciDevice[] };
  /** Network interfaces of its PF. */
  pfNets: readonly Net[];
  /** Driver of its PF; absent: none, or it is no VF. */
  pfDriver?: string;
}

/** A process with an open VFIO group. */
export interface Holder {
  pid: number;
  /** The program's name. */
  program: string;
  /** Its guest, if it is QEMU. */
  guest?: string;
}

/** Guests and VFIO users on a host. */
export interface Processes {
  /** Names of the running guests. */
  guests: ReadonlySet<string>;
  /** By the IOMMU group's number. */
  vfio: ReadonlyMap<string, readonly Holder[]>;
}
