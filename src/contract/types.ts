// Generated from native/protocol.yaml by `npm run generate`; change that, not this.

/** Who listens on a vhost-user socket; the other one dials */
export type Listener = 'qemu' | 'switch';

/** How a port stands in VLANs; see below */
export type VlanMode =
  | 'access'
  | 'trunk'
  | 'native-tagged'
  | 'native-untagged'
  | 'transparent'
  | 'per-guest';

/** What decides whether a port has a link; the words of `ip link set … vf N state` */
export type Link = 'auto' | 'enable' | 'disable';

/** A check of what a guest sends; see below */
export type Guard = 'ipv4' | 'ipv6' | 'arp' | 'servers' | 'others';

/** From what a guest's IPv4 address is learnt */
export type AddressLearning = 'none' | 'dhcp' | 'any';

/** What a client may do; each includes those before it */
export type ClientLevel = 'look' | 'change' | 'administer';

/** What happened; see `events.watch` */
export type EventName =
  | 'port-added'
  | 'port-changed'
  | 'port-removed'
  | 'port-up'
  | 'port-down'
  | 'link-up'
  | 'link-down'
  | 'address-learned'
  | 'address-moved'
  | 'address-refused'
  | 'limit'
  | 'missed';

/** A port in the switch's answers. */
export interface Port {
  /** The port's name */
  name: string;
  /** Its vhost-user socket */
  path: string;
  /** The tap, or the macvtap of a network card, that the port is, instead of a vhost-user socket; it must be there and belong to the switch's user. To ask for it takes the level `administer`; null: a vhost-user socket; absent: the switch is too old */
  interface?: string | null;
  /** The DPDK device that the port is, instead of a vhost-user socket. To ask for it takes the level `administer`; null: a vhost-user socket; absent: the switch is too old */
  device?: string | null;
  /** Who listens on the socket; the other one dials. With `qemu` any process that may dial the socket gets the memory, if it is first */
  listener: Listener;
  /** @deprecated for one version: see listener */
  mode?: 'client' | 'server';
  /** 0: the port is in no VLAN; frames keep the guest's own tags. Of a trunk: the VLAN of frames without a tag, if `vlan_mode` is a native one */
  vlan: number;
  /** How the port stands in VLANs; absent: the switch is too old */
  vlan_mode?: VlanMode;
  /** The VLANs that a trunk carries, a native mode's `vlan` beside them; null: all; absent: the switch is too old */
  trunks?: string | null;
  /** The port's own address, which no other port may use; the only accepted source address, unless `other_macs` is 1; null: any; absent: the switch is too old */
  mac?: string | null;
  /** 1: a port with a `mac` may send from other addresses, too, which are learned like those of a port without; absent: the switch is too old */
  other_macs?: number;
  /** Limit on addresses learned at this port; absent: the switch is too old */
  address_limit?: number;
  /** Limit on flooded frames per second from this port, QEMU's announcements included; 0: no limit; absent: the switch is too old */
  flood_limit?: number;
  /** The relay that the port is an end of: frames from either of its two ports go to the other one, whatever they are. Such a port is in no VLAN, learns no address and is reached by nobody else: its `vlan_mode` is access, `vlan` 0, `mac` and guards null, `isolated` 0; null: none: it is switched; absent: the switch is too old */
  relay?: string | null;
  /** `disable`: the port takes and gives no frames, and its guest sees a link that is down. `enable`: up. `auto`: up; but a guest at the end of a relay has the link of the device at the other end, and none if that port is `disable`; absent: the switch is too old */
  link?: Link;
  /** 1: no frames pass between it and other isolated ports, as `<port isolated='yes'/>` of libvirt; absent: the switch is too old */
  isolated?: number;
  /** Limit on what reaches the guest in KiB a second, on average, as `<bandwidth>` of libvirt; what is more is dropped; 0: no limit; absent: the switch is too old */
  inbound?: number;
  /** Limit while `inbound_burst` lasts, in KiB a second; 0: no limit; absent: the switch is too old */
  inbound_peak?: number;
  /** KiB that may come beyond the average in one go; 0: those of a tenth of a second; absent: the switch is too old */
  inbound_burst?: number;
  /** Limit on what the guest sends in KiB a second, on average; what is more waits in its ring; 0: no limit; of a device always 0; absent: the switch is too old */
  outbound?: number;
  /** Limit while `outbound_burst` lasts, in KiB a second; 0: no limit; absent: the switch is too old */
  outbound_peak?: number;
  /** KiB that may go beyond the average in one go; 0: those of a tenth of a second; absent: the switch is too old */
  outbound_burst?: number;
  /** What the guest's frames are checked for, as network filters of libvirt do; of a device always null; null: none; absent: the switch is too old */
  guards?: string | null;
  /** The guest's own addresses, for `guards`; null: none; absent: the switch is too old */
  ip_addresses?: string | null;
  /** From what IPv4 addresses beside `ip_addresses` are learnt: `dhcp`: a server's acknowledgement of what the guest asked, as long as the lease lasts, at most 4; needs `mac`. `any`: also the first that the guest uses, if it never had one; absent: the switch is too old */
  address_learning?: AddressLearning;
  /** The DHCP servers whose answers reach the guest; IPv4 and IPv6 each are free if no address of theirs is named, but nothing is learnt from others than these. Of a device always null; null: any; absent: the switch is too old */
  dhcp_servers?: string | null;
  /** The security label of the guest's QEMU as the kernel writes it: an AppArmor profile or a SELinux context; others are disconnected; null: any; absent: the switch is too old */
  peer_label?: string | null;
  /** Number of the port, from 0; freed numbers are used again */
  id: number;
  /** Up: a guest is connected and its rings are running, or the switch has the interface */
  state: 'waiting' | 'up';
  /** Down: it takes and gives no frames, and its guest sees that, by its setting `link`; absent: the switch is too old */
  link_state?: 'up' | 'down';
  /** Queue pairs of the guest, 0 while waiting */
  queues: number;
  /** Negotiated virtio feature bits, hexadecimal, `"0x0"` while waiting */
  features: string;
  /** The forwarding lcore that polls its first queue pair, and so carries what the port sends by it */
  lcore: number;
  /** An operator chose that lcore, and it is kept over a restart; absent: the switch is too old */
  pinned?: boolean;
  /** Who polls each queue pair of its guest, or will when that is enabled; each queue of a device. Empty while waiting, unless an operator has chosen for a pair; absent: the switch is too old */
  queue_lcores?: number[];
  /** Queue pairs for which an operator chose an lcore of their own; kept over a restart; absent: the switch is too old */
  pinned_queues?: number[];
  /** VLAN tag of the port's frames at devices with `vlan_mode` per-guest: its `vlan`, else 1000 + `id`; absent: the switch is too old */
  tag?: number;
  /** Addresses learnt for its guards, with commas between; null: none; absent: the switch is too old */
  learned?: string | null;
  /** Captures that its frames go to; absent: the switch is too old */
  captures?: number;
  /** Where the label of the present guest's QEMU was read that is the port's `peer_label`; no: there is no guest, no `peer_label`, or the kernel gives no label; absent: the switch is too old */
  peer_checked?: 'no' | 'connection' | 'process';
}

