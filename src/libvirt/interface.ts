import type { DomainState } from './state.js';

/** A domain in a list. */
export interface DomainInfo {
  name: string;
  /** Lower case, with hyphens. */
  uuid: string;
  state: DomainState;
  /** It has a definition; one without is gone when it stops. */
  persistent: boolean;
  /** It starts with the host. */
  autostart: boolean;
  vcpus: number;
  /** Most memory that it may have, in bytes. */
  memory: number;
}

/** What becomes of a guest's UEFI variables when its definition goes; libvirt refuses without a word on them. */
export type Nvram = 'remove' | 'keep';

/**
 * A connection to libvirt. Domains go by their names. Calls run on libuv's threads (four at once by default) and
 * have no deadline: starting a guest whose vhost-user peer is missing hangs, so check the switch first.
 *
 * Rejects with Failed: daemon gone, libvirt could not do it. With InvalidInput: no such domain, it refused the XML.
 * The error's problem is libvirt's own message.
 */
export interface Libvirt {
  /** Adds the domain, or replaces the definition of the one with the same name and UUID. */
  define(xml: string): Promise<void>;
  /** Starts a defined domain. */
  start(name: string): Promise<void>;
  state(name: string): Promise<DomainState>;
  /** The domain's XML: of the running guest if it runs, else its definition. */
  xml(name: string): Promise<string>;
  /**
   * The domain's definition, secrets included, whether it runs or not: what define takes back.
   * Rejects with Failed for a domain that has none and is gone when it stops.
   */
  definition(name: string): Promise<string>;
  /** All domains, running or not, by name. */
  list(): Promise<DomainInfo[]>;
  /**
   * Plugs a device into a running guest, or takes it off, which the guest may refuse; its XML is
   * that of the device. persistent: in the definition, too. By virsh, as the bindings lack both.
   */
  attach(name: string, device: string, persistent: boolean): Promise<void>;
  detach(name: string, device: string, persistent: boolean): Promise<void>;
  /** Asks the guest to shut down, by its agent or else ACPI, and does not wait; it may not listen. */
  shutdown(name: string): Promise<void>;
  /** Powers it off. */
  destroy(name: string): Promise<void>;
  /**
   * Removes the definition. A guest that runs goes on, and is gone when it stops. With a word on
   * its UEFI variables by virsh, as the bindings have no flags.
   */
  undefine(name: string, nvram?: Nvram): Promise<void>;
  /** Waits for calls that are under way, then disconnects. More than once is harmless; later calls are refused. */
  close(): Promise<void>;
}
