/** What vmlane has made on this host, to make it again after a boot: files below /etc/vmlane. */
import * as z from 'zod';
import { INTERFACE_NAME, PORT_NAME, VLAN } from '../contract/bounds.js';
import type { PortRequest } from '../contract/types.js';
import { mac } from '../spec/fields.js';
import { isBelieved } from '../system/files/believed.js';
import { HostFiles } from '../system/files/host-files.js';
import { InvalidInput, VmlaneError } from '../values/errors.js';
import { readRecord } from '../values/json-record.js';
import { NETWORK_NAME } from '../values/network-name.js';
import { TAP_MTU } from '../values/tap-mtu.js';

/** Folders of the records. */
export const INTERFACES = '/etc/vmlane/interfaces';
export const NETWORKS = '/etc/vmlane/networks';

/** An address with the length of its prefix: `192.0.2.1/24`. */
export const cidr = z.union([z.cidrv4(), z.cidrv6()]);

/** Any interface of the kernel's: it takes more than we give. Source: dev_valid_name. */
const kernelName = z.string().regex(/^(?!\.{1,2}$)[^\s/:\0]{1,15}$/);
const interfaceName = z.string().max(INTERFACE_NAME.max).regex(INTERFACE_NAME.pattern);
const path = z.string().regex(/^\/[^\0]*$/);
const port = z.string().max(PORT_NAME.max).regex(PORT_NAME.pattern);

const ofInterface = z.strictObject({
  /** Also marks the file as ours. */
  version: z.literal(1),
  name: interfaceName,
  /** The port that it is, of the switch on this control socket. */
  port,
  control_socket: path,
  mac,
  mtu: z.int().min(TAP_MTU.min).max(TAP_MTU.max),
  addresses: z.array(cidr),
  bridge: interfaceName.optional(),
  /** The network card of the kernel's whose macvtap it is; absent: it is a tap. */
  nic: kernelName.optional(),
  /** What the card has back when the interface goes: its place in this bridge, */
  taken_from: kernelName.optional(),
  /** that it was down, */
  was_down: z.literal(true).optional(),
  /** and that this host answered ARP, */
  had_arp: z.literal(true).optional(),
  /** and spoke IPv6 by it. */
  had_ipv6: z.literal(true).optional(),
  /** The port's, as port.add takes them; the switch checks them. */
  settings: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
});

const ofNetwork = z.strictObject({
  version: z.literal(1),
  name: z.string().max(NETWORK_NAME.max).regex(NETWORK_NAME.pattern),
  control_socket: path,
  /** Its VLAN on the switch. */
  vlan: z.int().min(1).max(VLAN.max),
  /** The Linux bridge that it is attached to, */
  bridge: interfaceName.optional(),
  /** and the network of libvirt's whose bridge that is. */
  libvirt: z.string().min(1).optional(),
  /** Its interface: the one in the bridge; without a bridge the card's. */
  interface: interfaceName.optional(),
  /** The network card that it is attached to, */
  nic: kernelName.optional(),
  /** and its interface, where the other one is in the bridge that the card is taken from. */
  nic_interface: interfaceName.optional(),
});

/** An interface of vmlane's. */
export type InterfaceRecord = Omit<z.infer<typeof ofInterface>, 'version'>;
/** A network: a VLAN of the switch, and what it is attached to. */
export type NetworkRecord = Omit<z.infer<typeof ofNetwork>, 'version'>;

/** The port of an interface, as port.add takes it. */
export function requestOf({ settings, port: name, name: net }: InterfaceRecord): PortRequest {
  return { ...settings, name, path: '', interface: net };
}

/** Records of one kind, a file for each. `root` stands for `/`. */
class Records<T extends { name: string }> {
  readonly #folder: string;
  readonly #schema: z.ZodType<T & { version: 1 }>;
  readonly #remedy: string;

  constructor(folder: string, schema: z.ZodType<T & { version: 1 }>, remedy: string) {
    this.#folder = folder;
    this.#schema = schema;
    this.#remedy = remedy;
  }

  /** Names of those that have a record. @throws Failed */
  names(root = '/'): string[] {
    const names = new HostFiles(root).names(this.#folder);
    return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
  }

  /** All of them, by name. @throws as read */
  all(root = '/'): T[] {
    return this.names(root).flatMap((name) => this.read(name, root) ?? []);
  }

  /** Undefined: it has none. @throws InvalidInput for a file that is damaged, or that others may write; Failed */
  read(name: string, root = '/'): T | undefined {
    const files = new HostFiles(root);
    const file = this.#file(name);
    const refuse = (problem: string, cause?: unknown) =>
      new InvalidInput({ thing: file, problem, remedy: this.#remedy }, { cause });
    const stat = files.stat(file, 'kept');
    if (!stat) return undefined;
    if (!isBelieved(stat)) throw refuse('is not a file that only root may write');
    const { version: _, ...record } = readRecord(files.text(file) ?? '', this.#schema, refuse);
    if (record.name === name) return record as unknown as T;
    throw refuse(`is of another one, ${record.name}`);
  }

  /** @throws Failed */
  write(record: T, root = '/'): void {
    const text = `${JSON.stringify({ version: 1, ...record }, null, 2)}\n`;
    new HostFiles(root).write(this.#file(record.name), text, { mode: 0o644, last: 'kept' });
  }

  /** @throws Failed */
  remove(name: string, root = '/'): void {
    new HostFiles(root).remove(this.#file(name), 'kept');
  }

  #file(name: string): string {
    return `${this.#folder}/${name}.json`;
  }
}

/** The interfaces that vmlane has made on this host. */
export const interfaceRecords = new Records<InterfaceRecord>(
  INTERFACES,
  ofInterface,
  'remove it, and make the interface anew',
);
/** The networks of this host's switches. */
export const networkRecords = new Records<NetworkRecord>(
  NETWORKS,
  ofNetwork,
  'remove it, and add the network anew',
);

/**
 * The networks of the switch on this control socket. One whose record is damaged is left out: what needs it says
 * that it is not there, and nothing else is kept from working.
 */
export function networksOf(controlSocket: string): NetworkRecord[] {
  return readable(networkRecords).filter((one) => one.control_socket === controlSocket);
}

/** The same for its interfaces. */
export function interfacesOf(controlSocket: string): InterfaceRecord[] {
  return readable(interfaceRecords).filter((one) => one.control_socket === controlSocket);
}

/** What is wrong with records of either kind: who lists networks should hear of it. */
export function damagedRecords(): VmlaneError[] {
  const damaged: VmlaneError[] = [];
  for (const records of [networkRecords, interfaceRecords])
    readable<{ name: string }>(records, (error) => damaged.push(error));
  return damaged;
}

function readable<T extends { name: string }>(
  records: Records<T>,
  damaged: (error: VmlaneError) => void = () => undefined,
): T[] {
  return records.names().flatMap((name) => {
    try {
      return records.read(name) ?? [];
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      damaged(error);
      return [];
    }
  });
}
