/** How much of the host's memory a guest takes, read from its domain XML. */

import type { Domain } from '../../domain/index.js';
import {
  bytesOfCell,
  cellsOf,
  memoryOf,
  partsOf,
  pluggedOf,
} from '../../domain/read/memory-parts.js';
import { childrenOf, down, type Element } from '../../xml/element.js';
import { refusal } from '../../xml/text.js';

/** Memory of one kind that a guest or the switch takes. */
export interface Demand {
  /** Who takes it, in messages. */
  who: string;
  bytes: number;
  /** Size of its huge pages in bytes; absent for ordinary memory. */
  pageSize?: number;
  /** The host's nodes that it must come from, ascending; empty: any. */
  nodes: readonly number[];
}

/** A guest's memory, and what it locks. */
export interface GuestDemand {
  name: string;
  demands: readonly Demand[];
  /** Bytes that QEMU must be allowed to lock, 0 if none. A guest with a VF locks all its memory. */
  memlock: number;
}

/** Locked memory that libvirt allows in addition, for device I/O (qemuDomainGetMemLockLimitBytes). */
const LOCKED_MORE = 2 ** 30;

/**
 * The demand of a domain that libvirt would accept. `defaultPageSize`: bytes of the pages of a `<hugepages/>`
 * without a size. @throws InvalidInput for a domain without a memory size
 */
export function guestDemand({ root, hostDevices }: Domain, defaultPageSize: number): GuestDemand {
  const name = childrenOf(root, 'name')[0]?.text.trim() || 'a guest without a name';
  const huge = partsOf(root).map(({ label, bytes, nodes, pageSize }): Demand => {
    const who = label === 'the memory' ? name : `${name}, ${label}`;
    return { who, bytes, nodes, pageSize: pageSize ?? defaultPageSize };
  });
  const total = totalOf(root);
  const rest = total - huge.reduce((sum, { bytes }) => sum + bytes, 0);
  // A device of the host that the guest has through vfio, or memory to lock.
  const locks = hostDevices.length + down(root, 'memoryBacking', 'locked').length > 0;
  const ordinary = rest > 0 ? [{ who: name, bytes: rest, nodes: [] }] : [];
  return {
    name,
    demands: [...huge, ...ordinary],
    memlock: locks ? total + LOCKED_MORE : 0,
  };
}

/** As in libvirt: the sum of the cells if there are any, plus memory devices. */
function totalOf(domain: Element): number {
  const cells = cellsOf(domain).map(bytesOfCell);
  const whole = cells.length === 0 ? [memoryOf(domain)] : cells;
  if (whole.some((bytes) => !bytes)) {
    throw refusal('has no <memory> that can be read', "write <memory unit='GiB'>4</memory>");
  }
  const plugged = cells.length === 0 ? [] : pluggedOf(domain).map(({ bytes }) => bytes);
  return [...whole, ...plugged].reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
}
