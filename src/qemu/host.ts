/**
 * What was read of the host, for the rewriting, which reads nothing itself. Each part may be
 * missing; what depends on it is then not checked, and QEMU finds out by itself.
 */
export interface Host {
  /** QEMU's version. */
  version?: Version;
  /** Huge pages that a guest could have now; at least one for every page size of the host. */
  pools?: readonly PagePool[];
  /** Mounted hugetlbfs. */
  mounts?: readonly PageMount[];
  /** Bytes of the huge pages that are used where no size is named. */
  defaultPageSize?: number;
  /** Names of the taps behind inherited descriptors. */
  taps?: ReadonlyMap<number, string>;
  /** Descriptors that are open already. */
  descriptors?: ReadonlySet<number>;
  /** Text of the files that -readconfig names. */
  configs?: ReadonlyMap<string, string>;
}

/** QEMU's, as `-version` prints it; the micro version changes nothing. */
export type Version = readonly [major: number, minor: number];

/** Huge pages of one size, of one node or of all. */
export interface PagePool {
  /** Bytes. */
  pageSize: number;
  /** The host's NUMA node; undefined: all nodes together. */
  node?: number;
  /** Pages, not counting those that others have reserved. */
  free: number;
}

/** A mounted hugetlbfs. */
export interface PageMount {
  folder: string;
  /** Bytes. */
  pageSize: number;
}
