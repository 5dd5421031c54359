/** Decides which of the switch's ports belong to a guest; nothing else does. Pure except guestPorts. */
import { normalize } from 'node:path';
import type { Port, PortRequest } from '../contract/types.js';
import { type Domain, openDomain } from '../domain/domain.js';
import type { VhostUserInterface } from '../domain/read/vhost-user.js';
import type { Libvirt } from '../libvirt/index.js';
import { wrappedPortName } from '../qemu/nics/ports.js';
import { InvalidInput } from '../values/errors.js';
import { type GuestIds, guestSocket, wrappedSocket } from '../values/guest-socket.js';
import { portName } from '../values/port-name.js';
import type { GuestHost } from './host.js';

type NamedPort = Pick<Port, 'name' | 'path'>;

/** A guest's ports, derived from its XML. */
export interface OwnPorts {
  /** It cannot have any: there is no need to ask the switch. */
  readonly none: boolean;
  /** Sockets of its vhost-user NICs, with the guest's name for each. */
  readonly sockets: ReadonlyMap<string, string>;
  /** Ports of the NICs that qemu-wrap moves: by name, how their sockets' paths may end. */
  readonly wrapped: ReadonlyMap<string, readonly string[]>;
  /** Whether a port belongs to the guest. */
  has(port: NamedPort): boolean;
}

/**
 * A guest's ports: those on the socket of one of its vhost-user NICs, under a name that we give its
 * ports (`web1.0`, any number: a plugged NIC's is not its place in the XML); and those of NICs that
 * qemu-wrap moves, by name (`web1.hostnet0`) and socket, whatever folder its settings name. A port that
 * somebody gave another name does not belong to the guest, and stays.
 * `domains`: the running guest and its definition, if they differ: NICs of both count.
 * `socketDirs`: vhost-user sockets elsewhere belong to another switch; absent: none do.
 * @throws InvalidInput as Domain.vhostUserInterfaces
 */
export function ownPorts(domains: readonly Domain[], socketDirs?: readonly string[]): OwnPorts {
  const sockets = domains.flatMap((domain) => socketsOf(domain, socketDirs));
  return ownPortsOf(new Map(sockets), new Map(domains.flatMap(wrappedOf)));
}

function ownPortsOf(
  sockets: ReadonlyMap<string, string>,
  wrapped: ReadonlyMap<string, readonly string[]>,
): OwnPorts {
  return {
    ...{ sockets, wrapped, none: sockets.size + wrapped.size === 0 },
    has: (port) => {
      const guest = sockets.get(port.path);
      if (guest !== undefined && isOwnName(port.name, guest)) return true;
      return isWrapped(port, wrapped.get(port.name));
    },
  };
}

/** Ports of `own` that are not among `others`. */
export function without(own: OwnPorts, others: OwnPorts): OwnPorts {
  const sockets = [...own.sockets].filter(([path]) => !others.sockets.has(path));
  const wrapped = [...own.wrapped].filter(([name]) => !others.wrapped.has(name));
  return ownPortsOf(new Map(sockets), new Map(wrapped));
}

/** The guest's ports at one socket. */
export function at(path: string, own: OwnPorts): OwnPorts {
  const guest = own.sockets.get(path);
  return ownPortsOf(new Map(guest === undefined ? [] : [[path, guest]]), new Map());
}

/** No ports. */
export const NO_PORTS: OwnPorts = ownPortsOf(new Map(), new Map());

/** The port that a NIC has or, on a vhost-user socket, would get; undefined if only qemu-wrap would know. */
function portOfNic(
  guest: GuestIds,
  nic: { socket?: string | undefined; netdev?: string | undefined },
  present: readonly Port[],
): Port | undefined {
  const { socket, netdev } = nic;
  if (socket !== undefined) return present.find(({ path }) => path === socket);
  if (netdev === undefined) return undefined;
  const [name, tails] = wrappedPortOf(guest, netdev);
  return present.find((port) => port.name === name && isWrapped(port, tails));
}

/** A NIC of a domain, by its place among the NICs, and its port. */
export interface DomainNicPort {
  port: Port | undefined;
  /** The port's name, or the one that it would get; undefined: the NIC is not on a switch, or only one would know. */
  wanted: string | undefined;
  /** As it is in the definition; undefined: no vhost-user NIC. */
  kept: VhostUserInterface | undefined;
}

