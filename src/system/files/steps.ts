import type { CommandName } from './commands.js';

/** One change of the host, as data. Paths are the host's, without the folder that stands for `/`. */
export type Step = FileStep | FolderStep | LinkStep | WriteStep | CommandStep;

interface AnyStep {
  /** What it is for, in a few words. */
  why: string;
}

/** A file's text. One that exists keeps its mode and owner. */
export interface FileStep extends AnyStep {
  kind: 'file';
  path: string;
  /** Undefined: it is not there. */
  before: string | undefined;
  after: string;
  /** Of a new file. */
  mode: number;
}

/** A folder with its owner; only now, below `/run` it is gone after a reboot. */
export interface FolderStep extends AnyStep {
  kind: 'folder';
  path: string;
  uid: number;
  gid: number;
  mode: number;
}

/** A symbolic link that is not there yet. */
export interface LinkStep extends AnyStep {
  kind: 'link';
  path: string;
  target: string;
}

/** A number that the kernel takes in sysfs; it may take less than it is told. */
export interface WriteStep extends AnyStep {
  kind: 'write';
  path: string;
  before: number;
  after: number;
  /** Bytes of the page that is counted. */
  pageSize: number;
}

/** A program of the fixed table; `undo` is what runs when the steps are given back. */
export interface CommandStep extends AnyStep {
  kind: 'command';
  run?: CommandName;
  undo?: CommandName;
}

/** What is to be done, and what the user has to know or do. */
export interface Plan {
  steps: readonly Step[];
  notes: readonly string[];
}
