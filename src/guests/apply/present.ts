import { type Domain, openDomain } from '../../domain/index.js';
import type { DomainInfo, Libvirt } from '../../libvirt/index.js';
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

type Reading = Pick<Libvirt, 'list' | 'xml' | 'definition'>;

/** Reads the wanted domains from libvirt and, with `prune`, the other domains of the set. */
export async function readPresent(
  libvirt: Reading,
  wanted: readonly Wanted[],
  set: string,
  prune: boolean,
): Promise<PresentDomains> {
  const all = await libvirt.list();
  const names = new Set(wanted.map(({ name }) => name));
  const found: PresentDomains = { all, wanted: new Map(), left: [] };
  for (const info of all) {
    if (names.has(info.name)) found.wanted.set(info.name, await read(libvirt, info));
    else if (prune && info.persistent) {
      const present = await read(libvirt, info);
      if (present.definition?.mark?.set === set) found.left.push(present);
    }
  }
  return found;
}

async function read(libvirt: Reading, info: DomainInfo): Promise<Present> {
  const { name, persistent, state } = info;
  return {
    info,
    ...(persistent && { definition: openDomain(await libvirt.definition(name)) }),
    ...(state !== 'shut off' && { live: openDomain(await libvirt.xml(name)) }),
  };
}
