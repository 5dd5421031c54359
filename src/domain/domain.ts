import type { PortRequest } from '../contract/types.js';
import type { Element } from '../xml/element.js';
import { readDomain } from '../xml/read.js';
import { type Placed, scan } from '../xml/scan.js';
import { isWrapped, netdevsOf } from './read/emulator.js';
import { hasNvram } from './read/firmware.js';
import { type HostDevice, hostDevicesOf } from './read/host-devices.js';
import { nameOf, uuidOf, variablesOf } from './read/identity.js';
import { type KeptSettings, keptSettings } from './read/kept-settings.js';
import { type ApplyMark, markOf } from './read/mark.js';
import { type DomainNic, nicsOf } from './read/nics.js';
import { portRequestsOf } from './read/port-requests.js';
import { privateMemory } from './read/shared-memory.js';
import { type VhostUserInterface, vhostUserInterfaces } from './read/vhost-user.js';

/**
 * A libvirt domain: its XML, read once, and what is in it, found at the first question. What cannot be
 * found is an InvalidInput of that question; whoever does not ask is not refused.
 */
export class Domain {
  /** The XML as it was given. */
  readonly text: string;
  readonly #answers = new Map<string, unknown>();

  /** Of a text that is known to be good, our own edit of another; of all others openDomain. */
  constructor(text: string) {
    this.text = text;
  }

  /** `<domain>` as fast-xml-parser reads it. @throws InvalidInput as openDomain */
  get root(): Element {
    return this.#once('root', () => readDomain(this.text));
  }

  /** `<domain>` with the places of everything, for who edits or tells places. @throws InvalidInput, stricter than openDomain */
  get placed(): Placed {
    return this.#once('placed', () => scan(this.text));
  }

  /** @throws InvalidInput for a domain without a name */
  get name(): string {
    return this.#once('name', () => nameOf(this.root));
  }

  /** In lower case, hyphens as they are written; undefined: libvirt will choose one at define. */
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

  /** What `<metadata>` says of the switch's ports. */
  get keptSettings(): KeptSettings {
    return this.#once('keptSettings', () => keptSettings(this.root));
  }

  /** NICs on a socket of a switch, in their order. @throws InvalidInput for one without path or mode */
  get vhostUserInterfaces(): readonly VhostUserInterface[] {
    return this.#once('vhostUserInterfaces', () =>
      vhostUserInterfaces(this.nics, this.keptSettings),
    );
  }

  /** Whether qemu-wrap is the emulator: it shares the memory, without libvirt's knowledge. */
  get isWrapped(): boolean {
    return this.#once('isWrapped', () => isWrapped(this.root));
  }

  /** QEMU's ids of its NICs' netdevs, `hostnet0`, in their order, if qemu-wrap runs it; see read/emulator.ts. */
  get wrappedNetdevs(): readonly (string | undefined)[] {
    return this.isWrapped ? this.#once('wrappedNetdevs', () => netdevsOf(this.nics)) : [];
  }

  /** Whether all of its memory is shared, as a switch needs it. */
  get isShared(): boolean {
    return this.#once('isShared', () => privateMemory(this.root).length === 0);
  }

  /** Whether it boots with UEFI, and so has variables of its own beside its disks. */
  get hasNvram(): boolean {
    return this.#once('hasNvram', () => hasNvram(this.root));
  }

  /** PCI devices of the host that it asks for. */
  get hostDevices(): readonly HostDevice[] {
    return this.#once('hostDevices', () => hostDevicesOf(this.root));
  }

  /** The mark of `vmlane domain apply`; undefined: none, or one that nobody but a hand can have written. */
  get mark(): ApplyMark | undefined {
    return this.#once('mark', () => markOf(this.root));
  }

  /**
   * The switch's ports that its vhost-user NICs ask for, in their order: whoever of QEMU and switch is not named
   * there dials. What neither XML nor `<metadata>` says is left out, so that a port keeps it. Only of NICs whose
   * socket's path is `ours`; the others count for the names.
   * @throws InvalidInput as vhostUserInterfaces, for two NICs on one socket, and for settings that cannot be: a
   * guest must not come into no VLAN because somebody has mistyped it
   */
  portRequests(ours: (path: string) => boolean = () => true): PortRequest[] {
    return portRequestsOf(this, ours);
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
  // Read now, so that the error is here.
  void domain.root;
  return domain;
}
