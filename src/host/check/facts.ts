/** What the checks may know. All of it is read elsewhere (read/), so that they are pure. */
import type { Version } from '../../qemu/index.js';
import type { Conf } from '../../system/libvirt/conf.js';
import type { PageCount } from '../../system/memory/pages.js';
import type { Account, PathWalk } from '../../values/access.js';
import type { PciEndpoint } from '../../values/devices.js';
import type { Purpose } from './finding.js';

export interface Facts {
  purpose: Purpose;
  cpu: CpuFacts;
  kvm: KvmFacts;
  /** Words of the kernel's command line. */
  cmdline: readonly string[];
  iommu: IommuFacts;
  pages: PageFacts;
  limits: readonly Limit[];
  vfio: VfioFacts;
  versions: VersionFacts;
  daemon: DaemonFacts;
  /** Whom libvirt runs QEMU as. Absent: nobody knows. */
  account?: Account;
  conf: ConfFacts;
  security: SecurityFacts;
  sockets: SocketFacts;
  /** Absent: it was not asked. */
  switch?: SwitchFacts;
  nics: readonly Nic[];
  guests: readonly QemuGuest[];
  logs: LogFacts;
}

export interface CpuFacts {
  /** vmx, svm, hypervisor …; undefined: this kind of CPU tells none. */
  flags?: ReadonlySet<string>;
}

export interface KvmFacts {
  /** 'usable', or the error's code. */
  open: string;
  way: PathWalk;
}

export interface IommuFacts {
  /** How many groups there are. */
  groups: number;
  /** vfio works without one, unsafely. */
  unsafe: boolean;
}

export interface PageFacts {
  /** Of the nodes, or of a host that tells nothing of nodes. */
  stocks: readonly PageCount[];
  mounts: readonly Mount[];
  defaultPageSize?: number;
}

export interface Mount {
  folder: string;
  /** Bytes. */
  pageSize: number;
  /** To libvirt's own folder in there. */
  libvirt: PathWalk;
}

/** A limit for locked memory. */
export interface Limit {
  /** Whose: `this command`, `libvirtd`. */
  of: string;
  /** Bytes; absent: none. */
  bytes?: number;
}

export interface VfioFacts {
  /** Of vfio, vfio_pci, vfio_iommu_type1: those that are loaded or built in, those that could be. */
  loaded: readonly string[];
  available: readonly string[];
  /** /dev/vfio/vfio is there. */
  device: boolean;
}

export interface VersionFacts {
  qemu?: Told;
  libvirt?: Told;
  /** Why one that is missing could not be asked, or where it was sought. */
  sought: { qemu: string; libvirt: string };
}

export interface Told {
  version: Version;
  /** Who told it, in which words. */
  by: string;
}

export interface DaemonFacts {
  /** libvirtd or virtqemud, by name and process. */
  running: readonly { name: string; pid: number }[];
  /** Sockets below /run/libvirt that are there: `libvirt-sock`. */
  sockets: readonly string[];
  /** Units of libvirt that systemd starts. */
  units: readonly string[];
}

export interface ConfFacts {
  path: string;
  conf: Conf;
  /** Absent: it was read. */
  trouble?: string;
  /** The distribution's account for QEMU is there: libvirt-qemu or qemu. */
  usualAccount: boolean;
  /** Devices of cgroup_device_acl that this host does not have. */
  absent: readonly string[];
}

export interface SecurityFacts {
  apparmor: boolean;
  /** Absent: no SELinux. */
  selinux?: 'enforcing' | 'permissive';
  /** Domains whose emulator is qemu-wrap. */
  wrapped: readonly string[];
  /** AppArmor's rules for the wrapper are installed. */
  ruled: boolean;
  /** Lines of the kernel's log on QEMU, libvirt or this package. */
  denials: readonly string[];
}

export interface SocketFacts {
  folder: string;
  way: PathWalk;
  /** Folders on the way that have an access list; absent: not known. */
  listed?: readonly string[];
  /** Sockets in it on which nobody listens. */
  stale: readonly string[];
}

/** A switch, or why there is none. */
export type SwitchFacts =
  | { socket: string; version: string; dpdk: string; pid: number; ports: readonly string[] }
  | { socket: string; problem: string; remedy: string };

export interface Nic extends Partial<PciEndpoint> {
  /** Names of its network interfaces, and `up`, `down` … */
  links: readonly { name: string; state: string }[];
  /** Virtual functions: at most, now, and how many a driver has. */
  vfs?: { most: number; now: number; drivers: ReadonlyMap<string, number> };
  /** Of nfp alone: as ethtool tells it, or why not. */
  firmware?: { version: string } | { trouble: string };
  /** Of nfp alone: links to firmware without VFs, which a reload would take. */
  plain?: readonly string[];
}

/** A QEMU that runs. */
export interface QemuGuest {
  name: string;
  pid: number;
  /** Sockets of its vhost-user NICs; `listens`: QEMU made it. */
  sockets: readonly { path: string; listens: boolean }[];
  /** No other process can map its memory. */
  private: boolean;
  /** libvirt started it, and knows nothing of it any more. */
  orphan: boolean;
}

export interface LogFacts {
  /** Lines of the kernel's log; absent: it may not be read, or was not asked. */
  kernel?: readonly string[];
  /** By guest: the lines of its last start. */
  guests: ReadonlyMap<string, readonly string[]>;
}
