/** NICs of an existing domain become vhost-user ports, and the way back. Pure: XML in, XML out. */
import { InvalidInput } from '../../errors.js';
import { pathTrouble, SOCKET_PATH_MAX } from '../../spec/paths.js';
import { portName } from '../../switch/register.js';
import { applyEdits, type Edit, quoteOf } from '../edits.js';
import { domainName } from '../inspect.js';
import { attribute, childrenOf, type Placed } from '../markup.js';
import { openDomain } from '../open.js';
import { chooseNics, labelOf, nicsOf, pathOf } from './choose.js';
import { interfaceEdits } from './interface.js';
import { shareMemory } from './memory.js';
import { type Kept, keepRecord, NOTHING, recordOf } from './record.js';

export interface ConvertOptions {
  /** NICs to move: MACs, names of `<target>`, numbers from 0. Default: all virtio NICs of taps. */
  nics?: readonly string[];
  /** Absolute path of the folder of the sockets. Default: /run/vmlane. */
  socketDir?: string;
}

/** A NIC that was moved. */
export interface ConvertedNic {
  /** Its place among the domain's interfaces, from 0. */
  index: number;
  /** Lower case; undefined: libvirt will choose one at define. */
  mac: string | undefined;
  /** The type it had, such as `network`. */
  from: string;
  /** Its socket: QEMU listens there, the switch dials. */
  path: string;
  /** The VLAN that it had: its port must be given it. */
  vlan: number | undefined;
  /** Elements left out because only a tap can have them. */
  dropped: readonly string[];
}

export interface Conversion {
  name: string;
  xml: string;
  nics: ConvertedNic[];
}

/**
 * Moves NICs of any domain to vhost-user ports, shares the guest's memory, and leaves every other
 * byte as it is. What was there is kept in `<metadata>` for revertDomain. Nothing to move: the same
 * text. Sockets are `<socketDir>/<port>.sock`, the port named as `vmlane domain start` would.
 * @throws InvalidInput for what is not a domain, cannot be on a vhost-user port, or does not exist
 */
export function convertDomain(xml: string, options: ConvertOptions = {}): Conversion {
  const domain = openDomain(xml);
  const name = domainName(xml);
  const all = nicsOf(domain);
  const chosen = chooseNics(all, options.nics);
  if (chosen.length === 0) return { name, xml, nics: [] };
  checkGuest(domain, name);
  const quote = quoteOf(xml, domain);
  const nics: ConvertedNic[] = [];
  const edits: Edit[] = [];
  const record: Kept = { ...NOTHING, interfaces: [], attributes: [] };
  const paths = new Set(all.map(pathOf));
  for (const nic of chosen) {
    const { index, mac, type: from, element } = nic;
    const path = freePath(options.socketDir ?? '/run/vmlane', name, index, paths);
    const planned = interfaceEdits(xml, element, { label: labelOf(nic), path, quote });
    const { vlan, dropped } = planned;
    edits.push(...planned.edits);
    record.interfaces.push({ path, vlan, was: xml.slice(element.start, element.end) });
    nics.push({ index, mac, from, path, vlan, dropped });
  }
  const sharing = shareMemory(xml, domain, quote);
  record.memoryBacking = sharing.memoryBacking;
  record.attributes = sharing.attributes;
  edits.push(...sharing.edits, keepRecord(xml, domain, joined(recordOf(domain), record, paths)));
  return { name, xml: applyEdits(xml, edits), nics };
}

/** What an earlier conversion kept comes first; of its NICs, those that are still there. */
function joined(old: Kept | undefined, fresh: Kept, paths: ReadonlySet<string>): Kept {
  if (!old) return fresh;
  const there = old.interfaces.filter(({ path }) => paths.has(path));
  const known = new Set(old.attributes.map(({ of, index }) => `${of} ${index}`));
  return {
    metadata: old.metadata,
    interfaces: [...there, ...fresh.interfaces],
    memoryBacking: old.memoryBacking ?? fresh.memoryBacking,
    attributes: [
      ...old.attributes,
      ...fresh.attributes.filter(({ of, index }) => !known.has(`${of} ${index}`)),
    ],
  };
}

function checkGuest(domain: Placed, name: string): void {
  const refuse = (problem: string, remedy: string) =>
    new InvalidInput({ thing: `domain ${name}`, problem, remedy });
  const type = attribute(domain, 'type') ?? '';
  if (!['kvm', 'qemu', 'test'].includes(type)) {
    throw refuse(`its type is ${type || '(none)'}`, 'only kvm and qemu have vhost-user');
  }
  if (childrenOf(domain, 'launchSecurity').length === 0) return;
  const problem = 'has <launchSecurity>: its memory is encrypted, no switch can read it';
  throw refuse(problem, 'leave its NICs where they are');
}

/** A port's socket that no NIC of the domain has yet. */
function freePath(folder: string, name: string, index: number, taken: Set<string>): string {
  const root = folder.replace(/(?<=.)\/+$/, '');
  const at = (n: number) => `${root}/${portName(name, n)}.sock`;
  let n = index;
  while (taken.has(at(n))) n++;
  const path = at(n);
  const trouble = pathTrouble(path, SOCKET_PATH_MAX);
  if (trouble) throw new InvalidInput({ thing: `socket ${path}`, ...trouble });
  taken.add(path);
  return path;
}
