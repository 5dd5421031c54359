/** Which MTU fits the frames that a switch carries. */
import type { Trouble } from './errors.js';

/** Ethernet header and a tag: what a frame is longer than its MTU says. */
const BESIDE_MTU = 18;

/** What virtio-net's MTU may be, in bytes. The least of IPv4 (RFC 791), the most of virtio's `le16 mtu`. */
export const NIC_MTU = { min: 68, max: 65_535 } as const;

/** Fits every switch. */
export const USUAL_MTU = 1500;

/** The largest MTU of a switch that carries frames of so many bytes (`max_frame` of `switch info`). */
export function mtuOf(maxFrame: number): number {
  return maxFrame - BESIDE_MTU;
}

/** Why a switch does not carry the frames of a guest with this MTU; undefined if it does. */
export function mtuTrouble(mtu: number, maxFrame: number): Omit<Trouble, 'thing'> | undefined {
  const most = mtuOf(maxFrame);
  if (mtu <= most) return undefined;
  return {
    problem: `its MTU is ${mtu}, and the switch carries ${most} at most: larger frames are lost`,
    remedy: "start the switch with --mergeable, which carries larger ones, or lower the NIC's MTU",
  };
}