/** A switch's description of itself. */
export interface Hello {
  /** The protocol version of the switch */
  protocol: number;
  /** `"vhost-switch"` */
  name: string;
  /** The switch's version */
  version: string;
  /** DPDK's version */
  dpdk: string;
  /** The switch's process ID */
  pid: number;
  /** Seconds since it started */
  uptime: number;
}

/** A method of the protocol in the switch's list. */
export interface MethodInfo {
  /** As in a request */
  name: string;
  /** One line of text */
  summary: string;
  /** The least that a client needs to call it; absent: the switch is too old */
  level?: ClientLevel;
  /** Names; a `?` behind optional ones */
  params: string[];
}

/** An address of the switch's table. */
export interface FdbEntry {
  mac: string;
  vlan: number;
  /** The VLAN is that of a tag of the guest's own, whose port is in none: not that of ports; absent: the switch is too old */
  own_tag?: boolean;
  /** A port's name */
  port: string;
  /** Seconds since its last frame */
  age: number;
  /** A port's own `mac`, which does not age; absent: the switch is too old */
  pinned?: boolean;
  /** @deprecated for one version: see pinned */
  fixed?: boolean;
}

/** Counters of a port since it was added. rx: from the guest or device, tx: to it. */
export interface PortStats {
  /** The port's name */
  name: string;
  /** Frames taken from the guest */
  rx_packets: number;
  /** Their bytes */
  rx_bytes: number;
  /** Frames delivered to the guest */
  tx_packets: number;
  /** Their bytes */
  tx_bytes: number;
  /** Dropped frames by reason */
  drops: Record<string, number>;
  /** Transmit buffers that broke virtio's rules, returned unread; absent: the switch is too old */
  bad_chains?: number;
  /** Vhost-user messages and connections refused: they broke the protocol or a limit; absent: the switch is too old */
  refused?: number;
  /** Guests refused because their label is not the port's `peer_label`; in `refused`, too; absent: the switch is too old */
  wrong_label?: number;
  /** Log lines about the port that `log_limit` suppressed; absent: the switch is too old */
  log_left_out?: number;
  /** Rings that the guest broke, unused until its driver is reloaded (then 0); absent: the switch is too old */
  broken?: number;
  /** Of the device itself: `rx_packets`, `tx_packets`, `rx_missed`, `rx_errors`, `rx_no_buffer`, `tx_errors`; absent: it is no device */
  nic?: Record<string, number>;
}

