/** What the page shows of the switch, from its answers. */
import { DROP_REASONS } from '../contract/bounds.js';
import type { Port, PortStats, Stats } from '../contract/types.js';
import type { PortRates, Rates } from '../switch/rates.js';
import { guestOfPort, portKind, vlanText } from '../values/port-words.js';
import { short } from './history.js';
import type { DropFacts, PortAnswer, PortFacts, Row } from './wire.js';

/** Who a port's guest is, by the port's name, as libvirt knows it. */
export type Guests = ReadonlyMap<string, string>;

/** What is at the other end of a port; empty: nobody knows. */
export function ownerOf(port: Port, guests: Guests): string {
  if (port.device) return port.device;
  if (port.interface) return port.interface;
  return guests.get(port.name) ?? guestOfPort(port);
}

export function portFacts(
  port: Port,
  guests: Guests,
  networks: ReadonlyMap<string, readonly string[]>,
): PortFacts {
  return {
    name: port.name,
    kind: portKind(port),
    of: ownerOf(port, guests),
    state: port.state,
    link: port.link_state !== 'down',
    vlan: vlanText(port),
    networks: [...(networks.get(port.name) ?? [])],
    lcore: port.lcore,
    queues: port.queues,
  };
}

/** In the order of SERIES. */
export function seriesOf(rates: PortRates): number[] {
  const { rx_bits, rx_packets, tx_bits, tx_packets, drops } = rates;
  return [rx_bits, rx_packets, tx_bits, tx_packets, drops];
}

/** A row as it is sent. */
export function rowOf(rates: PortRates | undefined): Row {
  if (!rates) return null;
  const row = seriesOf(rates);
  return row.every((value) => value === 0) ? 0 : row.map(short);
}

/** The sum of all rows. */
export function totalOf(rates: Iterable<PortRates>): number[] {
  const total = [0, 0, 0, 0, 0];
  for (const one of rates)
    for (const [i, value] of seriesOf(one).entries()) total[i] = (total[i] ?? 0) + value;
  return total.map(short);
}

/** All reasons for which frames were dropped, the most frequent first. */
export function dropsOf({ ports }: Stats, rates: Rates): DropFacts[] {
  const found = new Map<string, { total: number; rate: number; at: [string, number][] }>();
  for (const { name, drops } of ports) {
    for (const [reason, count] of Object.entries(drops)) {
      if (count === 0) continue;
      const one = found.get(reason) ?? { total: 0, rate: 0, at: [] };
      one.total += count;
      one.rate += rates.ports.get(name)?.reasons[reason] ?? 0;
      one.at.push([name, count]);
      found.set(reason, one);
    }
  }
  const facts = [...found].map(([reason, { total, rate, at }]) => {
    at.sort(([, a], [, b]) => b - a);
    const most = at.slice(0, 3).map(([name]) => name);
    return { reason, meaning: meaningOf(reason), total, rate: short(rate), most };
  });
  return facts.sort((a, b) => b.total - a.total);
}

/** Everything of one port. */
export function portAnswer(port: Port, stats: PortStats | undefined, rates: Rates): PortAnswer {
  const { drops: counts = {}, nic = {}, name: _, ...counters } = stats ?? {};
  const drops = Object.entries(counts)
    .filter(([, total]) => total > 0)
    .map(([reason, total]) => {
      const rate = short(rates.ports.get(port.name)?.reasons[reason] ?? 0);
      return { reason, meaning: meaningOf(reason), total, rate };
    });
  const ofNic = Object.entries(nic).map(([key, value]) => [`nic ${key}`, value]);
  return {
    port: { ...port },
    counters: { ...counters, ...Object.fromEntries(ofNic) },
    drops: drops.sort((a, b) => b.total - a.total),
  };
}

/** Empty for a reason of a later switch. */
function meaningOf(reason: string): string {
  const known: Record<string, { meaning: string }> = DROP_REASONS;
  const meaning = Object.hasOwn(known, reason) ? known[reason]?.meaning : undefined;
  // Names are marked as in PROTOCOL.md.
  return meaning?.replaceAll('`', '') ?? '';
}
