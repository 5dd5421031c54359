/** Who may reach a path: an account, the way to the path, and what the modes on it allow. */

/** An account that a process runs as. */
export interface Account {
  /** For people: its name, else its number. */
  name: string;
  uid: number;
  /** All its groups. */
  gids: readonly number[];
}

/** Facts from the file system about one path on the way. */
export interface PathPart {
  path: string;
  kind: 'folder' | 'file' | 'link' | 'socket';
  uid: number;
  gid: number;
  /** Permissions, with the sticky bit. */
  mode: number;
}

/** A way, as far as it exists. */
export interface PathWalk {
  parts: PathPart[];
  /** The first missing or inaccessible part: its path, and ENOENT, EACCES, ELOOP … */
  missing?: { path: string; code: string };
}

/**
 * An account's rights on a part, from its mode: 4 read, 2 write, 1 run or pass, added up.
 * An access list may grant more, and shows as rights of the group.
 */
export function rightsOf({ uid, gids }: Account, part: PathPart): number {
  if (uid === 0) return 7;
  const { mode } = part;
  return (uid === part.uid ? mode >> 6 : gids.includes(part.gid) ? mode >> 3 : mode) & 7;
}
