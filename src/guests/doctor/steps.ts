/**
 * What can be wrong on the way from a guest's definition to the wire, in this order. Pure. Names in commands are
 * quoted: those of ports are what the switch says.
 */
import { DROP_REASONS, PORT_SETTINGS } from '../../contract/bounds.js';
import type { NetworkView } from '../../networks/network-view.js';
import { OTHER_ADDRESSES } from '../../values/own-address.js';
import { shellWord as q } from '../../values/shell.js';
import { isOn, NOT_RUNNING } from '../states.js';
import type { GuestFacts, NicFacts } from './facts.js';

/** What is wrong, and what to do. */
export interface Wrong {
  problem: string;
  remedy: string;
}

/** One thing that is looked at: what is right, or what is wrong. Undefined: it does not apply. */
type Look<Subject> = (subject: Subject, facts: GuestFacts) => string | Wrong | undefined;

/** Of the guest. */
export const GUEST_STEPS: Readonly<Record<string, Look<GuestFacts>>> = {
  guest: ({ name, state }) =>
    isOn(state)
      ? `${name} runs`
      : {
          problem: `${name} is ${state}`,
          remedy: NOT_RUNNING[state] ?? `start it: vmlane domain start ${q(name)}`,
        },
  definition: ({ findings, name }) => {
    const worst = findings.find(({ level }) => level === 'error');
    if (!worst) return 'its domain XML is sound';
    return {
      problem: `${worst.path}: ${worst.problem}`,
      remedy: `${worst.remedy} (virsh edit ${q(name)})`,
    };
  },
  switch: ({ noSwitch }) => noSwitch ?? 'the switch answers',
  nics: ({ nics, name, isWrapped }) => {
    const on = nics.filter(({ wanted }) => wanted !== undefined).length;
    if (on > 0) return `${on} of ${nics.length} NICs on the switch`;
    return nics.length === 0
      ? { problem: `${name} has no NIC`, remedy: `give it one: vmlane domain attach ${q(name)}` }
      : isWrapped
        ? {
            problem: `qemu-wrap starts it, and none of its ${nics.length} NICs is on the switch`,
            remedy: `its lines say why, in /var/log/libvirt/qemu/${q(name)}.log; then start it anew: vmlane domain stop ${q(name)}, vmlane domain start ${q(name)}`,
          }
        : {
            problem: `none of its ${nics.length} NICs is on the switch`,
            remedy: `move them: vmlane domain convert --domain ${q(name)}, whose output virsh define takes; or look at libvirt's network: virsh net-list`,
          };
  },
};

/** What helps, by the reason of a drop; of a port, whose name is quoted already. */
export type DropRemedies = Readonly<Record<string, (port: string) => string>>;

const addresses = (port: string): string =>
  `add the address that the guest uses: vmlane switch set ${port} --ip-addresses 192.0.2.5`;

/** Reasons at the sender's port that mean that a guest's frames go nowhere. */
export const SENDER: DropRemedies = {
  spoofed: () => OTHER_ADDRESSES,
  spoofed_ip: addresses,
  spoofed_arp: addresses,
  spoofed_nd: addresses,
  rogue_server: (port) =>
    `it answers as a server; if it may, leave out servers: vmlane switch set ${port} --guards ipv4,arp`,
  other_protocol: (port) =>
    `let the protocol pass, without others: vmlane switch set ${port} --guards ipv4,arp`,
  unreadable: (port) => `see what it sends: vmlane switch capture ${port}`,
  vlan_tagged: (port) =>
    `the guest has a VLAN interface: make the port a trunk: vmlane switch set ${port} --vlan-mode trunk --trunks 10`,
  vlan_unknown: (port) =>
    `the trunk does not carry that VLAN: vmlane switch set ${port} --trunks 10`,
  address_held: () => 'two guests have one MAC: change one of them',
  address_limit: (port) =>
    `it uses too many addresses: vmlane switch set ${port} --address-limit 8192`,
  flood_limit: (port) =>
    `it sends too many broadcasts: find the loop, or raise it: vmlane switch set ${port} --flood-limit 10000`,
  isolated: (port) =>
    `its port is isolated from others that are: vmlane switch set ${port} --isolated 0`,
  too_long: () =>
    'lower the MTU in the guest, or let large frames in: vmlane switch start --mergeable',
  too_fine: () => "the guest's TCP has segments of some bytes: raise its MTU, or its MSS",
  bad_offload: () => "the guest's driver asks for an offload that it did not agree to: update it",
  bad_source: () =>
    'the guest sends from a multicast address, or from none: see its interface, ip link',
};

