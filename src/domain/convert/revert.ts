import { applyEdits, type Edit, removal } from '../../xml/edit.js';
import { attribute, childrenOf } from '../../xml/element.js';
import { type Placed, scan } from '../../xml/scan.js';
import { unannounce } from '../change/host-mtu.js';
import { isShared } from '../change/share-memory.js';
import type { Domain } from '../domain.js';
import { nicsOf } from '../read/nics.js';
import { accesses, isStorage } from '../read/shared-memory.js';
import { type ConvertibleNic, isKept } from './choose.js';
import { dropRecord, type Kept, recordOf } from './record.js';

/** What revertDomain did. */
export interface Reversion {
  name: string;
  xml: string;
  /** Sockets of ports that are no longer needed. */
  paths: string[];
  /** Relays that are no longer needed. */
  relays: string[];
  /** What could not be restored, as text. */
  notes: string[];
}

/**
 * Undoes convertDomain: restores the interfaces and the memory, to the byte if nobody has rewritten the
 * text since. A domain that was not converted is unchanged. What somebody has changed or removed since
 * is left alone, with a note. @throws InvalidInput also for a damaged record
 */
export function revertDomain({ text: xml, placed: domain, name }: Domain): Reversion {
  const record = recordOf(domain);
  if (!record) return { name, xml, paths: [], relays: [], notes: [] };
  const notes: string[] = [];
  const nics = nicsOf(domain);
  const paths: string[] = [];
  const relays: string[] = [];
  const given = new Set<(typeof nics)[number]>();
  const announcing: string[] = [];
  const edits = record.interfaces.flatMap((kept) => {
    const { key, value, settings, was } = kept;
    // NICs of a pool may have the same MAC: each record is that of the next one.
    const nic = nics.find((one) => !given.has(one) && isKept(one, kept));
    if (nic) given.add(nic);
    else {
      notes.push(`the NIC at ${value} is gone and is not given back`);
      return [];
    }
    if (key === 'path') paths.push(value);
    if (settings.relay !== undefined) relays.push(settings.relay);
    announcing.push(...announcedSince(nic, was));
    return [{ start: nic.element.start, end: nic.element.end, text: was }];
  });
  edits.push(...memoryEdits(xml, domain, record, notes));
  edits.push(...unannounce(xml, domain, announcing), ...dropRecord(xml, domain, record));
  return { name, xml: applyEdits(xml, edits), paths, relays, notes };
}

/** Its alias, if its MTU is set by that past libvirt, and the former NIC has another or says the same itself. */
function announcedSince({ alias, hostMtu }: ConvertibleNic, was: string): string[] {
  if (alias === undefined || hostMtu === undefined) return [];
  const before = scan(was);
  const isOwn = attribute(childrenOf(before, 'alias')[0], 'name') === alias;
  const isSame = attribute(childrenOf(before, 'mtu')[0], 'size') === hostMtu;
  return !isOwn || isSame ? [alias] : [];
}

function memoryEdits(xml: string, domain: Placed, record: Kept, notes: string[]): Edit[] {
  const edits: Edit[] = [];
  const [backing] = childrenOf(domain, 'memoryBacking');
  const { memoryBacking: was } = record;
  if (was !== undefined && backing) {
    if (!isShared(xml, domain, backing, was))
      notes.push('<memoryBacking> was changed since, and stays');
    else if (was === '') edits.push(removal(xml, backing));
    else edits.push({ start: backing.start, end: backing.end, text: was });
  }
  const all = accesses(domain);
  for (const { of, index, was: before } of record.attributes) {
    const found = all.find((one) => one.of === of && one.index === index);
    const made = found && isStorage(found.element) ? 'private' : 'shared';
    if (!found || attribute(found.element, found.name) !== made) continue;
    const there = found.element.places.get(found.name);
    if (!there) continue;
    if (before === undefined) edits.push({ start: there.start, end: there.end, text: '' });
    else edits.push({ ...there.raw, text: before });
  }
  return edits;
}