/** Counters of a device with a tag per guest in their former place. */
export interface UplinkStats {
  /** Frames received from the device */
  rx_packets: number;
  /** Their bytes */
  rx_bytes: number;
  /** Frames sent to the device */
  tx_packets: number;
  /** Their bytes */
  tx_bytes: number;
  /** Dropped frames by reason */
  drops: Record<string, number>;
  /** `rx_packets`, `tx_packets`, `rx_missed`, `rx_errors`, `rx_no_buffer`, `tx_errors` */
  nic: Record<string, number>;
}

/** Counters of a forwarding lcore since the start. */
export interface LcoreStats {
  /** Its number */
  lcore: number;
  /** TSC cycles of the polling rounds that found frames */
  busy_cycles: number;
  /** Frames of these rounds */
  busy_packets: number;
  /** Queue pairs and devices that the balancer moved to it; absent: the switch is too old */
  balanced?: number;
  /** How often it had nothing to do and waited for kicks; absent: the switch is too old */
  waits?: number;
  /** Waits of 100 ms after which there was a frame, of which nobody had told; absent: the switch is too old */
  late?: number;
}

/** The address table's counters: present and maximum entries, the others since the start. */
export interface FdbStats {
  /** Present number of addresses */
  entries: number;
  /** Maximum number of addresses */
  capacity: number;
  /** New addresses */
  learned: number;
  /** Addresses that moved to another port */
  moved: number;
  /** Addresses removed after the ageing time */
  aged: number;
  /** Addresses removed to make room */
  evicted: number;
  /** Addresses not learned: port limit reached or table full */
  refused: number;
}

/** Frames from a port to another. */
export interface PairStats {
  /** The port's name that they came from */
  from: string;
  /** That of the one they went to */
  to: string;
  /** Frames on their way there, those for which it has no room included */
  packets: number;
  /** Their bytes */
  bytes: number;
}

/** All counters. */
export interface Stats {
  /** By id */
  ports: PortStats[];
  /** The address table */
  fdb: FdbStats;
  /** The forwarding lcores; absent: the switch is too old */
  lcores?: LcoreStats[];
  /** @deprecated for one version: see lcores */
  cores?: LcoreStats[];
  /** The present time stamp counter, in which busy cycles are counted; absent: the switch is too old */
  tsc?: number;
  /** Deprecated, removed in the next version: the first port with `vlan_mode` per-guest; absent: there is none */
  uplink?: UplinkStats;
}

/** A port that would get a traced frame. */
export interface TraceReceiver {
  /** Its name */
  port: string;
  /** VLAN id of the tag that the frame then has; absent: it has none */
  tag?: number;
}

/** A port at which a traced frame would be dropped. */
export interface TraceDrop {
  /** Its name */
  port: string;
  /** As in `stats.get`; also why a port without a guest gets nothing */
  reason: string;
}

/** A forwarding lcore. */
export interface LcoreInfo {
  /** Its number */
  lcore: number;
  /** Its processor */
  cpu: number;
  /** That processor's NUMA node; absent: the kernel does not say; absent: the switch is too old */
  node?: number;
  /** Number of ports of which it polls a queue pair or more */
  ports: number;
  /** Queue pairs of guests that it polls, and queues of devices; absent: the switch is too old */
  queues?: number;
}

