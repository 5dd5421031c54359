/** The interface for reading a host's files: of this host, or of a copy below a folder. */

/** Mode and owner of a file or folder. */
export interface Rights {
  mode: number;
  uid: number;
  gid: number;
}

/** A file or folder. */
export interface Found extends Rights {
  kind: 'file' | 'folder' | 'socket' | 'other';
  /** Modification time, in milliseconds like Date.now(). */
  changed: number;
  inode: number;
}

/** A host's files. Paths are the host's own, `/proc/meminfo`; links are resolved within the host. */
export interface Look {
  /** The folder that stands for `/`. */
  readonly root: string;
  /** Whether this is the running host, not a copy or an image of one. */
  readonly live: boolean;
  /** Undefined: missing or unreadable. A pipe or a device counts as missing: it could block. */
  text(path: string): string | undefined;
  /** The last bytes of a file, such as a log; empty if unreadable. */
  end(path: string, bytes: number): string;
  /** Names in a folder, sorted; none if it is missing. */
  names(path: string): string[];
  exists(path: string): boolean;
  /** A link's target as written; undefined: no link. */
  target(path: string): string | undefined;
  /** The path with all links resolved; undefined: it does not exist. */
  real(path: string): string | undefined;
  /** Undefined: missing. */
  rights(path: string): Rights | undefined;
  /** Undefined: missing. Links are followed, unless they are to be kept. */
  stat(path: string, last?: 'followed' | 'kept'): Found | undefined;
  /** Why a file is unreadable: ENOENT, EACCES …; undefined: it is readable. */
  trouble(path: string): string | undefined;
  /** Whether the kernel itself answers there (sysfs), not a copy of its files. */
  isKernels(path: string): boolean;
  /** Its path for this process, to pass to other programs. */
  place(path: string): string;
}

/** A host to read: the folder that stands for `/`, or how to look at it. */
export type Root = string | Look;
