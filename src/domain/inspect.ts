import { basename } from 'node:path';
import { children, readDomain, refusal } from '../xml/read.js';
import { keptSettings } from './kept-settings.js';

/** A vhost-user NIC as a domain has it. */
export interface VhostUserInterface {
  /** Path of the socket, as it is in the XML. */
  path: string;
  /** QEMU's role: `server` listens, `client` connects. */
  mode: 'server' | 'client';
  /** Lower case. Absent: libvirt will choose one at define. */
  mac?: string;
  /** What `<metadata>` keeps for its port, as libvirt has no place for it on such a NIC. */
  vlan?: number;
  /** Only `mac` may send. */
  spoofchk?: true;
  /** Addresses that may be learned there, 1–65,536. */
  addressLimit?: number;
  /** Frames a second that may be flooded from there. */
  floodLimit?: number;
}

/**
 * The vhost-user NICs of any domain XML, ours or not, in their order.
 * Those with a backend of their own (`<backend type='passt'/>`, libvirt 11.1) have no socket of a switch and are left out.
 * Settings in `<metadata>` that cannot be are left out here; portRequests refuses them.
 * Throws InvalidInput for what is not a domain, and for a NIC that libvirt would refuse: no path, no mode.
 */
export function vhostUserInterfaces(xml: string): VhostUserInterface[] {
  const domain = readDomain(xml);
  const interfaces = children(domain, 'devices').flatMap((devices) =>
    children(devices, 'interface'),
  );
  const { settings } = keptSettings(domain);
  return interfaces
    .filter(({ attributes }) => attributes.type === 'vhostuser')
    .filter(
      (nic) => !children(nic, 'backend').some(({ attributes }) => attributes.type === 'passt'),
    )
    .map((nic) => {
      const { path, mode } = children(nic, 'source')[0]?.attributes ?? {};
      if (path === undefined || (mode !== 'server' && mode !== 'client')) {
        const problem = 'a vhostuser interface has no path, or a mode other than server and client';
        throw refusal(problem, "write <source type='unix' path='/…' mode='server'/>");
      }
      const mac = children(nic, 'mac')[0]?.attributes.address?.toLowerCase();
      return { path, mode, ...(mac !== undefined && { mac }), ...settings.get(path) };
    });
}

/** Name of a domain. Throws InvalidInput when the XML is not that of a domain with a name. */
export function domainName(xml: string): string {
  const name = children(readDomain(xml), 'name')[0]?.content;
  if (typeof name !== 'string' || name === '') {
    throw refusal('has no <name>', 'give the domain a name');
  }
  return name;
}

/** Whether an `<emulator>` is qemu-wrap, under its own name or with an architecture behind it. */
export function isWrapper(emulator: string): boolean {
  return /^qemu-wrap(-|$)/.test(basename(emulator.trim()));
}

/**
 * Of a running or just ended domain that qemu-wrap runs: QEMU's ids of the netdevs of its NICs, `hostnet0`.
 * Which of them qemu-wrap has moved to the switch only its settings tell. libvirt names NICs at the start
 * and puts `host` before. Throws InvalidInput for what is not a domain.
 */
export function wrappedNetdevs(xml: string): string[] {
  const devices = children(readDomain(xml), 'devices');
  const emulators = devices.flatMap((one) => children(one, 'emulator'));
  if (!emulators.some(({ content }) => isWrapper(String(content)))) return [];
  return devices
    .flatMap((one) => children(one, 'interface'))
    .flatMap((nic) => children(nic, 'alias'))
    .flatMap(({ attributes }) => (attributes.name ? [`host${attributes.name}`] : []));
}

/** What a domain tells its emulator of itself, before any argument. */
export interface DomainIdentity {
  name: string;
  /** In lower case; absent: libvirt will choose one at define. */
  uuid?: string;
  /** Variables of `<qemu:commandline><qemu:env/>`. */
  variables: Readonly<Record<string, string>>;
}

/** Throws InvalidInput as domainName does. */
export function domainIdentity(xml: string): DomainIdentity {
  const domain = readDomain(xml);
  const uuid = children(domain, 'uuid')[0]?.content;
  const variables = children(domain, 'qemu:commandline')
    .flatMap((commandline) => children(commandline, 'qemu:env'))
    .map(({ attributes }) => [attributes.name ?? '', attributes.value ?? '']);
  return {
    name: domainName(xml),
    ...(typeof uuid === 'string' && uuid !== '' && { uuid: uuid.trim().toLowerCase() }),
    variables: Object.fromEntries(variables),
  };
}