/** The same at the receiver's. */
export const RECEIVER: DropRemedies = {
  ring_full: () =>
    'the guest is too slow, or its driver hangs: see its processors, give it more queues',
  ring_busy: () => 'the guest is too slow: see its processors',
  buffer_small: () =>
    "lower the senders' MTU, or let it merge buffers: vmlane switch start --mergeable",
  ring_costly: () => "the guest's driver gives buffers in tiny pieces: update it",
  rate_limit: (port) => `more comes than its limit: vmlane switch set ${port} --inbound 1000000`,
};

/** Settings that a port has as long as it exists. */
const FIXED: ReadonlySet<string> = new Set(
  Object.entries(PORT_SETTINGS).flatMap(([key, one]) => ('fixed' in one ? [key] : [])),
);

/** Of each NIC on the switch. */
export const NIC_STEPS: Readonly<Record<string, Look<NicFacts>>> = {
  port: ({ port, wanted }, { name }) =>
    port
      ? `port ${port.name} at ${port.path}`
      : {
          problem: `the switch has no port ${wanted}`,
          remedy: `the guest started without it: vmlane domain stop ${q(name)}, then vmlane domain start ${q(name)}; that it cannot happen again: vmlane hook install`,
        },
  settings: ({ port, asked }) => {
    if (!port) return undefined;
    const now = port as unknown as Record<string, unknown>;
    const differs = Object.entries(asked).filter(
      ([key, value]) =>
        key in now && value !== undefined && String(now[key] ?? '') !== String(value ?? ''),
    );
    const [first] = differs;
    if (!first) return 'its settings are those of the definition';
    const [key, value] = first;
    const option = `--${key.replaceAll('_', '-')}`;
    const change = FIXED.has(key)
      ? `it cannot be changed: vmlane switch remove ${q(port.name)}, and start the guest again`
      : `vmlane switch set ${q(port.name)} ${option} ${q(String(value ?? 'none'))}`;
    return {
      problem: `${key} of port ${port.name} is ${now[key] ?? 'none'}, and the definition says ${value ?? 'none'}`,
      remedy: `${change}; or change the definition`,
    };
  },
  label: ({ port, stats }) =>
    port && stats?.wrong_label && port.state === 'waiting'
      ? {
          problem: `${stats.wrong_label} connections to port ${port.name} had another security label than ${port.peer_label}`,
          remedy: `see who dials: journalctl -u vmlane-switch VMLANE_PORT=${q(port.name)}`,
        }
      : undefined,
  driver: ({ port }, { name }) => {
    if (!port) return undefined;
    if (port.state === 'up')
      return `QEMU is connected, and the guest has ${port.queues} queue pairs`;
    if (port.link_state === 'down') return undefined;
    return {
      problem: `port ${port.name} waits: QEMU is not connected, or the guest has not loaded its driver`,
      remedy: `look in the guest: virsh console ${q(name)}, ip link; for QEMU, what its log in /var/log/libvirt/qemu says: vmlane host explain`,
    };
  },
  link: ({ port }, { ports }) => {
    if (!port) return undefined;
    if (port.link_state !== 'down') return 'its link is up';
    if (port.link === 'disable')
      return {
        problem: `the link of port ${port.name} is disabled`,
        remedy: `vmlane switch set ${q(port.name)} --link auto`,
      };
    const far = ports.find((one) => one.relay === port.relay && one.name !== port.name);
    return {
      problem: `its link is down, as that of ${far?.name ?? 'the other end of its relay'} is`,
      remedy: 'see the cable, and the card: ip link; vmlane relay list',
    };
  },
  sends: ({ port, stats, grown }) => {
    if (!port || !stats) return undefined;
    const now = worst(grown, SENDER);
    if (now !== undefined) return dropped(port.name, now, grown, SENDER);
    const once = worst(stats.drops, SENDER);
    const lost = Object.entries(stats.drops).filter(([reason]) => reason in SENDER);
    // All that it ever sent.
    if (once !== undefined && lost.reduce((sum, [, n]) => sum + n, 0) >= stats.rx_packets)
      return dropped(port.name, once, stats.drops, SENDER);
    if (stats.rx_packets > 0) return `it has sent ${stats.rx_packets} frames`;
    return {
      problem: 'the guest has sent nothing',
      remedy: 'bring its interface up, with an address: ip link set eth0 up, dhclient eth0',
    };
  },
  address: ({ port, mac, broadcast }) => {
    if (!port || !broadcast || port.relay) return undefined;
    const { source, source_at } = broadcast;
    if (source === 'known') return 'its MAC is at its port';
    if (source_at === undefined || source_at === port.name) return undefined;
    const remedy = 'two guests have one MAC: change one of them';
    return { problem: `its MAC ${mac} is in use at port ${source_at}`, remedy };
  },
  neighbours: ({ port, broadcast, network }) => {
    if (!port || !broadcast) return undefined;
    const where = port.vlan ? `VLAN ${port.vlan}` : 'no VLAN';
    const { to, drops } = broadcast;
    if (to.length > 0) return `its broadcasts reach ${to.map((one) => one.port).join(', ')}`;
    const own = drops.find((one) => one.port === port.name && one.reason in SENDER);
    const why = drops.map((one) => `${one.reason} at ${one.port}`).join(', ');
    return {
      problem: `nobody hears it in ${where}${network ? `, network ${network.name}` : ''}${why ? `: ${why}` : ''}`,
      remedy:
        (own && SENDER[own.reason]?.(q(port.name))) ??
        `who else is there: vmlane switch ports; ${network ? `the network: vmlane network show ${q(network.name)}` : 'to be on a network of this host: vmlane network add lan --bridge br0'}`,
    };
  },
  network: ({ network }) => {
    if (!network) return undefined;
    const { name, state, vlan, interface: own, bridge, nic, nic_interface: onNic } = network;
    const at = bridge ?? nic;
    if (state === 'guests') return `network ${name} is of guests alone`;
    if (state === 'up') return `network ${name} is on ${at}`;
    const path = [own, bridge, nic, onNic].filter((one) => one !== undefined);
    const remedies: Partial<Record<NetworkView['state'], string>> = {
      down: `${path.map((one) => `ip link set ${q(one)} up`).join('; ')}; its ports' links: vmlane switch ports`,
      'in another VLAN': `its ports belong in ${vlan}: vmlane switch ports`,
      'no NIC': `find the card: ip link; else make the network again: vmlane network remove ${q(name)}`,
    };
    const problem =
      state === 'down'
        ? `an interface, or a port's link, between network ${name} and ${at} is down`
        : `network ${name} does not reach ${at}: ${state}`;
    return { problem, remedy: remedies[state] ?? again(network) };
  },
  receives: ({ port, stats, grown }) => {
    if (!port || !stats) return undefined;
    const now = worst(grown, RECEIVER);
    if (now !== undefined) return dropped(port.name, now, grown, RECEIVER);
    if (stats.tx_packets > 0) return `it has got ${stats.tx_packets} frames`;
    const once = worst(stats.drops, RECEIVER);
    if (once !== undefined) return dropped(port.name, once, stats.drops, RECEIVER);
    return {
      problem: 'nothing has come for it',
      remedy: "nobody answers: see the others' addresses and VLANs: vmlane switch ports",
    };
  },
};

