/** Metrics of ports, and of what ports belong to: networks and relays. */
import type { Port } from '../contract/types.js';
import { membersOf, portsOf } from '../networks/network-view.js';
import { viewRelays } from '../relays/index.js';
import { guestOfPort, portKind } from '../values/port-words.js';
import { bit, type Family, known, label, ofPortStats, type Sample } from './family.js';

/** The network that each port is in, or leads to. */
function networksByPort({ networks, ports }: Sample): ReadonlyMap<string, string> {
  return new Map(
    networks.flatMap((one) =>
      [...portsOf(one.name), ...membersOf(one, ports)].map((port) => [port, one.name] as const),
    ),
  );
}

/** up: the switch has all ports by which the network leaves it, in its VLAN, and they work. */
function isUp({ name, bridge, nic, vlan }: Sample['networks'][number], ports: readonly Port[]) {
  const its = ports.filter((port) => portsOf(name).includes(port.name));
  const wanted = [bridge, nic].filter((one) => one !== undefined).length;
  return its.length >= wanted && its.every((port) => port.state === 'up' && port.vlan === vlan);
}

export const portFamilies: readonly Family[] = [
  {
    type: 'gauge',
    name: 'vmlane_port_info',
    help: 'What a port is and where it belongs, to be joined by its name; always 1',
    labels: ['port', 'kind', 'guest', 'network', 'relay', 'vlan', 'vlan_mode', 'lcore'],
    rows: (sample) => {
      const networks = networksByPort(sample);
      return sample.ports.map((port) => [
        1,
        port.name,
        portKind(port),
        guestOfPort(port),
        label(networks.get(port.name)),
        label(port.relay),
        label(port.vlan || undefined),
        label(port.vlan_mode),
        String(port.lcore),
      ]);
    },
  },
  {
    type: 'gauge',
    name: 'vmlane_port_up',
    help: '1: a guest is connected and its rings are running, or the switch has the device or interface',
    labels: ['port'],
    rows: ({ ports }) => ports.map(({ state, name }) => [bit(state === 'up'), name]),
  },
  {
    type: 'gauge',
    name: 'vmlane_port_link_up',
    help: '0: the port takes and gives no frames, by its setting link',
    labels: ['port'],
    rows: ({ ports }) =>
      ports.flatMap(({ link_state: link, name }) => known(link && bit(link === 'up'), name)),
  },
  {
    type: 'gauge',
    name: 'vmlane_port_queues',
    help: "Queue pairs of a port's guest, 0 while there is none",
    labels: ['port'],
    rows: ({ ports }) => ports.map(({ queues, name }) => [queues, name]),
  },
  ofPortStats(
    'counter',
    'vmlane_port_receive_packets_total',
    'Frames that the switch took from a port: those that its guest sent',
    (port) => port.rx_packets,
  ),
  ofPortStats(
    'counter',
    'vmlane_port_receive_bytes_total',
    'Bytes of the frames that the switch took from a port',
    (port) => port.rx_bytes,
  ),
  ofPortStats(
    'counter',
    'vmlane_port_transmit_packets_total',
    'Frames that the switch delivered to a port: those that its guest received',
    (port) => port.tx_packets,
  ),
  ofPortStats(
    'counter',
    'vmlane_port_transmit_bytes_total',
    'Bytes of the frames that the switch delivered to a port',
    (port) => port.tx_bytes,
  ),
  {
    type: 'counter',
    name: 'vmlane_port_drops_total',
    help: 'Lost frames, each counted once, at one port, under one reason',
    labels: ['port', 'reason'],
    rows: ({ stats }) =>
      stats.ports.flatMap(({ name, drops }) =>
        Object.entries(drops).map(([reason, count]) => [count, name, reason] as const),
      ),
  },
  ofPortStats(
    'counter',
    'vmlane_port_bad_chains_total',
    "Transmit buffers that broke virtio's rules and were returned unread",
    (port) => port.bad_chains,
  ),
  ofPortStats(
    'counter',
    'vmlane_port_refused_total',
    'Messages and connections of vhost-user that were refused: they broke the protocol or a limit',
    (port) => port.refused,
  ),
  ofPortStats(
    'counter',
    'vmlane_port_wrong_label_total',
    "Guests that were refused because their label is not the port's; in vmlane_port_refused_total, too",
    (port) => port.wrong_label,
  ),
  ofPortStats(
    'counter',
    'vmlane_port_log_lines_left_out_total',
    'Log lines about a port that its limit suppressed',
    (port) => port.log_left_out,
  ),
  ofPortStats(
    'gauge',
    'vmlane_port_broken_rings',
    'Rings that a guest broke, unused until its driver is reloaded',
    (port) => port.broken,
  ),
  {
    type: 'gauge',
    name: 'vmlane_network_info',
    help: 'What a network is attached to; always 1',
    labels: ['network', 'vlan', 'bridge', 'nic', 'libvirt'],
    rows: ({ networks }) =>
      networks.map(({ name, vlan, bridge, nic, libvirt }) => [
        1,
        name,
        String(vlan),
        label(bridge),
        label(nic),
        label(libvirt),
      ]),
  },
  {
    type: 'gauge',
    name: 'vmlane_network_up',
    help: '1: the switch has the ports by which a network leaves it, and they work; also for a network that leaves it nowhere',
    labels: ['network'],
    rows: ({ networks, ports }) => networks.map((one) => [bit(isUp(one, ports)), one.name]),
  },
  {
    type: 'gauge',
    name: 'vmlane_network_ports',
    help: 'Ports in a network, those by which it leaves the switch not counted',
    labels: ['network'],
    rows: ({ networks, ports }) => networks.map((one) => [membersOf(one, ports).length, one.name]),
  },
  {
    type: 'gauge',
    name: 'vmlane_relay_up',
    help: '1: frames pass a relay; 0: it waits for its guest or for a link, or one of its ends is missing',
    labels: ['relay'],
    rows: ({ ports, info }) =>
      viewRelays(ports, info.devices ?? []).map(({ name, state }) => [bit(state === 'up'), name]),
  },
];
