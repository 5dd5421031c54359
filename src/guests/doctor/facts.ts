/** What the doctor looks at: what libvirt, the switch and this host say of one guest. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Port, PortStats, Results } from '../../contract/types.js';
import { type Domain, openDomain } from '../../domain/domain.js';
import { type Finding, validateDomain } from '../../domain/validate/index.js';
import type { DomainState } from '../../libvirt/index.js';
import type { NetworkView } from '../../networks/network-view.js';
import type { SwitchClient } from '../../switch/client.js';
import { announcement } from '../../switch/frame-text.js';
import { InvalidInput, VmlaneError } from '../../values/errors.js';
import type { GuestHost, Reached } from '../host.js';
import { portOfDomainNic } from '../ports.js';
import { isOn } from '../states.js';
import { guestInfo } from '../stop.js';

/** Calls of the switch that it makes. */
export type DoctorClient = Pick<SwitchClient, 'ports' | 'stats' | 'trace'>;

/** A host whose switch can be asked all of this. */
export interface DoctorHost extends Omit<GuestHost<'list' | 'xml' | 'state'>, 'reach'> {
  reach(): Promise<Reached<DoctorClient>>;
  /** How the switch's networks are; absent: it has none. */
  networkViews?: () => Promise<readonly NetworkView[]>;
}

/** A NIC of the guest. */
export interface NicFacts {
  /** Of the domain's NICs, from 0. */
  index: number;
  mac: string | undefined;
  /** The port's name, or the one that it should have; undefined: the NIC is not on the switch. */
  wanted: string | undefined;
  /** Settings that its definition asks for, by their names in the protocol. */
  asked: Readonly<Record<string, unknown>>;
  port: Port | undefined;
  /** Its counters, and what was added to them while the doctor looked. */
  stats: PortStats | undefined;
  grown: Readonly<Record<string, number>>;
  /** What would become of its broadcast; undefined: its MAC or its port is not known. */
  broadcast: Results['trace.frame'] | undefined;
  /** The network of its VLAN. */
  network: NetworkView | undefined;
}

/** All of it. */
export interface GuestFacts {
  name: string;
  state: DomainState;
  /** What is wrong with its domain XML. */
  findings: readonly Finding[];
  /** qemu-wrap starts it. */
  isWrapped: boolean;
  /** Why the switch cannot be asked; undefined: it answers. */
  noSwitch: { problem: string; remedy: string } | undefined;
  nics: readonly NicFacts[];
  /** All ports of the switch. */
  ports: readonly Port[];
}

/** How it looks. */
export interface DoctorOptions {
  /** Passes the time between two looks at the counters: what grows is wrong now, what does not was once. Three seconds by default, as ARP and DHCP are tried again each one or three. */
  watch?: (signal?: AbortSignal) => Promise<unknown>;
  /** Ends that early. */
  signal?: AbortSignal;
}

const threeSeconds = (signal?: AbortSignal): Promise<unknown> =>
  sleep(3000, undefined, { ...(signal && { signal }) }).catch(() => undefined);

/** Looks, and changes nothing. Rejects as libvirt does, for a guest that is not there with Failed. */
export async function guestFacts(
  host: DoctorHost,
  name: string,
  { watch = threeSeconds, signal }: DoctorOptions = {},
): Promise<GuestFacts> {
  const domain = openDomain(await host.libvirt.xml(name));
  const { state } = await guestInfo(host, name);
  const reached = await host.reach();
  const { client } = reached;
  const about = {
    ...{ name, state, findings: validateDomain(domain) },
    isWrapped: domain.isWrapped,
  };
  if (!client) {
    const nics = domain.nics.map(({ mac }, index) => nicOf({ domain, name, index, mac }));
    return {
      ...about,
      noSwitch: unreached(reached),
      nics,
      ports: [],
    };
  }
  const before = (await client.stats()).ports;
  // Counters of a guest that is off do not grow.
  if (isOn(state)) await watch(signal);
  const [after, ports] = [(await client.stats()).ports, await client.ports()];
  const networks = (await host.networkViews?.()) ?? [];
  const nics = await Promise.all(
    domain.nics.map(async ({ mac }, index) => {
      const nic = nicOf({ domain, name, index, mac, ports });
      const { port } = nic;
      if (!port) return nic;
      const [stats, earlier] = [after, before].map((all) =>
        all.find((one) => one.name === port.name),
      );
      const network = networks.find(({ vlan }) => vlan === port.vlan && vlan !== 0);
      const broadcast = mac === undefined ? undefined : await broadcastOf(client, port, mac);
      return { ...nic, stats, grown: grown(earlier, stats), network, broadcast };
    }),
  );
  return { ...about, noSwitch: undefined, nics, ports };
}

interface Nic {
  domain: Domain;
  name: string;
  index: number;
  mac: string | undefined;
  ports?: readonly Port[];
}

function nicOf({ domain, name, index, mac, ports = [] }: Nic): NicFacts {
  const { port, wanted, kept } = portOfDomainNic(domain, name, index, ports);
  const nothing = { stats: undefined, grown: {}, broadcast: undefined };
  const asked = kept === undefined ? {} : askedOf(domain, kept.path);
  return { index, mac, wanted, asked, port, network: undefined, ...nothing };
}

/** Without what it is known by. A definition that asks for what is impossible is told of by validateDomain. */
function askedOf(domain: Domain, path: string | undefined): NicFacts['asked'] {
  try {
    const found = domain.portRequests().find((one) => one.path === path);
    return Object.fromEntries(
      Object.entries(found ?? {}).filter(([key]) => key !== 'name' && key !== 'path'),
    );
  } catch (error) {
    if (error instanceof InvalidInput) return {};
    throw error;
  }
}

function unreached(reached: Reached<DoctorClient>): GuestFacts['noSwitch'] {
  if (reached.client) return undefined;
  const { error, why } = reached;
  if (!error) return { problem: why, remedy: 'name its socket with --control-socket' };
  const { thing, problem, remedy } = error.trouble;
  return { problem: `${thing}: ${problem}`, remedy };
}

/** Nothing, if the port has gone meanwhile, or the switch is one of a former version. */
async function broadcastOf(
  client: DoctorClient,
  { name }: Port,
  mac: string,
): Promise<NicFacts['broadcast']> {
  try {
    return await client.trace(name, announcement(mac).toString('hex'));
  } catch (error) {
    if (error instanceof VmlaneError) return undefined;
    throw error;
  }
}

function grown(
  before: PortStats | undefined,
  after: PortStats | undefined,
): Record<string, number> {
  const more = Object.entries(after?.drops ?? {}).map(
    ([reason, count]) => [reason, count - (before?.drops[reason] ?? 0)] as const,
  );
  return Object.fromEntries(more.filter(([, count]) => count > 0));
}
