import { type Domain, openDomain } from '../../domain/index.js';
import type { DomainInfo, Libvirt, ListedDomain, XmlKind } from '../../libvirt/index.js';
import type { Wanted } from './read.js';

/** A domain as libvirt knows it. */
export interface Present {
  info: DomainInfo;
  /** Absent if it is transient. */
  definition?: Domain;
  /** XML of the running guest; absent if it is off. */
  live?: Domain;
}

export interface PresentDomains {
  /** Names and UUIDs of all domains. */
  all: DomainInfo[];
  /** Domains that a file describes, by name. */
  wanted: Map<string, Present>;
  /** Domains of the set that no file describes; empty without `prune`. */
  left: Present[];
}

/** Reads the wanted domains from libvirt and, with `prune`, the other domains of the set. */
export async function readPresent(
  libvirt: Pick<Libvirt, 'listXml'>,
  wanted: readonly Wanted[],
  set: string,
  prune: boolean,
): Promise<PresentDomains> {
  const names = new Set(wanted.map(({ name }) => name));
  const matters = ({ name, persistent }: DomainInfo) => names.has(name) || (prune && persistent);
  const listed = await libvirt.listXml((info) => (matters(info) ? kindsOf(info) : []));
  const found: PresentDomains = {
    all: listed.map(({ info }) => info),
    wanted: new Map(),
    left: [],
  };
  for (const one of listed) {
    const { info } = one;
    if (!matters(info)) continue;
    const present = read(one);
    if (names.has(info.name)) found.wanted.set(info.name, present);
    else if (present.definition?.mark?.set === set) found.left.push(present);
  }
  return found;
}

function kindsOf({ persistent, state }: DomainInfo): XmlKind[] {
  return [
    ...(persistent ? ['definition' as const] : []),
    ...(state !== 'shut off' ? ['xml' as const] : []),
  ];
}

function read({ info, definition, xml }: ListedDomain): Present {
  return {
    info,
    ...(definition !== undefined && { definition: openDomain(definition) }),
    ...(xml !== undefined && { live: openDomain(xml) }),
  };
}