/** A device that is part of a bond. */
export interface BondMember {
  /** Its DPDK name */
  name: string;
  link: 'up' | 'down';
  /** Frames go there and come from there; in mode 4 as soon as both ends agree */
  active: boolean;
  /** LACP's flags of this end: active, fast, aggregatable, in_sync, collecting, distributing, defaulted, expired; absent: the bond's mode is not 4 */
  actor?: string[];
  /** Those that the other end has said; absent: the bond's mode is not 4 */
  partner?: string[];
  /** The other end's address; absent: the bond's mode is not 4 */
  partner_system?: string;
}

/** A device that is a port, and its properties. */
export interface DeviceInfo {
  /** The port that it is; absent: the switch is too old */
  of?: string;
  /** Its DPDK port number; 65,535: DPDK does not know it */
  port: number;
  /** Its DPDK name */
  name: string;
  /** Its DPDK driver; `packet_socket`: the switch's own socket at an interface of the kernel's */
  driver: string;
  /** Its address */
  mac: string;
  /** The NUMA node that its buffers are on: its card's, of a bond the first member's; absent: it has none or the kernel does not say; absent: the switch is too old */
  node?: number;
  /** What assigns frames to guests: a NIC that does becomes `software`, until the switch restarts, when a port has a VLAN that its VMDq maps have not */
  classification: 'vmdq' | 'software';
  /** The reason for this classification, such as that VLAN and port */
  why: string;
  /** VMDq pools */
  pools: number;
  /** Receive queues */
  rx_queues: number;
  /** Bytes */
  mtu: number;
  /** Broadcast, multicast and what is for unknown addresses reach guests */
  promiscuous: boolean;
  /** Guests get frames without the tag */
  vlan_strip: boolean;
  /** The device completes checksums that guests left undone; absent: the switch is too old */
  checksums?: boolean;
  link: 'up' | 'down';
  /** Addresses behind other ports that the device was given: filters of VMDq, or, at a VF or a PF with VFs, further addresses of its own */
  filters: number;
  /** Addresses for which a VF or a PF with VFs had no room, each time one was offered; absent: the switch is too old */
  filters_missed?: number;
  /** The VLANs that its card was asked to pass, as 10,20-29; absent: it is no VF, or one whose driver cannot ask for VLANs; absent: the switch is too old */
  vlans?: string;
  /** 0 to 6, as the kernel's bonding numbers them; 4: LACP; absent: it is no bond */
  bond_mode?: number;
  /** Its members; absent: it is no bond */
  members?: BondMember[];
}

/** Something that happened in the switch. */
export interface SwitchEvent {
  /** When it was noticed, as `"2026-11-29T20:35:10.123Z"` */
  time: string;
  /** What it was */
  event: EventName;
  /** The name of the port that it happened to; absent: it is `missed` */
  port?: string;
  /** The address; absent: it is about no address */
  mac?: string;
  /** Its VLAN; 0: none; absent: it is about no address */
  vlan?: number;
  /** The other port: where the address was, or is in use; whose missing link a relay's port has; absent: there is none */
  from?: string;
  /** `rate_limit`, `flood_limit`, `address_limit`: the drop reason that has begun to grow; `refused`: that counter of `stats.get`. `address_limit` also when the port has learned as many addresses as it may; absent: it is no `limit` */
  reason?: string;
  /** How much it grew in about a second; 0: it did not, and the port has all its addresses; absent: it is no `limit` */
  count?: number;
  /** How many events the client has not got, between the one before and the one after; absent: it is not `missed` */
  missed?: number;
}

