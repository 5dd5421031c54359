/** Guests with their NICs and what the switch knows of them. */
import type { Listener, Port, PortStats } from '../contract/types.js';
import { type Domain, openDomain } from '../domain/domain.js';
import { listenerOf } from '../domain/read/vhost-user.js';
import type { DomainInfo, Libvirt } from '../libvirt/index.js';
import type { GuestHost } from './host.js';
import { portOfDomainNic } from './ports.js';
import { guestInfo } from './stop.js';

/** What the switch reports. */
export interface SwitchView {
  ports: Port[];
  stats: PortStats[];
}

/** A NIC of a guest, with its port. */
export interface NicView {
  type: string;
  mac: string | null;
  /** Socket, bridge, network or device. */
  source: string | null;
  /** Who listens on the socket of a vhost-user NIC. */
  listener: Listener | null;
  /** The port's name, or the one that a vhost-user NIC would get; null: the NIC is not on a switch. */
  port: string | null;
  /** `missing` if the switch has no such port; null if unknown. */
  state: Port['state'] | 'missing' | null;
  vlan: number | null;
  /** Whether the guest may send from its MAC only; null if unknown. */
  pinned: boolean | null;
  /** Packets to the switch, from it, and lost. */
  rx_packets: number | null;
  tx_packets: number | null;
  drops: Record<string, number> | null;
}

/** A guest as libvirt lists it, with its NICs. */
export interface GuestView extends DomainInfo {
  nics: NicView[];
}

/** One guest. Rejects with Failed if it does not exist. */
export async function viewGuest(
  host: GuestHost<'list' | 'xml' | 'state'>,
  name: string,
): Promise<GuestView> {
  const domain = openDomain(await host.libvirt.xml(name));
  const info = await guestInfo(host, name);
  return { ...info, nics: viewNics(name, domain, await viewSwitch(host)) };
}

/** All guests; one that disappears while the list is made is left out. */
export async function viewGuests(host: GuestHost<'listXml'>): Promise<GuestView[]> {
  return viewGuestsWith(host.libvirt, viewSwitch(host));
}

/** The same with what the switch has said already; undefined: it does not answer. */
export async function viewGuestsWith(
  libvirt: Pick<Libvirt, 'listXml'>,
  said: SwitchView | undefined | Promise<SwitchView | undefined>,
): Promise<GuestView[]> {
  const [view, listed] = await Promise.all([said, libvirt.listXml(() => ['xml'])]);
  return listed.map(({ info, xml = '' }) => ({
    ...info,
    nics: viewNics(info.name, openDomain(xml), view),
  }));
}

async function viewSwitch(host: Pick<GuestHost, 'reach'>): Promise<SwitchView | undefined> {
  const { client } = await host.reach();
  return client && { ports: await client.ports(), stats: (await client.stats()).ports };
}

function viewNics(guest: string, domain: Domain, view: SwitchView | undefined): NicView[] {
  return domain.nics.map(({ type, mac, source }, i) => {
    const { port, wanted, kept } = portOfDomainNic(domain, guest, i, view?.ports ?? []);
    const counted = view?.stats.find((one) => one.name === port?.name);
    return {
      ...{ type, mac: mac ?? null, source: source ?? null },
      listener: kept ? listenerOf(kept) : null,
      port: wanted ?? null,
      state: port?.state ?? (view && wanted !== undefined ? 'missing' : null),
      vlan: port?.vlan ?? kept?.vlan ?? null,
      pinned: port ? isPinned(port) : (kept?.pinned ?? null),
      rx_packets: counted?.rx_packets ?? null,
      tx_packets: counted?.tx_packets ?? null,
      drops: counted?.drops ?? null,
    };
  });
}

function isPinned({ mac, other_macs }: Port): boolean {
  return typeof mac === 'string' && !other_macs;
}
