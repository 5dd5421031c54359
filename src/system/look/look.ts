/** How the files of a host are read, and where they are: of this host, or of a copy of one below a folder. */

/** Mode and owner of a file or folder. */
export interface Rights {
  mode: number;
  uid: number;
  gid: number;
}

/** A file or folder. */
export interface Found extends Rights {
  kind: 'file' | 'folder' | 'socket' | 'other';
  /** When it was written, in milliseconds as Date.now() has them. */
  changed: number;
  inode: number;
}

/** A host's files. Paths are the host's own, `/proc/meminfo`; links are followed as they would be there. */
export interface Look {
  /** The folder that stands for `/`. */
  readonly root: string;
  /** Whether this is the running host, not a copy or an image of one. */
  readonly live: boolean;
  /** Undefined: there is no such file, or it cannot be read. A pipe or a device is none: it could block. */
  text(path: string): string | undefined;
  /** The last bytes of a file, such as a log; empty when it cannot be read. */
  end(path: string, bytes: number): string;
  /** Names in a folder, sorted; none when it is not there. */
  names(path: string): string[];
  exists(path: string): boolean;
  /** Where a link leads, as it is written; undefined: no link. */
  target(path: string): string | undefined;
  /** The path with all links followed; undefined: it leads to nothing. */
  real(path: string): string | undefined;
  /** Undefined: not there. */
  rights(path: string): Rights | undefined;
  /** Undefined: not there. A link is what it leads to, unless it is kept. */
  stat(path: string, last?: 'followed' | 'kept'): Found | undefined;
  /** Why a file cannot be read: ENOENT, EACCES …; undefined: it can. */
  trouble(path: string): string | undefined;
  /** Whether the kernel itself answers there (sysfs), not a copy of its files. */
  isKernels(path: string): boolean;
  /** Where this process finds it, for other programs. */
  place(path: string): string;
}

/** A host to read: the folder that stands for `/`, or how to look at it. */
export type Root = string | Look;
