/** What can be wrong on the way from a guest's definition to the wire, in this order. Pure. */
import { DROP_REASONS } from '../../contract/bounds.js';
import { OTHER_ADDRESSES } from '../../values/own-address.js';
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
    state === 'running' || state === 'idle'
      ? `${name} runs`
      : { problem: `${name} is ${state}`, remedy: `start it: vmlane domain start ${name}` },
  definition: ({ findings, name }) => {
    const worst = findings.find(({ level }) => level === 'error');
    if (!worst) return 'its domain XML is sound';
    return {
      problem: `${worst.path}: ${worst.problem}`,
      remedy: `${worst.remedy} (virsh edit ${name})`,
    };
  },
  switch: ({ noSwitch }) =>
    noSwitch === undefined
      ? 'the switch answers'
      : {
          problem: noSwitch,
          remedy:
            'why it ended is in its log: journalctl -u vmlane-switch, or /run/vmlane/switch.log',
        },
  nics: ({ nics, name }) => {
    const on = nics.filter(({ wanted }) => wanted !== undefined).length;
    if (on > 0) return `${on} of ${nics.length} NICs on the switch`;
    return nics.length === 0
      ? { problem: `${name} has no NIC`, remedy: `give it one: vmlane domain attach ${name}` }
      : {
          problem: `none of its ${nics.length} NICs is on the switch`,
          remedy: `move them: vmlane domain convert ${name} --apply; or see libvirt's network: virsh net-list`,
        };
  },
};

/** Reasons at the sender's port that mean that a guest's frames go nowhere, and what helps. */
const SENDER: Readonly<Record<string, (port: string) => string>> = {
  spoofed: () => OTHER_ADDRESSES,
  spoofed_ip: (port) =>
    `add the address that the guest uses: vmlane switch set ${port} --ip-addresses …`,
  spoofed_arp: (port) =>
    `add the address that the guest uses: vmlane switch set ${port} --ip-addresses …`,
  spoofed_nd: (port) =>
    `add the address that the guest uses: vmlane switch set ${port} --ip-addresses …`,
  rogue_server: (port) =>
    `it answers as a server; if it may: vmlane switch set ${port} --guards … without servers`,
  other_protocol: (port) =>
    `let the protocol pass: vmlane switch set ${port} --guards … without others`,
  unreadable: (port) => `see what it sends: vmlane switch trace --from ${port} --file …`,
  vlan_tagged: (port) =>
    `the guest has a VLAN interface: make the port a trunk, vmlane switch set ${port} --vlan-mode trunk --trunks …`,
  vlan_unknown: (port) =>
    `the trunk does not carry that VLAN: vmlane switch set ${port} --trunks …`,
  address_held: () => 'two guests have one MAC: change one of them',
  address_limit: (port) =>
    `it uses too many addresses: vmlane switch set ${port} --address-limit …`,
  flood_limit: (port) =>
    `it sends too many broadcasts: find the loop, or vmlane switch set ${port} --flood-limit …`,
  isolated: (port) =>
    `its port is isolated from others that are: vmlane switch set ${port} --isolated 0`,
  too_long: () => 'lower the MTU in the guest, or start the switch with --mergeable',
  bad_offload: () => "the guest's driver asks for an offload that it did not agree to: update it",
};

/** The same at the receiver's. */
const RECEIVER: Readonly<Record<string, (port: string) => string>> = {
  ring_full: () =>
    'the guest is too slow, or its driver hangs: see its processors, give it more queues',
  ring_busy: () => 'the guest is too slow: see its processors',
  buffer_small: () => "lower the senders' MTU, or start the switch with --mergeable",
  ring_costly: () => "the guest's driver gives buffers in tiny pieces: update it",
  rate_limit: (port) => `more comes than its limit: vmlane switch set ${port} --inbound …`,
};

/** Of each NIC on the switch. */
export const NIC_STEPS: Readonly<Record<string, Look<NicFacts>>> = {
  port: ({ port, wanted }, { name }) =>
    port
      ? `port ${port.name} at ${port.path}`
      : {
          problem: `the switch has no port ${wanted}`,
          remedy: `the guest started without it: vmlane domain stop ${name}, then vmlane domain start ${name}; that it cannot happen again: vmlane hook install`,
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
    return {
      problem: `${key} of port ${port.name} is ${now[key] ?? 'none'}, and the definition says ${value ?? 'none'}`,
      remedy: `vmlane switch set ${port.name} ${option} ${value ?? 'none'}, or change the definition`,
    };
  },
  label: ({ port, stats }) =>
    port && stats?.wrong_label && port.state === 'waiting'
      ? {
          problem: `${stats.wrong_label} connections to port ${port.name} had another security label than ${port.peer_label}`,
          remedy: `see who dials: journalctl -u vmlane-switch VMLANE_PORT=${port.name}`,
        }
      : undefined,
  driver: ({ port }, { name }) => {
    if (!port) return undefined;
    if (port.state === 'up')
      return `QEMU is connected, and the guest has ${port.queues} queue pairs`;
    if (port.link_state === 'down') return undefined;
    return {
      problem: `port ${port.name} waits: QEMU is not connected, or the guest has not loaded its driver`,
      remedy: `look in the guest: virsh console ${name}, ip link; for QEMU: /var/log/libvirt/qemu/${name}.log, vmlane host explain`,
    };
  },
  link: ({ port }, { ports }) => {
    if (!port) return undefined;
    if (port.link_state !== 'down') return 'its link is up';
    if (port.link === 'disable')
      return {
        problem: `the link of port ${port.name} is disabled`,
        remedy: `vmlane switch set ${port.name} --link auto`,
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
    const why = drops.map((one) => `${one.reason} at ${one.port}`).join(', ');
    return {
      problem: `nobody hears it in ${where}${network ? `, network ${network.name}` : ''}${why ? `: ${why}` : ''}`,
      remedy: `who else is there: vmlane switch ports; to attach the network: vmlane network add ${network?.name ?? 'NAME'} --bridge br0`,
    };
  },
  network: ({ port, network }, { ports }) => {
    if (!port || !network || (!network.bridge && !network.libvirt)) return undefined;
    const host = ports.find((one) => one.interface && one.vlan === port.vlan);
    if (!host)
      return {
        problem: `network ${network.name} has no port on the switch`,
        remedy: `make it again: vmlane network add ${network.name} --bridge ${network.bridge}`,
      };
    if (host.state !== 'up' || host.link_state === 'down')
      return {
        problem: `${host.interface}, by which network ${network.name} is on ${network.bridge}, is down`,
        remedy: `ip link set ${host.interface} up; ip link set ${network.bridge} up`,
      };
    return `network ${network.name} is on ${network.bridge} by ${host.interface}`;
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
  remedies: Readonly<Record<string, (port: string) => string>>,
): Wrong {
  const known: Readonly<Record<string, { meaning: string }>> = DROP_REASONS;
  return {
    problem: `${counts[reason]} frames were dropped: ${reason}: ${known[reason]?.meaning}`,
    remedy: remedies[reason]?.(port) ?? 'see PROTOCOL.md',
  };
}
