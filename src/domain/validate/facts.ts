/** Facts that validation may use besides the domain. All are read elsewhere. */

import type { PagePool, Version } from '../../qemu/index.js';
import type { Account, PathWalk } from '../../values/access.js';
import type { Holder, PciEndpoint } from '../../values/devices.js';
import type { RelayVf } from '../../values/vf-mac.js';
import type { Placed } from '../../xml/scan.js';

/** What must be looked up on the host for a domain. */
export interface HostQuestions {
  /** Absolute. */
  paths: readonly string[];
  /** Of files that are a part of the memory; among `paths`, too. */
  memoryFiles?: readonly string[];
  /** `0000:01:10.0` */
  pci: readonly string[];
}

/** A device that a relay joins to a socket. */
export interface HostRelay {
  name: string;
  /** Absent: it gets its socket with the guest. */
  path?: string;
  device: string;
  node?: number;
  /** The VFs that the device consists of, as far as their PFs tell. */
  vfs: readonly RelayVf[];
}

/** Facts of the host. An absent fact is unknown and not judged. */
export interface HostFacts {
  /** The user that libvirt runs QEMU as. */
  account?: Account;
  /** CPUs that are online. */
  cpus?: ReadonlySet<number>;
  /** NUMA nodes that are online. */
  nodes?: ReadonlySet<number>;
  /** CPUs of each NUMA node. */
  nodeCpus?: ReadonlyMap<number, ReadonlySet<number>>;
  /** The processors that the switch forwards on; absent: not known. */
  switchCpus?: readonly number[];
  /** The switch's relays; absent: not asked. */
  relays?: readonly HostRelay[];
  /** In bytes. */
  memory?: { total: number; available: number } | undefined;
  /** Bytes of the largest frame that the running switch carries; absent: it was not asked. */
  maxFrame?: number | undefined;
  /** What the networks of the switch carry, as MTUs, by name; absent: not asked. */
  networkMtus?: ReadonlyMap<string, number>;
  /** Huge pages; see qemu/host.ts. */
  pools: readonly PagePool[];
  defaultPageSize?: number;
  /** 'usable', or the error code of opening it. */
  kvm: string;
  /** The QEMU that the distribution installed. */
  qemu?: Version | undefined;
  /** By the paths in the questions. */
  paths: ReadonlyMap<string, PathWalk>;
  /** Kinds of file systems by the files in the questions: `ext4`; only of those that are known. */
  fileSystems?: ReadonlyMap<string, string>;
  /** Paths of sockets on which a process listens. */
  listening: ReadonlySet<string>;
  /** Folders of sockets for which our libvirt hook registers ports at a start; absent if there is no hook. */
  hook?: readonly string[];
  /** By the addresses in the questions; only devices that exist. */
  pci: ReadonlyMap<string, PciEndpoint>;
  /** Processes that hold an IOMMU group, by its number. */
  vfio: ReadonlyMap<string, readonly Holder[]>;
  /** Names of running guests. */
  guests: ReadonlySet<string>;
}

/** Something that only one domain of a host can have. */
export interface Use {
  kind: 'name' | 'UUID' | 'MAC' | 'socket' | 'VF' | 'disk';
  value: string;
  at: Placed;
}

/** Another domain: from another file, or one of libvirt's. */
export interface Other {
  /** Its name in messages: `web2.xml`, `domain web2`. */
  label: string;
  /** It is a domain of libvirt on this host. */
  host: boolean;
  running: boolean;
  name: string;
  uuid: string | undefined;
  uses: readonly Use[];
}

/** A violation of libvirt's schema. */
export interface SchemaError {
  /** Place of the element: index of the child of `<domain>`, index of the child of that, and so on, from 0. */
  place: readonly number[];
  message: string;
  /** What in it is to blame, if that was found: `device="flop"`. */
  value?: string;
}

/** Facts besides the domain. What is absent is not judged. */
export interface Facts {
  /** Absent if the host is not looked at. */
  host?: HostFacts;
  others?: readonly Other[];
  schema?: SchemaError;
  /** Files that do not exist yet, and will be made. */
  made?: readonly string[];
}
