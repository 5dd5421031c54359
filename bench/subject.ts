import type { Sample } from './figures.js';

/** Where and how a forwarder is to run. */
export interface Place {
  /** An empty folder of its own; its path is short enough for sockets. */
  folder: string;
  nice: number;
  signal: AbortSignal;
}

/** A forwarder that runs, on processor 0, and listens at two sockets. */
export interface Running {
  /** Of its two sides: both vhost-user, unless the subject has `uplink`. */
  sockets: readonly [string, string];
  sample(): Promise<Sample>;
  stop(): Promise<void>;
}

/** What the report says of a subject. */
export interface Named {
  /** `vhost-switch`, `uplink`, `bare`, `ovs`; of another build `before`, `before/uplink`. */
  name: string;
  /** The subject of this build that another build's is compared with. */
  beside?: string;
}

/** Something that forwards and can be measured. */
export interface Subject extends Named {
  /** Its versions; undefined, with a printed reason, when it cannot run here. */
  version: string;
  /** Huge pages of 2 MiB that it needs. */
  pages: number;
  /** Its second side is no guest but the wire, with a tag in each frame: a memif socket. */
  uplink?: boolean;
  start(place: Place): Promise<Running>;
}

/** A subject, or why there is none. */
export type Found = { subject: Subject } | { name: string; missing: string };

export const nanoseconds = (): number => Number(process.hrtime.bigint());
