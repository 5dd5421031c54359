import { childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { isWrapped } from '../read/emulator.js';
import { memoryOf } from '../read/memory-parts.js';
import { type DomainNic, isOnSwitch, nicsOf, pathOf } from '../read/nics.js';
import { whole } from '../read/values.js';
import type { Facts } from './facts.js';

/** A domain in the form that the rules use. */
export interface Subject {
  domain: Placed;
  /** '' if it has none. */
  name: string;
  uuid: string | undefined;
  /** All NICs, in their order. */
  nics: readonly DomainNic<Placed>[];
  /** NICs on a socket of a switch. */
  vhostUser: readonly SocketNic[];
  /** qemu-wrap is its emulator. */
  wrapped: boolean;
  /** It runs on this host, so what it uses is its own. */
  running: boolean;
  /** Maximum number of vCPUs; undefined if that is not a number. */
  vcpus: number | undefined;
  /** `<memory>` in bytes; undefined if that is not a size. */
  memory: number | undefined;
  facts: Facts;
}

/** A NIC on a socket of a switch. */
export interface SocketNic extends DomainNic<Placed> {
  /** `<source>`; the NIC itself if it has none. */
  sourceElement: Placed;
  /** '' if it has none. */
  path: string;
}

export function subjectOf(domain: Placed, facts: Facts): Subject {
  const nics = nicsOf(domain);
  const [name, uuid, vcpu] = ['name', 'uuid', 'vcpu'].map((child) => childrenOf(domain, child)[0]);
  return {
    domain,
    name: name?.text ?? '',
    uuid: uuid?.text ? plainUuid(uuid.text) : undefined,
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

/** Without hyphens, which libvirt does not need (virUUIDParse). */
function plainUuid(text: string): string {
  return text.replace(/[\s-]/g, '').toLowerCase();
}