/** Only the switch knows which NICs of a wrapped guest are on it. */
export function portOfDomainNic(
  domain: Domain,
  guest: string,
  index: number,
  present: readonly Port[],
): DomainNicPort {
  const { type, source } = domain.nics[index] ?? {};
  const all = domain.vhostUserInterfaces;
  const at = type === 'vhostuser' ? all.findIndex(({ path }) => path === source) : -1;
  const nic = at < 0 ? { netdev: domain.wrappedNetdevs[index] } : { socket: source };
  const port = portOfNic({ name: guest, uuid: domain.uuid }, nic, present);
  return { port, wanted: port?.name ?? (at < 0 ? undefined : portName(guest, at)), kept: all[at] };
}

/**
 * Name of the port of a NIC that qemu-wrap moves, and how its socket's path may end: a guest that was started by an
 * older version has its name for a folder, or none.
 */
function wrappedPortOf(guest: GuestIds, netdev: string): [name: string, tails: readonly string[]] {
  const name = wrappedPortName(guest.name, netdev);
  const tails = [wrappedSocket('/', guest, netdev), guestSocket('/', guest.name, netdev)];
  return [name, [...tails, `/${name}.sock`]];
}

function isWrapped({ path }: NamedPort, tails: readonly string[] = []): boolean {
  return tails.some((tail) => path.endsWith(tail));
}

/** A domain's XML: of the guest if it runs, and of its definition. Rejects as libvirt does. */
export async function domainsOf(
  { libvirt }: GuestHost<'xml' | 'definition'>,
  { name, persistent }: { name: string; persistent: boolean },
): Promise<Domain[]> {
  const texts = [await libvirt.xml(name)];
  if (persistent) texts.push(await libvirt.definition(name));
  // If the guest is off, the two are the same.
  return [...new Set(texts)].map((text) => openDomain(text));
}

/** The switch's ports that belong to a guest; undefined if the switch cannot be asked. Rejects as libvirt does. */
export async function guestPorts(
  host: GuestHost<'xml' | 'definition' | 'list'>,
  name: string,
): Promise<Port[] | undefined> {
  const persistent = await isPersistent(host.libvirt, name);
  const own = ownPorts(await domainsOf(host, { name, persistent }));
  if (own.none) return [];
  const { client } = await host.reach();
  return client && (await client.ports()).filter(own.has);
}

async function isPersistent(libvirt: Pick<Libvirt, 'list'>, name: string): Promise<boolean> {
  return (await libvirt.list()).some((one) => one.name === name && one.persistent);
}

/**
 * The domain that libvirt gives a hook. Undefined for unreadable XML without a vhost-user NIC: it must not stop
 * a guest that does not concern us. @throws InvalidInput for other unreadable XML
 */
export function openGuest(xml: string): Domain | undefined {
  try {
    return openDomain(xml);
  } catch (error) {
    const shown = /<interface\s[^>]*\btype\s*=\s*["']vhostuser["']/.test(xml);
    if (error instanceof InvalidInput && !shown) return undefined;
    throw error;
  }
}

/**
 * The ports that a domain needs before QEMU runs: those of its vhost-user NICs with a socket in or
 * below one of the `socketDirs`. @throws InvalidInput as Domain.portRequests
 */
export function wantedPorts(domain: Domain, socketDirs: readonly string[]): PortRequest[] {
  if (domain.vhostUserInterfaces.length === 0) return [];
  return domain.portRequests((path) => isBelow(path, socketDirs));
}

/**
 * The requests with the label by which the switch knows the domain's QEMU. Without a label they take back
 * an earlier one: it was of a QEMU that is gone.
 */
export function labelled(domain: Domain, requests: readonly PortRequest[]): PortRequest[] {
  return requests.map((request) => ({ ...request, peer_label: domain.securityLabel ?? null }));
}

/** Whether a port has a name that we give the domain's ports, with any number. */
export function isOwnName(port: string, domain: string): boolean {
  const number = /\.(0|[1-9]\d{0,5})$/.exec(port)?.[1];
  return number !== undefined && portName(domain, Number(number)) === port;
}

function socketsOf(domain: Domain, socketDirs: readonly string[] | undefined): [string, string][] {
  const paths = domain.vhostUserInterfaces.map(({ path }) => path);
  const ours = socketDirs === undefined ? paths : paths.filter((path) => isBelow(path, socketDirs));
  return ours.map((path) => [path, domain.name]);
}

function wrappedOf(domain: Domain): [name: string, tails: readonly string[]][] {
  const netdevs = domain.wrappedNetdevs.filter((netdev) => netdev !== undefined);
  return netdevs.map((netdev) => wrappedPortOf(domain, netdev));
}

export function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => tidy(path).startsWith(`${tidy(folder)}/`.replace('//', '/')));
}

/** /var/run is /run, by a link, and in old definitions. Source: FHS 3.0, 5.13. */
function tidy(path: string): string {
  return normalize(path).replace(/^\/var\/run(?=\/|$)/, '/run');
}