/** Settings that can change while the switch runs; units as on its command line. */
export interface Settings {
  /** Seconds until a silent address is forgotten */
  ageing: number;
  /** Seconds of silence before another port takes an address; 0: at once; absent: the switch is too old */
  hold?: number;
  /** Addresses per second that a port may take from others; absent: the switch is too old */
  move_limit?: number;
  /** Limit on a guest's queue pairs; absent: the switch is too old */
  queue_limit?: number;
  /** Microseconds to sleep when idle; 0: poll */
  idle_sleep: number;
  /** Wait for guests' kicks when idle; 0: never, 1: always, 2: not on isolated processors; absent: the switch is too old */
  idle_wait?: number;
  /** Seconds between tables in the log; 0: none */
  stats: number;
  /** Wait for a guest with a full ring, device to guest */
  rx_retry: number;
  /** Number of waits */
  rx_retry_num: number;
  /** Microseconds per wait */
  rx_retry_delay: number;
  /** Limit on vhost-user messages per second and port, bursts of ten times that; 0: no limit; absent: the switch is too old */
  message_limit?: number;
  /** Limit on log lines per second and port, bursts of ten times that; 0: no limit; absent: the switch is too old */
  log_limit?: number;
  /** Log lines up to this level: 4 errors, 5 warnings, 6 notices, 7 information, 8 debugging; 0: what the EAL's --log-level says; absent: the switch is too old */
  log_level?: number;
  /** Limit on a guest's shared memory in MiB; 0: the host's memory; absent: the switch is too old */
  guest_memory?: number;
  /** Limit on all guests' shared memory in MiB; 0: eight times the host's; absent: the switch is too old */
  guest_memory_all?: number;
  /** Seconds until a client that asks nothing is disconnected; absent: the switch is too old */
  client_idle?: number;
  /** 1: queue pairs move between lcores of a NUMA node, towards equal load; pinned ones stay; absent: the switch is too old */
  balance?: number;
  /** Percent of an lcore by which a move must bring two lcores' loads closer; absent: the switch is too old */
  balance_sensitivity?: number;
  /** Seconds between two looks at the loads; absent: the switch is too old */
  balance_interval?: number;
}

/** The switch's lcores, devices and settings. */
export interface SwitchInfo {
  /** The forwarding lcores */
  lcores: LcoreInfo[];
  /** Ports that are devices; absent: the switch is too old */
  devices?: DeviceInfo[];
  /** Deprecated, removed in the next version: the first of `devices` with `vlan_mode` per-guest; absent: there is none */
  uplink?: DeviceInfo;
  /** The command line's `--vm2vm` */
  vm2vm: number;
  /** Mergeable receive buffers are offered */
  mergeable: boolean;
  /** Checksum offload is offered; a port's `features` show what its guest accepted; absent: the switch is too old */
  tx_csum?: boolean;
  /** Segmentation offload is offered; absent: the switch is too old */
  tso?: boolean;
  /** Virtio feature bits that guests are offered, hexadecimal, without those of `--features-off`; `"0x0"`: not known; absent: the switch is too old */
  features?: string;
  /** Bytes of a frame, without FCS */
  max_frame: number;
  /** Maximum number of ports */
  max_ports: number;
  /** The settings of `switch.set` */
  settings: Settings;
}

/** Parameters of capture.start. */
export interface CaptureRequest {
  /** These, whether they are there yet or not, by name; absent: all, those that are added later, too */
  ports?: string[];
  /** Classic BPF, an instruction as `[code, jt, jf, k]`, at most 512; as `tcpdump -ddd` compiles it; absent: all frames */
  filter?: number[][];
  /** Bytes of a frame at most; 1–262144; 262144 unless said */
  snap?: number;
  /** False: without frames that are dropped; absent: true */
  drops?: boolean;
  /** In: what a port's guest sends; out: what is for it; absent: both */
  direction?: 'in' | 'out' | 'both';
}

/** Parameters of fdb.list. */
export interface FdbFilter {
  /** Only this VLAN; 0–4094; absent: any */
  vlan?: number;
  /** Only addresses behind the port of this name; absent: any */
  port?: string;
  /** Maximum number of entries; 1–10000; 10000 unless said */
  limit?: number;
  /** `next` of an answer: go on there; 0–4294967295; absent: from the first on */
  after?: number;
}

/** Parameters of hello. */
export interface Greeting {
  /** The caller's protocol version; 0–2147483647 */
  protocol: number;
  /** The caller's name, for the log; absent: none */
  client?: string;
}

/** Parameters of pairs.get. */
export interface PairsFilter {
  /** Maximum number of pairs; 1–1000; 100 unless said */
  limit?: number;
}

