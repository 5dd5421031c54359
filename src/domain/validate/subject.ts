import { childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { isWrapped } from '../read/emulator.js';
import { memoryOf } from '../read/memory-parts.js';
import { type DomainNic, isOnSwitch, nicsOf, pathOf } from '../read/nics.js';
import { whole } from '../read/values.js';
import type { Facts } from './facts.js';

/** A domain as the rules see it. */
export interface Subject {
  domain: Placed;
  /** '' where it has none. */
  name: string;
  uuid: string | undefined;
  /** All NICs, in their order. */
  nics: readonly DomainNic<Placed>[];
  /** Those on a socket of a switch. */
  vhostUser: readonly SocketNic[];
  /** qemu-wrap is its emulator. */
  wrapped: boolean;
  /** It runs on this host: what it uses is its own. */
  running: boolean;
  /** Most vCPUs; undefined where that is no number. */
  vcpus: number | undefined;
  /** `<memory>` in bytes; undefined where that is no size. */
  memory: number | undefined;
  facts: Facts;
}

/** A NIC on a socket of a switch. */
export interface SocketNic extends DomainNic<Placed> {
  /** `<source>`; the NIC itself where it has none. */
  sourceElement: Placed;
  /** '' where it has none. */
  path: string;
}

export function subjectOf(domain: Placed, facts: Facts): Subject {
  const nics = nicsOf(domain);
  const [name, uuid, vcpu] = ['name', 'uuid', 'vcpu'].map((child) => childrenOf(domain, child)[0]);
  return {
    domain,
    name: name?.text ?? '',
    uuid: uuid && plainUuid(uuid.text),
    nics,
    vhostUser: nics.flatMap((nic) => socketNic(nic)),
    wrapped: isWrapped(domain),
    running: facts.host?.guests.has(name?.text ?? '') ?? false,
    // libvirt's default.
    vcpus: vcpu ? whole(vcpu.text.trim(), 1, 8191) : 1,
    memory: memoryOf(domain),
    facts,
  };
}

function socketNic(nic: DomainNic<Placed>): SocketNic[] {
  if (!isOnSwitch(nic)) return [];
  const sourceElement = childrenOf(nic.element, 'source')[0] ?? nic.element;
  return [{ ...nic, sourceElement, path: pathOf(nic) }];
}

/** libvirt takes it without hyphens, too (virUUIDParse). */
function plainUuid(text: string): string {
  return text.replace(/[\s-]/g, '').toLowerCase();
}
