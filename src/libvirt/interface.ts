import type { DomainState } from './state.js';

/** A domain in a list. */
export interface DomainInfo {
  name: string;
  /** Lower case, with hyphens. */
  uuid: string;
  state: DomainState;
  /** It has a definition; a domain without one vanishes when it stops. */
  persistent: boolean;
  /** It starts with the host. */
  autostart: boolean;
  vcpus: number;
  /** Its maximum memory in bytes. */
  memory: number;
}

/** What can be asked of every domain in a list: `xml` and `definition` are those of the interface below. */
export type XmlKind = 'xml' | 'definition';

/** A domain in a list, with what was asked for. */
export interface ListedDomain {
  info: DomainInfo;
  xml?: string;
  definition?: string;
}

/** Handling of a guest's UEFI variables when its definition is removed; libvirt requires a choice. */
export type Nvram = 'remove' | 'keep';

/**
 * A connection to libvirt. Domains are identified by name. Calls run on libuv's threads (four at once by default) and
 * have no deadline: starting a guest without its vhost-user peer hangs, so check the switch first.
 *
 * Rejects with Failed: daemon gone, libvirt could not do it. With InvalidInput: no such domain, XML refused.
 * The error's problem is libvirt's own message.
 */
export interface Libvirt {
  /** Adds the domain, or replaces the definition of the one with the same name and UUID. */
  define(xml: string): Promise<void>;
  /** Starts a defined domain. */
  start(name: string): Promise<void>;
  state(name: string): Promise<DomainState>;
  /** The domain's XML: that of the running guest if it runs, else its definition. */
  xml(name: string): Promise<string>;
  /**
   * The domain's definition, secrets included, whether it runs or not: valid input for define.
   * Rejects with Failed for a transient domain, which has none.
   */
  definition(name: string): Promise<string>;
  /** All domains, running or not, by name. */
  list(): Promise<DomainInfo[]>;
  /**
   * The same, with the XML of those for which `kinds` names some: faster than asking for one by its name. One that
   * disappears meanwhile is left out.
   */
  listXml(kinds: (info: DomainInfo) => readonly XmlKind[]): Promise<ListedDomain[]>;
  /**
   * Attaches a device to a running guest, or detaches it, which the guest may refuse; takes the
   * device's XML. persistent: in the definition, too. By virsh, as the bindings lack both.
   */
  attach(name: string, device: string, persistent: boolean): Promise<void>;
  detach(name: string, device: string, persistent: boolean): Promise<void>;
  /**
   * Whether it starts with the host. Rejects with Failed for a transient domain, which cannot. By virsh,
   * as the bindings lack it.
   */
  autostart(name: string, on: boolean): Promise<void>;
  /** Asks the guest to shut down, by its agent or else ACPI, without waiting; the guest may ignore it. */
  shutdown(name: string): Promise<void>;
  /** Powers it off. */
  destroy(name: string): Promise<void>;
  /**
   * Removes the definition. A running guest continues, and vanishes when it stops. With a choice for
   * its UEFI variables by virsh, as the bindings have no flags.
   */
  undefine(name: string, nvram?: Nvram): Promise<void>;
  /** Waits for calls under way, then disconnects. May be repeated; later calls are refused. */
  close(): Promise<void>;
}
