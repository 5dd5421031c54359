/**
 * Facts read from the host, for the rewriting, which reads nothing itself. Each part may be
 * missing; checks that depend on it are then left to QEMU.
 */
export interface Host {
  /** QEMU's version. */
  version?: Version;
  /** What the emulator emulates, as in `qemu-system-ARCH`; see memory/machines.ts. */
  architecture?: string | undefined;
  /** Huge pages available to a guest; at least one entry for every page size of the host. */
  pools?: readonly PagePool[];
  /** Mounted hugetlbfs. */
  mounts?: readonly PageMount[];
  /** Bytes of the default huge page. */
  defaultPageSize?: number;
  /** Names of the taps behind inherited descriptors. */
  taps?: ReadonlyMap<number, string>;
  /** Open descriptors. */
  descriptors?: ReadonlySet<number>;
  /** VFs that only open with a VF token, by their addresses. */
  tokens?: ReadonlyMap<string, VfToken>;
  /** Text of the files named by -readconfig. */
  configs?: ReadonlyMap<string, string>;
}

/** Whom a VF's token is from: vfio-pci has its PF. */
export interface VfToken {
  pf: string;
  /** Where the switch that has the PF keeps it. */
  file: string;
  /** Absent: this user may not read it, or there is none. */
  token?: string;
}

/** QEMU's version as printed by `-version`; the micro version does not matter. */
export type Version = readonly [major: number, minor: number];

/** Huge pages of one size, of one node or of all. */
export interface PagePool {
  /** Bytes. */
  pageSize: number;
  /** The host's NUMA node; undefined: all nodes together. */
  node?: number;
  /** Pages, without those reserved by others. */
  free: number;
}

/** A mounted hugetlbfs. */
export interface PageMount {
  folder: string;
  /** Bytes. */
  pageSize: number;
}
