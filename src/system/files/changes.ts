import type { AccountName, CommandName } from './commands.js';

/** One change of the host, as data. Paths are the host's, without the folder that stands for `/`. */
export type HostChange =
  | FileChange
  | LinkChange
  | RemoveChange
  | FolderChange
  | AccountChange
  | SysfsChange
  | CommandChange;

interface AnyChange {
  /** Its purpose, in a few words. */
  why: string;
}

/** A file's text. An existing file keeps its mode and owner. */
export interface FileChange extends AnyChange {
  kind: 'file';
  path: string;
  /** Undefined: it is not there. */
  before: string | undefined;
  after: string;
  /** Of a new file. */
  mode: number;
  /** Only this block is ours (block.ts): others edit the rest, or need the same block. */
  block?: string;
  /** The whole file is ours, also the former one: `mode` applies, a link is replaced, and the former text is not restored. */
  ours?: boolean;
  /** It stays when the rest is undone: a backup. */
  lasting?: boolean;
  /** Keeps its modification time. */
  keepTime?: boolean;
}

/** A new symbolic link. */
export interface LinkChange extends AnyChange {
  kind: 'link';
  path: string;
  target: string;
}

/** Permanent removal of a file or link of ours. */
export interface RemoveChange extends AnyChange {
  kind: 'remove';
  path: string;
  /** Its text, or its target. */
  before: string;
}

/** A folder with its owner; not persistent: below `/run` it is lost at a reboot. */
export interface FolderChange extends AnyChange {
  kind: 'folder';
  path: string;
  /** Or the name of an account that an earlier change makes. */
  uid: number | string;
  gid: number;
  mode: number;
}

/** A new account of the host. */
export interface AccountChange extends AnyChange {
  kind: 'account';
  name: AccountName;
  run: CommandName;
}

/** A number in sysfs; the kernel may set less than requested. */
export interface SysfsChange extends AnyChange {
  kind: 'write';
  path: string;
  before: number;
  after: number;
  /** Bytes of the counted page. */
  pageSize: number;
}

/** A program of the fixed table; `undo` runs when the changes are undone. */
export interface CommandChange extends AnyChange {
  kind: 'command';
  run?: CommandName;
  undo?: CommandName;
}

/** The changes, in this order, and notes for the user. */
export interface HostPlan {
  steps: readonly HostChange[];
  notes: readonly string[];
}
