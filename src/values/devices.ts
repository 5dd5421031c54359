/** Devices of a host and who holds them, as plain data; src/system reads them. */

/** A PCI function, but for its group. */
export interface PciDevice {
  /** `0000:01:10.0` */
  address: string;
  /** Four hexadecimal digits each, as `lspci -n` prints them; empty: it does not say. */
  vendor: string;
  device: string;
  /** The driver that has it now; absent: none. */
  driver?: string;
  /** NUMA node; absent: the kernel does not know. */
  node?: number;
  /** A bridge: part of the way, not of the group's endpoints. */
  bridge: boolean;
  /** The PF that it is a VF of. */
  pf?: string;
  /** Network interfaces that this network namespace has of it. */
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
}

/** A device that a domain asks for. */
export interface PciEndpoint extends PciDevice {
  /** Absent: no IOMMU. */
  group?: { number: string; members: readonly PciDevice[] };
  /** Network interfaces of its PF. */
  pfNets: readonly Net[];
}

/** A process that holds a VFIO group. */
export interface Holder {
  pid: number;
  /** The program's name. */
  program: string;
  /** The guest that it runs, if it is QEMU. */
  guest?: string;
}

/** What runs on a host. */
export interface Processes {
  /** Names of the guests that run. */
  guests: ReadonlySet<string>;
  /** By the IOMMU group's number. */
  vfio: ReadonlyMap<string, readonly Holder[]>;
}
