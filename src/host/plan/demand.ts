/** What a guest takes of the host's memory, read from its domain XML. */

import { partsOf } from '../../domain/validate/hugepages.js';
import { bytesOfCell, cellsOf, pluggedOf } from '../../domain/validate/memory.js';
import { devicesOf, down } from '../../domain/validate/subject.js';
import { bytesOf } from '../../domain/validate/values.js';
import { refusal } from '../../xml/read.js';
import { attribute, childrenOf, type Placed, scan } from '../../xml/scan.js';

/** Memory of one kind that something takes. */
export interface Demand {
  /** Who. */
  who: string;
  bytes: number;
  /** Bytes of its huge pages; absent: ordinary memory. */
  pageSize?: number;
  /** The host's nodes that it must come from, ascending; empty: any. */
  nodes: readonly number[];
}

/** A guest's memory, and what it locks. */
export interface GuestDemand {
  name: string;
  demands: readonly Demand[];
  /** Bytes that QEMU must be allowed to lock, 0: none. A VF's guest locks all its memory. */
  memlock: number;
}

/** What libvirt allows beside the guest's memory, for the I/O of devices (qemuDomainGetMemLockLimitBytes). */
const LOCKED_MORE = 2 ** 30;

/**
 * Of domain XML that libvirt would take. `defaultPageSize`: bytes of the pages of a `<hugepages/>` that
 * names none. @throws InvalidInput for what is no domain, or has no size
 */
export function guestDemand(xml: string, defaultPageSize: number): GuestDemand {
  const domain = scan(xml);
  if (domain.name !== 'domain') {
    throw refusal(`holds <${domain.name}>`, 'give the XML of one libvirt domain');
  }
  const name = childrenOf(domain, 'name')[0]?.text.trim() || 'a guest without a name';
  const memory = memoryOf(domain);
  const huge = partsOf({ domain, memory }).map(({ label, bytes, nodes, pageSize }): Demand => {
    const who = label === 'the memory' ? name : `${name}, ${label}`;
    return { who, bytes, nodes, pageSize: pageSize ?? defaultPageSize };
  });
  const total = totalOf(domain, memory);
  const rest = total - huge.reduce((sum, { bytes }) => sum + bytes, 0);
  const ordinary = rest > 0 ? [{ who: name, bytes: rest, nodes: [] }] : [];
  return {
    name,
    demands: [...huge, ...ordinary],
    memlock: locks(domain) ? total + LOCKED_MORE : 0,
  };
}

function memoryOf(domain: Placed): number | undefined {
  const [memory] = childrenOf(domain, 'memory');
  return memory && bytesOf(memory.text, attribute(memory, 'unit'));
}

/** libvirt takes the cells' sum where there are cells, and adds what is plugged in. */
function totalOf(domain: Placed, memory: number | undefined): number {
  const cells = cellsOf(domain).map(bytesOfCell);
  const whole = cells.length === 0 ? [memory] : cells;
  if (whole.some((bytes) => !bytes)) {
    throw refusal('has no <memory> that can be read', "write <memory unit='GiB'>4</memory>");
  }
  const plugged = cells.length === 0 ? [] : pluggedOf(domain).map(({ bytes }) => bytes);
  return [...whole, ...plugged].reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
}

/** A device of the host that the guest has through vfio, or memory that is to be locked. */
function locks(domain: Placed): boolean {
  const devices = devicesOf(domain, 'hostdev').filter((one) => attribute(one, 'type') === 'pci');
  const nics = devicesOf(domain, 'interface').filter((one) => attribute(one, 'type') === 'hostdev');
  return devices.length + nics.length + down(domain, 'memoryBacking', 'locked').length > 0;
}