/** What attaches a network once more. */
function again({ name, bridge, libvirt, nic, state }: NetworkView): string {
  const to = [
    ...(libvirt ? ['--libvirt', libvirt] : bridge ? ['--bridge', bridge] : []),
    ...(nic ? ['--nic', nic] : []),
    ...(nic && bridge ? ['--take'] : []),
  ];
  const made = libvirt
    ? `virsh net-start ${q(libvirt)}`
    : `ip link add ${q(bridge ?? '')} type bridge`;
  const first = state === 'no bridge' ? `${made}; ` : '';
  return `${first}vmlane network add ${q(name)} ${to.map(q).join(' ')}`;
}

/** The reason of the most drops that means trouble. */
function worst(
  counts: Readonly<Record<string, number>>,
  table: Readonly<Record<string, unknown>>,
): string | undefined {
  const mine = Object.entries(counts).filter(([reason, count]) => count > 0 && reason in table);
  return mine.sort(([, a], [, b]) => b - a)[0]?.[0];
}

function dropped(
  port: string,
  reason: string,
  counts: Readonly<Record<string, number>>,
  remedies: DropRemedies,
): Wrong {
  const known: Readonly<Record<string, { meaning: string }>> = DROP_REASONS;
  return {
    problem: `${counts[reason]} frames were dropped: ${reason}: ${known[reason]?.meaning}`,
    remedy: remedies[reason]?.(q(port)) ?? 'see PROTOCOL.md',
  };
}
