/** I/O threads: which exist, and which devices may ask for one. */
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { whole } from '../read/values.js';
import { busOf } from './devices.js';
import { error, type Found, type Rule, shown } from './finding.js';
import type { Subject } from './subject.js';

export const IOTHREADS: readonly Rule[] = [
  { name: 'iothreads', check: count },
  { name: 'iothread', check: users },
];

/** `iothread` and `id` have 32 bits. */
const MOST = 2 ** 32 - 1;

function* count({ domain }: Subject): Iterable<Found> {
  for (const at of childrenOf(domain, 'iothreads')) {
    if (whole(at.text.trim(), 0, MOST) !== undefined) continue;
    yield error(at, `${shown(at.text.trim())} is no number of I/O threads`, 'give 0 or more');
  }
  const seen = new Set<number>();
  for (const at of down(domain, 'iothreadids', 'iothread')) {
    const text = attribute(at, 'id') ?? '';
    const id = whole(text, 1, MOST);
    if (id === undefined) {
      yield error(at, `id=${shown(text)} is no number of an I/O thread`, 'give 1 or more');
    } else if (seen.has(id)) yield error(at, `I/O thread ${id} is there twice`, 'leave one');
    else seen.add(id);
  }
}

/**
 * libvirt 9.0: "Disk iothread '3' not defined in iothreadid", "IOThreads not available for bus sata",
 * "'iothread' attribute only supported for virtio scsi controllers", "Cannot find 'iothread' : 3".
 */
function* users({ domain }: Subject): Iterable<Found> {
  const there = threadsOf(domain);
  for (const disk of down(domain, 'devices', 'disk')) {
    const bus = busOf(disk) ?? 'virtio';
    for (const driver of askers(disk)) {
      if (bus === 'virtio') yield* missing(driver, there);
      else {
        const problem = `a disk on the bus ${shown(bus)} has no I/O thread`;
        yield error(driver, problem, "take iothread out, or write bus='virtio' in <target>");
      }
    }
  }
  for (const controller of down(domain, 'devices', 'controller')) {
    const model = attribute(controller, 'model') ?? '';
    const virtio = attribute(controller, 'type') === 'scsi' && model.startsWith('virtio-');
    for (const driver of askers(controller)) {
      if (virtio) yield* missing(driver, there);
      else {
        const remedy = "take iothread out, or write type='scsi' model='virtio-scsi'";
        yield error(driver, 'only a virtio-scsi controller has an I/O thread', remedy);
      }
    }
  }
  for (const pin of down(domain, 'cputune', 'iothreadpin')) yield* missing(pin, there);
}

function askers(device: Placed): Placed[] {
  return childrenOf(device, 'driver').filter((one) => attribute(one, 'iothread') !== undefined);
}

function* missing(at: Placed, there: ReadonlySet<number>): Iterable<Found> {
  const text = attribute(at, 'iothread') ?? '';
  if (there.has(whole(text, 1, MOST) ?? 0)) return;
  const has = [...there].slice(0, 8).join(', ') + (there.size > 8 ? ', …' : '');
  const remedy = has === '' ? 'add <iothreads>1</iothreads>' : `choose one of ${has}`;
  yield error(at, `I/O thread ${shown(text)} is not there`, remedy);
}

/** The given ids, and the lowest free ones up to the count. */
function threadsOf(domain: Placed): Set<number> {
  const ids = down(domain, 'iothreadids', 'iothread');
  const there = new Set(ids.flatMap((one) => whole(attribute(one, 'id'), 1, MOST) ?? []));
  const text = childrenOf(domain, 'iothreads')[0]?.text.trim();
  // Bounded before the set is built.
  const count = whole(text, 0, 65_536) ?? 0;
  for (let id = 1; there.size < count; id++) there.add(id);
  return there;
}
