import { attribute, childrenOf, type Placed } from '../../xml/scan.js';
import { type Nic, nicsOf, pathOf } from '../convert/choose.js';
import { isWrapped } from '../shared.js';
import type { Facts } from './facts.js';
import { bytesOf, whole } from './values.js';

/** A domain as the rules see it. */
export interface Subject {
  domain: Placed;
  /** '' where it has none. */
  name: string;
  uuid: string | undefined;
  /** All NICs, in their order. */
  nics: readonly Nic[];
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

export interface SocketNic extends Nic {
  /** Where its path is, or should be. */
  source: Placed;
  /** '' where it has none. */
  path: string;
  mode: string | undefined;
}

export function subjectOf(domain: Placed, facts: Facts): Subject {
  const nics = nicsOf(domain);
  const [name, uuid, vcpu, memory] = ['name', 'uuid', 'vcpu', 'memory'].map(
    (child) => childrenOf(domain, child)[0],
  );
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
    memory: memory && bytesOf(memory.text, attribute(memory, 'unit')),
    facts,
  };
}

/** One with a backend of its own (`<backend type='passt'/>`, libvirt 11.1) has no socket of a switch. */
function socketNic(nic: Nic): SocketNic[] {
  const { type, element } = nic;
  const backends = childrenOf(element, 'backend');
  if (type !== 'vhostuser' || backends.some((one) => attribute(one, 'type') === 'passt')) return [];
  const source = childrenOf(element, 'source')[0] ?? element;
  return [{ ...nic, source, path: pathOf(nic), mode: attribute(source, 'mode') }];
}

/** The devices of one kind. */
export function devicesOf(domain: Placed, name: string): Placed[] {
  return childrenOf(domain, 'devices').flatMap((devices) => childrenOf(devices, name));
}

/** What is found by going down by these names, at each step through all. */
export function down(from: Placed, ...names: string[]): Placed[] {
  return names.reduce<Placed[]>((at, name) => at.flatMap((one) => childrenOf(one, name)), [from]);
}

/** libvirt takes it without hyphens, too (virUUIDParse). */
function plainUuid(text: string): string {
  return text.replace(/[\s-]/g, '').toLowerCase();
}
