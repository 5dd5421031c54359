/** Domains beside the switch, for `vmlane domain list` and `show`. */
import { type Domain, openDomain } from '../domain/index.js';
import { type DomainInfo, isNoSuchDomain, type Libvirt } from '../libvirt/index.js';
import { type Port, type PortStats, portName, type SwitchClient } from '../switch/index.js';

/** What the switch says; undefined: it does not answer. */
export interface SwitchView {
  ports: Port[];
  stats: PortStats[];
}

export interface NicView {
  type: string;
  mac: string | null;
  /** Socket, bridge, network or device. */
  source: string | null;
  /** QEMU's role on the socket. */
  mode: string | null;
  /** The port's name, or the one it would get; null: the NIC is not on a switch. */
  port: string | null;
  /** `missing`: the switch has no such port; null: unknown. */
  state: Port['state'] | 'missing' | null;
  vlan: number | null;
  /** Towards the switch, from it, and lost. */
  rx_packets: number | null;
  tx_packets: number | null;
  drops: Record<string, number> | null;
}

export interface DomainView extends DomainInfo {
  nics: NicView[];
}

export async function viewSwitch(
  client: Pick<SwitchClient, 'ports' | 'stats'>,
): Promise<SwitchView> {
  return { ports: await client.ports(), stats: (await client.stats()).ports };
}

/** NICs of a domain's XML, each with its port; a port belongs to a NIC by the socket. */
export function viewNics(name: string, domain: Domain, view: SwitchView | undefined): NicView[] {
  const kept = domain.vhostUserInterfaces;
  return domain.nics.map(({ type, mac, source, mode }) => {
    const index = type === 'vhostuser' ? kept.findIndex(({ path }) => path === source) : -1;
    const port = index < 0 ? undefined : view?.ports.find(({ path }) => path === source);
    const counted = view?.stats.find((one) => one.name === port?.name);
    return {
      ...{ type, mac: mac ?? null, source: source ?? null, mode: mode ?? null },
      port: index < 0 ? null : (port?.name ?? portName(name, index)),
      state: index < 0 || !view ? null : (port?.state ?? 'missing'),
      vlan: (port ? port.vlan : kept[index]?.vlan) ?? null,
      rx_packets: counted?.rx_packets ?? null,
      tx_packets: counted?.tx_packets ?? null,
      drops: counted?.drops ?? null,
    };
  });
}

/** All domains; one that goes while the list is made is left out. */
export async function viewDomains(
  libvirt: Pick<Libvirt, 'list' | 'xml'>,
  view: SwitchView | undefined,
): Promise<DomainView[]> {
  const found: DomainView[] = [];
  for (const info of await libvirt.list()) {
    try {
      const domain = openDomain(await libvirt.xml(info.name));
      const nics = viewNics(info.name, domain, view);
      found.push({ ...info, nics });
    } catch (error) {
      if (!isNoSuchDomain(error)) throw error;
    }
  }
  return found;
}