/** Parameters of port.add. */
export interface PortRequest {
  /** The port's name */
  name: string;
  /** Its vhost-user socket */
  path: string;
  /** The tap, or the macvtap of a network card, that the port is, instead of a vhost-user socket; it must be there and belong to the switch's user. To ask for it takes the level `administer`; null: a vhost-user socket */
  interface?: string | null;
  /** The DPDK device that the port is, instead of a vhost-user socket. To ask for it takes the level `administer`; null: a vhost-user socket */
  device?: string | null;
  /** Who listens on the socket; the other one dials. With `qemu` any process that may dial the socket gets the memory, if it is first; qemu unless said */
  listener?: Listener;
  /** @deprecated for one version: see listener */
  mode?: 'client' | 'server';
  /** 0: the port is in no VLAN; frames keep the guest's own tags. Of a trunk: the VLAN of frames without a tag, if `vlan_mode` is a native one; 0–4094; 0 unless said */
  vlan?: number;
  /** How the port stands in VLANs; access unless said */
  vlan_mode?: VlanMode;
  /** The VLANs that a trunk carries, a native mode's `vlan` beside them; null: all */
  trunks?: string | null;
  /** The port's own address, which no other port may use; the only accepted source address, unless `other_macs` is 1; null: any */
  mac?: string | null;
  /** 1: a port with a `mac` may send from other addresses, too, which are learned like those of a port without; 0–1; 0 unless said */
  other_macs?: number;
  /** Limit on addresses learned at this port; 1–65536; 4096 unless said */
  address_limit?: number;
  /** Limit on flooded frames per second from this port, QEMU's announcements included; 0: no limit; 0–100000000; 0 unless said */
  flood_limit?: number;
  /** The relay that the port is an end of: frames from either of its two ports go to the other one, whatever they are. Such a port is in no VLAN, learns no address and is reached by nobody else: its `vlan_mode` is access, `vlan` 0, `mac` and guards null, `isolated` 0; null: none: it is switched */
  relay?: string | null;
  /** `disable`: the port takes and gives no frames, and its guest sees a link that is down. `enable`: up. `auto`: up; but a guest at the end of a relay has the link of the device at the other end, and none if that port is `disable`; auto unless said */
  link?: Link;
  /** 1: no frames pass between it and other isolated ports, as `<port isolated='yes'/>` of libvirt; 0–1; 0 unless said */
  isolated?: number;
  /** Limit on what reaches the guest in KiB a second, on average, as `<bandwidth>` of libvirt; what is more is dropped; 0: no limit; 0–12500000; 0 unless said */
  inbound?: number;
  /** Limit while `inbound_burst` lasts, in KiB a second; 0: no limit; 0–12500000; 0 unless said */
  inbound_peak?: number;
  /** KiB that may come beyond the average in one go; 0: those of a tenth of a second; 0–12500000; 0 unless said */
  inbound_burst?: number;
  /** Limit on what the guest sends in KiB a second, on average; what is more waits in its ring; 0: no limit; of a device always 0; 0–12500000; 0 unless said */
  outbound?: number;
  /** Limit while `outbound_burst` lasts, in KiB a second; 0: no limit; 0–12500000; 0 unless said */
  outbound_peak?: number;
  /** KiB that may go beyond the average in one go; 0: those of a tenth of a second; 0–12500000; 0 unless said */
  outbound_burst?: number;
  /** What the guest's frames are checked for, as network filters of libvirt do; of a device always null; null: none */
  guards?: string | null;
  /** The guest's own addresses, for `guards`; null: none */
  ip_addresses?: string | null;
  /** From what IPv4 addresses beside `ip_addresses` are learnt: `dhcp`: a server's acknowledgement of what the guest asked, as long as the lease lasts, at most 4; needs `mac`. `any`: also the first that the guest uses, if it never had one; none unless said */
  address_learning?: AddressLearning;
  /** The DHCP servers whose answers reach the guest; IPv4 and IPv6 each are free if no address of theirs is named, but nothing is learnt from others than these. Of a device always null; null: any */
  dhcp_servers?: string | null;
  /** The security label of the guest's QEMU as the kernel writes it: an AppArmor profile or a SELinux context; others are disconnected; null: any */
  peer_label?: string | null;
}

/** Parameters of port.remove. */
export interface PortRemoval {
  /** The port's name */
  name: string;
}

