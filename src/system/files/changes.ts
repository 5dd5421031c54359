import type { CommandName } from './commands.js';

/** One change of the host, as data. Paths are the host's, without the folder that stands for `/`. */
export type HostChange =
  | FileChange
  | LinkChange
  | RemoveChange
  | FolderChange
  | SysfsChange
  | CommandChange;

interface AnyChange {
  /** What it is for, in a few words. */
  why: string;
}

/** A file's text. One that exists keeps its mode and owner. */
export interface FileChange extends AnyChange {
  kind: 'file';
  path: string;
  /** Undefined: it is not there. */
  before: string | undefined;
  after: string;
  /** Of a new file. */
  mode: number;
  /** Only this block of it is ours (block.ts): others edit the rest, or need the same block. */
  block?: string;
  /** The whole file is ours, also the one before: `mode` holds for it, a link is replaced, and what was there does not come back. */
  ours?: boolean;
  /** It stays when the rest is taken back: a backup. */
  lasting?: boolean;
  /** The time of its last change stays. */
  keepTime?: boolean;
}

/** A symbolic link that is not there yet. */
export interface LinkChange extends AnyChange {
  kind: 'link';
  path: string;
  target: string;
}

/** A file or link of ours that goes, for good. */
export interface RemoveChange extends AnyChange {
  kind: 'remove';
  path: string;
  /** Its text, or where it leads. */
  before: string;
}

/** A folder with its owner; only now, below `/run` it is gone after a reboot. */
export interface FolderChange extends AnyChange {
  kind: 'folder';
  path: string;
  uid: number;
  gid: number;
  mode: number;
}

/** A number that the kernel takes in sysfs; it may take less than it is given. */
export interface SysfsChange extends AnyChange {
  kind: 'write';
  path: string;
  before: number;
  after: number;
  /** Bytes of the page that is counted. */
  pageSize: number;
}

/** A program of the fixed table; `undo` is what runs when the changes are taken back. */
export interface CommandChange extends AnyChange {
  kind: 'command';
  run?: CommandName;
  undo?: CommandName;
}

/** What is to be done, in this order, and what the user has to know or do. */
export interface HostPlan {
  steps: readonly HostChange[];
  notes: readonly string[];
}
