/** What validation may know besides the domain. All of it is read elsewhere. */

import type { PagePool, Version } from '../../qemu/index.js';
import type { Account, PathWalk } from '../../values/access.js';
import type { Holder, PciEndpoint } from '../../values/devices.js';
import type { Placed } from '../../xml/scan.js';

/** What must be looked up on the host for a domain. */
export interface HostQuestions {
  /** Absolute. */
  paths: readonly string[];
  /** `0000:01:10.0` */
  pci: readonly string[];
}

/** The host. What is absent is not known, and nothing is said of it. */
export interface HostFacts {
  /** The user that libvirt runs QEMU as. */
  account?: Account;
  /** CPUs that are online. */
  cpus?: ReadonlySet<number>;
  /** NUMA nodes that are online. */
  nodes?: ReadonlySet<number>;
  /** Bytes. */
  memory?: { total: number; available: number } | undefined;
  /** Huge pages, see qemu/host.ts. */
  pools: readonly PagePool[];
  defaultPageSize?: number;
  /** 'usable', or the error's code. */
  kvm: string;
  /** The QEMU that the distribution installed. */
  qemu?: Version | undefined;
  /** By each of the paths that were asked for. */
  paths: ReadonlyMap<string, PathWalk>;
  /** Paths of sockets on which somebody listens. */
  listening: ReadonlySet<string>;
  /** Folders with the sockets that libvirt's hook of ours has the switch listen on at a start; absent: no hook. */
  hook?: readonly string[];
  /** By each of the addresses that were asked for, those that are there. */
  pci: ReadonlyMap<string, PciEndpoint>;
  /** Who holds an IOMMU group, by its number. */
  vfio: ReadonlyMap<string, readonly Holder[]>;
  /** Names of the guests that run. */
  guests: ReadonlySet<string>;
}

/** Something that only one domain of a host can have. */
export interface Use {
  kind: 'name' | 'UUID' | 'MAC' | 'socket' | 'VF' | 'disk';
  value: string;
  at: Placed;
}

/** Another domain: of another file, or one that libvirt has. */
export interface Other {
  /** How messages call it: `web2.xml`, `domain web2`. */
  label: string;
  /** Of libvirt, which has it on this host. */
  host: boolean;
  running: boolean;
  name: string;
  uuid: string | undefined;
  uses: readonly Use[];
}

/** What libvirt's schema does not allow. */
export interface SchemaError {
  /** The element: which child of `<domain>`, which child of that, and so on; from 0. */
  place: readonly number[];
  message: string;
}

/** What is known besides the domain. What is absent is not judged. */
export interface Facts {
  /** Absent: the host is not looked at. */
  host?: HostFacts;
  others?: readonly Other[];
  schema?: SchemaError;
  /** Files that are not there yet, and will be. */
  made?: readonly string[];
}