/** Parameters of port.set. */
export interface PortChange {
  /** The port's name */
  name: string;
  /** 0: the port is in no VLAN; frames keep the guest's own tags. Of a trunk: the VLAN of frames without a tag, if `vlan_mode` is a native one; 0–4094; absent: unchanged */
  vlan?: number;
  /** How the port stands in VLANs; absent: unchanged */
  vlan_mode?: VlanMode;
  /** The VLANs that a trunk carries, a native mode's `vlan` beside them; null: all; absent: unchanged */
  trunks?: string | null;
  /** The port's own address, which no other port may use; the only accepted source address, unless `other_macs` is 1; null: any; absent: unchanged */
  mac?: string | null;
  /** 1: a port with a `mac` may send from other addresses, too, which are learned like those of a port without; 0–1; absent: unchanged */
  other_macs?: number;
  /** Limit on addresses learned at this port; 1–65536; absent: unchanged */
  address_limit?: number;
  /** Limit on flooded frames per second from this port, QEMU's announcements included; 0: no limit; 0–100000000; absent: unchanged */
  flood_limit?: number;
  /** The relay that the port is an end of: frames from either of its two ports go to the other one, whatever they are. Such a port is in no VLAN, learns no address and is reached by nobody else: its `vlan_mode` is access, `vlan` 0, `mac` and guards null, `isolated` 0; null: none: it is switched; absent: unchanged */
  relay?: string | null;
  /** `disable`: the port takes and gives no frames, and its guest sees a link that is down. `enable`: up. `auto`: up; but a guest at the end of a relay has the link of the device at the other end, and none if that port is `disable`; absent: unchanged */
  link?: Link;
  /** 1: no frames pass between it and other isolated ports, as `<port isolated='yes'/>` of libvirt; 0–1; absent: unchanged */
  isolated?: number;
  /** Limit on what reaches the guest in KiB a second, on average, as `<bandwidth>` of libvirt; what is more is dropped; 0: no limit; 0–12500000; absent: unchanged */
  inbound?: number;
  /** Limit while `inbound_burst` lasts, in KiB a second; 0: no limit; 0–12500000; absent: unchanged */
  inbound_peak?: number;
  /** KiB that may come beyond the average in one go; 0: those of a tenth of a second; 0–12500000; absent: unchanged */
  inbound_burst?: number;
  /** Limit on what the guest sends in KiB a second, on average; what is more waits in its ring; 0: no limit; of a device always 0; 0–12500000; absent: unchanged */
  outbound?: number;
  /** Limit while `outbound_burst` lasts, in KiB a second; 0: no limit; 0–12500000; absent: unchanged */
  outbound_peak?: number;
  /** KiB that may go beyond the average in one go; 0: those of a tenth of a second; 0–12500000; absent: unchanged */
  outbound_burst?: number;
  /** What the guest's frames are checked for, as network filters of libvirt do; of a device always null; null: none; absent: unchanged */
  guards?: string | null;
  /** The guest's own addresses, for `guards`; null: none; absent: unchanged */
  ip_addresses?: string | null;
  /** From what IPv4 addresses beside `ip_addresses` are learnt: `dhcp`: a server's acknowledgement of what the guest asked, as long as the lease lasts, at most 4; needs `mac`. `any`: also the first that the guest uses, if it never had one; absent: unchanged */
  address_learning?: AddressLearning;
  /** The DHCP servers whose answers reach the guest; IPv4 and IPv6 each are free if no address of theirs is named, but nothing is learnt from others than these. Of a device always null; null: any; absent: unchanged */
  dhcp_servers?: string | null;
  /** The security label of the guest's QEMU as the kernel writes it: an AppArmor profile or a SELinux context; others are disconnected; null: any; absent: unchanged */
  peer_label?: string | null;
  /** The forwarding lcore that polls it, all its queue pairs, all queues of a device; kept over a restart by its processor. -1: the switch chooses, and anew at each start; -1–127; absent: unchanged */
  lcore?: number;
  /** The one queue pair that `lcore` is for. -1 there: as for the whole port. Not of a device; 0–127; absent: all */
  queue?: number;
}

/** Parameters of stats.get. */
export interface StatsFilter {
  /** Only the port of this name; absent: all ports */
  port?: string;
}

