import type { PortRequest } from '../contract/types.js';
import type { Version } from '../qemu/host.js';
import type { Policy } from '../qemu/policy.js';
import { attribute, type Element } from '../xml/element.js';
import { readDomain } from '../xml/read.js';
import { type Placed, scan } from '../xml/scan.js';
import type { AttachedNetwork } from './read/attached.js';
import { variablesOf } from './read/commandline.js';
import { isWrapped, machineVersionOf, netdevsOf } from './read/emulator.js';
import { hasNvram } from './read/firmware.js';
import { type HostDevice, hostDevicesOf } from './read/host-devices.js';
import { nameOf, uuidOf } from './read/identity.js';
import { type KeptSettings, keptSettings } from './read/kept-settings.js';
import { type ApplyMark, markOf } from './read/mark.js';
import { memoryFilesOf } from './read/memory-parts.js';
import { type DomainNic, nicsOf } from './read/nics.js';
import { portRequestsOf } from './read/port-requests.js';
import { securityLabelOf } from './read/security-label.js';
import { privateMemory } from './read/shared-memory.js';
import { type VhostUserInterface, vhostUserInterfaces } from './read/vhost-user.js';
import {
  type UnattachedNic,
  unattachedNicsOf,
  wrappedPortRequestsOf,
} from './read/wrapped-ports.js';

/**
 * A libvirt domain. The XML is parsed once; each property is computed at its first use. A property that
 * is invalid throws InvalidInput, and affects only callers that use it.
 */
export class Domain {
  /** The given XML. */
  readonly text: string;
  readonly #answers = new Map<string, unknown>();

  /** For XML that is known to be good, such as our own edit of another; use openDomain for all other. */
  constructor(text: string) {
    this.text = text;
  }

  /** `<domain>`; the same as `placed` where that accepts the text. @throws InvalidInput as openDomain */
  get root(): Element {
    return this.#once('root', () => readDomain(this.text, () => this.placed));
  }

  /** `<domain>` with the place of every element, for edits and messages. @throws InvalidInput, more than openDomain */
  get placed(): Placed {
    return this.#once('placed', () => scan(this.text));
  }

  /** @throws InvalidInput for a domain without a name */
  get name(): string {
    return this.#once('name', () => nameOf(this.root));
  }

  /** In lower case, with hyphens as written; undefined if libvirt will choose one at define. */
  get uuid(): string | undefined {
    return this.#once('uuid', () => uuidOf(this.root));
  }

  /** Variables of `<qemu:commandline><qemu:env/>` for the emulator. */
  get variables(): Readonly<Record<string, string>> {
    return this.#once('variables', () => variablesOf(this.root));
  }

  /** All NICs, in their order. */
  get nics(): readonly DomainNic[] {
    return this.#once('nics', () => nicsOf(this.root));
  }

  /** What `<metadata>` says about the switch's ports. */
  get keptSettings(): KeptSettings {
    return this.#once('keptSettings', () => keptSettings(this.root));
  }

  /** NICs on a socket of a switch, in their order. @throws InvalidInput for one without path or mode */
  get vhostUserInterfaces(): readonly VhostUserInterface[] {
    return this.#once('vhostUserInterfaces', () =>
      vhostUserInterfaces(this.nics, this.keptSettings),
    );
  }

  /** Whether qemu-wrap is the emulator; it shares the memory without libvirt's knowledge. */
  get isWrapped(): boolean {
    return this.#once('isWrapped', () => isWrapped(this.root));
  }

  /** QEMU's ids of its NICs' netdevs, `hostnet0`, in their order, if qemu-wrap runs it; see read/emulator.ts. */
  get wrappedNetdevs(): readonly (string | undefined)[] {
    return this.isWrapped ? this.#once('wrappedNetdevs', () => netdevsOf(this.nics)) : [];
  }

  /** Whether QEMU emulates its processors (TCG), in place of KVM. */
  get isEmulated(): boolean {
    return attribute(this.root, 'type') === 'qemu';
  }

  /** What its machine type says about its QEMU: it is no older one; see read/emulator.ts. */
  get machineVersion(): Version | undefined {
    return machineVersionOf(this.root);
  }

  /** Whether all of its memory is shared, as a switch needs. */
  get isShared(): boolean {
    return this.#once('isShared', () => privateMemory(this.root).length === 0);
  }

  /** Paths of files that are a part of its memory, such as NVDIMMs. */
  get memoryFiles(): readonly string[] {
    return this.#once('memoryFiles', () => memoryFilesOf(this.root).map(({ path }) => path));
  }

  /** Whether it boots with UEFI, and so has variables of its own beside its disks. */
  get hasNvram(): boolean {
    return this.#once('hasNvram', () => hasNvram(this.root));
  }

  /** The label that AppArmor or SELinux knows its QEMU by, as libvirt says; see read/security-label.ts. */
  get securityLabel(): string | undefined {
    return this.#once('securityLabel', () => securityLabelOf(this.root));
  }

  /** The host's PCI devices that it asks for. */
  get hostDevices(): readonly HostDevice[] {
    return this.#once('hostDevices', () => hostDevicesOf(this.root));
  }

  /** The mark of `vmlane domain apply`; undefined if there is none, or one that apply cannot have written. */
  get mark(): ApplyMark | undefined {
    return this.#once('mark', () => markOf(this.root));
  }

  /**
   * The switch's ports that its vhost-user NICs ask for, in their order. Settings that neither XML nor `<metadata>`
   * gives are left out, so that a port keeps them. Only NICs with a socket that is `ours` get a request; the others
   * count for the names.
   * @throws InvalidInput as vhostUserInterfaces, for two NICs on one socket, and for invalid settings: a guest must
   * not end up in no VLAN because of a typing error
   */
  portRequests(ours: (path: string) => boolean = () => true): PortRequest[] {
    return portRequestsOf(this, ours);
  }

  /**
   * The switch's ports that its NICs get if qemu-wrap runs it with this policy, in their order: the same that
   * rewriting QEMU's arguments gives, with the VLAN of the NIC or else of its network at the switch, and what
   * `<metadata>` says for the socket.
   * @throws InvalidInput as portRequests, and for a NIC in several VLANs
   */
  wrappedPortRequests(policy: Policy, networks: readonly AttachedNetwork[] = []): PortRequest[] {
    return wrappedPortRequestsOf(this, policy, networks);
  }

  /**
   * NICs that qemu-wrap moves with this policy and whose network is none of the switch's: what attaches it.
   * Empty if it is not wrapped.
   */
  unattachedNics(policy: Policy, networks: readonly AttachedNetwork[]): UnattachedNic[] {
    return unattachedNicsOf(this, policy, networks);
  }

  #once<T>(question: string, answer: () => T): T {
    if (!this.#answers.has(question)) this.#answers.set(question, answer());
    return this.#answers.get(question) as T;
  }
}

/**
 * Reads domain XML. @throws InvalidInput for what is not well-formed, not a domain, declares a document type or
 * entities, or is in another encoding than UTF-8
 */
export function openDomain(xml: string): Domain {
  const domain = new Domain(xml);
  // Parse now, so that the error comes here.
  void domain.root;
  return domain;
}
