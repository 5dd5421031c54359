import type { Sample } from './figures.js';

/** Place and conditions for a forwarder. */
export interface Place {
  /** Its own empty folder; the path is short enough for sockets. */
  folder: string;
  nice: number;
  signal: AbortSignal;
}

/** A running forwarder on processor 0 that listens at two sockets. */
export interface Running {
  /** Sockets of its two sides: both vhost-user, unless the subject has `uplink`. */
  sockets: readonly [string, string];
  sample(): Promise<Sample>;
  stop(): Promise<void>;
}

/** A subject in the report. */
export interface Named {
  /** `vhost-switch`, `uplink`, `relay`, …; of another build `before`, `before/uplink`, `before/relay`. */
  name: string;
  /** The subject of this build with which another build's is compared, or one with policies. */
  beside?: string;
}

/** A forwarder that can be measured. */
export interface Subject extends Named {
  /** Its versions; undefined, with a printed reason, if it cannot run here. */
  version: string;
  /** Huge pages of 2 MiB that it needs. */
  pages: number;
  /** Its second side is the wire instead of a guest, a memif socket; with a tag in each frame there. */
  uplink?: 'tagged' | 'untagged';
  start(place: Place): Promise<Running>;
}

/** A subject, or why there is none. */
export type Found = { subject: Subject } | { name: string; missing: string };

export const nanoseconds = (): number => Number(process.hrtime.bigint());
