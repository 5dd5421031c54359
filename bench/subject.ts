import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child, StartOptions } from './child.js';
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
  /** It dials them: the load makes them. */
  dials?: true;
  /** The queue by which it sends to a device (load_port.h); 0 if it is the first. */
  queue?: number;
  /** What forwards; its thread, if that is not the first one. */
  process: Child;
  thread?: string;
  stop(): Promise<void>;
}

/** One that counts its own cycles. */
export interface Counting extends Running {
  sample(): Promise<Sample>;
}

/** A subject in the report. */
export interface Named {
  /** `vhost-switch`, `uplink`, `relay`, …; of another build `before`, `before/uplink`, `before/relay`. */
  name: string;
  /** The subject of this build with which another build's is compared, one with policies, or one that is captured. */
  beside?: string;
}

/** A forwarder that can be measured. */
export interface Subject<R extends Running = Running> extends Named {
  /** Its versions. */
  version: string;
  /** Huge pages of 2 MiB that it needs. */
  pages: number;
  /** Its second side is the wire instead of a guest, a memif socket; with a tag in each frame there. */
  uplink?: 'tagged' | 'untagged';
  start(place: Place): Promise<R>;
}

/** A subject, or why there is none. */
export type Found = { subject: Subject } | { name: string; missing: string };

/** Where a forwarder in this folder listens for its two guests. */
export function twoSockets(folder: string): [string, string] {
  return [join(folder, '0'), join(folder, '1')];
}

/**
 * How a forwarder's program is started. DPDK puts its telemetry's socket into the folder, too: at its
 * place for all, a program that starts would wait for one that is stopped (stand.ts) to answer there.
 */
export function conditions({ folder, nice, signal }: Place): StartOptions {
  return { nice, signal, env: { RUNTIME_DIRECTORY: folder } };
}

/** What a forwarder has at a side. */
export type Side = 'guest' | 'device';

/** Where a forwarder in this folder listens for these two: vhost-user sockets and memifs'. */
export function sockets(folder: string, sides: readonly [Side, Side]): [string, string] {
  const at = (i: 0 | 1): string => join(folder, sides[i] === 'guest' ? `${i}` : `memif${i}`);
  return [at(0), at(1)];
}

/** Waits until it has made both sockets. */
export async function listens(child: Child, sockets: readonly string[]): Promise<void> {
  for (const socket of sockets) {
    await child.until(`made ${socket}`, () =>
      access(socket).then(
        () => true,
        () => undefined,
      ),
    );
  }
}

export const nanoseconds = (): number => Number(process.hrtime.bigint());