/** Parameters of switch.set. */
export interface SettingsChange {
  /** Seconds until a silent address is forgotten; 1–1000000; absent: unchanged */
  ageing?: number;
  /** Seconds of silence before another port takes an address; 0: at once; 0–1000000; absent: unchanged */
  hold?: number;
  /** Addresses per second that a port may take from others; 0–1000000; absent: unchanged */
  move_limit?: number;
  /** Limit on a guest's queue pairs; 1–128; absent: unchanged */
  queue_limit?: number;
  /** Microseconds to sleep when idle; 0: poll; 0–100000; absent: unchanged */
  idle_sleep?: number;
  /** Wait for guests' kicks when idle; 0: never, 1: always, 2: not on isolated processors; 0–2; absent: unchanged */
  idle_wait?: number;
  /** Seconds between tables in the log; 0: none; 0–86400; absent: unchanged */
  stats?: number;
  /** Wait for a guest with a full ring, device to guest; 0–1; absent: unchanged */
  rx_retry?: number;
  /** Number of waits; 0–100; absent: unchanged */
  rx_retry_num?: number;
  /** Microseconds per wait; 0–1000; absent: unchanged */
  rx_retry_delay?: number;
  /** Limit on vhost-user messages per second and port, bursts of ten times that; 0: no limit; 0–1000000; absent: unchanged */
  message_limit?: number;
  /** Limit on log lines per second and port, bursts of ten times that; 0: no limit; 0–100000; absent: unchanged */
  log_limit?: number;
  /** Log lines up to this level: 4 errors, 5 warnings, 6 notices, 7 information, 8 debugging; 0: what the EAL's --log-level says; 0–8; absent: unchanged */
  log_level?: number;
  /** Limit on a guest's shared memory in MiB; 0: the host's memory; 0–1073741824; absent: unchanged */
  guest_memory?: number;
  /** Limit on all guests' shared memory in MiB; 0: eight times the host's; 0–1073741824; absent: unchanged */
  guest_memory_all?: number;
  /** Seconds until a client that asks nothing is disconnected; 1–86400; absent: unchanged */
  client_idle?: number;
  /** 1: queue pairs move between lcores of a NUMA node, towards equal load; pinned ones stay; 0–1; absent: unchanged */
  balance?: number;
  /** Percent of an lcore by which a move must bring two lcores' loads closer; 1–100; absent: unchanged */
  balance_sensitivity?: number;
  /** Seconds between two looks at the loads; 1–3600; absent: unchanged */
  balance_interval?: number;
}

/** Parameters of trace.frame. */
export interface TraceRequest {
  /** The name of the port that it comes from */
  name: string;
  /** Its bytes without FCS, two hexadecimal digits each; from a device with a tag per guest, with that tag */
  frame: string;
}

/** Parameters by method. */
export interface Params {
  'capture.start': CaptureRequest;
  'events.watch': Record<string, never>;
  'fdb.list': FdbFilter;
  hello: Greeting;
  'method.list': Record<string, never>;
  'pairs.get': PairsFilter;
  'port.add': PortRequest;
  'port.list': Record<string, never>;
  'port.remove': PortRemoval;
  'port.set': PortChange;
  'stats.get': StatsFilter;
  'switch.info': Record<string, never>;
  'switch.set': SettingsChange;
  'trace.frame': TraceRequest;
}

/** Results by method. */
export interface Results {
  'capture.start': { ports: number };
  'events.watch': { changed: boolean };
  'fdb.list': { entries: FdbEntry[]; total: number; next?: number };
  hello: Hello;
  'method.list': { methods: MethodInfo[] };
  'pairs.get': { pairs: PairStats[] };
  'port.add': { changed: boolean; port: Port };
  'port.list': { ports: Port[] };
  'port.remove': { changed: boolean };
  'port.set': { changed: boolean; port: Port };
  'stats.get': Stats;
  'switch.info': SwitchInfo;
  'switch.set': { changed: boolean; settings: Settings };
  'trace.frame': {
    vlan: number;
    source: string;
    source_at?: string;
    destination_at?: string;
    flooded: boolean;
    to: TraceReceiver[];
    drops: TraceDrop[];
  };
}

/** Methods of the protocol. */
export type MethodName = keyof Params;
