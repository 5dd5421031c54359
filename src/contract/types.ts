// Generated from native/protocol.yaml by `npm run generate`; change that, not this.

/** Who listens on a vhost-user socket; the other one dials */
export type Listener = 'qemu' | 'switch';

/** A port as the switch shows it. */
export interface Port {
  /** The port's name */
  name: string;
  /** Its vhost-user socket */
  path: string;
  /** Who listens on the socket; the other one dials. With `qemu` the switch may restart under the guest */
  listener: Listener;
  /** @deprecated for one version: see listener */
  mode?: 'client' | 'server';
  /** 0: the port is in no VLAN; frames keep the tag the guest gave them */
  vlan: number;
  /** The only source address that is let in; null: any; absent: the switch is too old */
  mac?: string | null;
  /** Addresses that may be learned here; absent: the switch is too old */
  address_limit?: number;
  /** Frames a second from here that may be flooded; 0: any; absent: the switch is too old */
  flood_limit?: number;
  /** Number of the port, 0 and up; freed numbers are used again */
  id: number;
  /** Up: a guest is there and its rings are running */
  state: 'waiting' | 'up';
  /** Queue pairs that the guest has made, 0 while waiting */
  queues: number;
  /** Negotiated virtio feature bits, hexadecimal, `"0x0"` while waiting */
  features: string;
  /** The forwarding lcore that polls the port */
  lcore: number;
  /** What frames of the port carry towards the uplink: its `vlan`, else 1000 + `id`; absent: the switch is too old */
  tag?: number;
  /** The pcap file that its frames are copied to; null: none; absent: the switch is too old */
  mirror?: string | null;
}

/** How a switch introduces itself. */
export interface Hello {
  /** The version that is spoken here */
  protocol: number;
  /** `"vhost-switch"` */
  name: string;
  /** Of the switch */
  version: string;
  /** DPDK's version */
  dpdk: string;
  /** Process of the switch */
  pid: number;
  /** Seconds since it started */
  uptime: number;
}

/** A method of the protocol, as the switch lists it. */
export interface MethodInfo {
  /** As in a request */
  name: string;
  /** A line for people */
  summary: string;
  /** Names; a `?` behind those that may be left out */
  params: string[];
}

/** An address of the switch's table. */
export interface FdbEntry {
  mac: string;
  vlan: number;
  /** A port's name, or `uplink` */
  port: string;
  /** Seconds since a frame came from there */
  age: number;
  /** A port's own `mac`, which does not age; absent: the switch is too old */
  pinned?: boolean;
  /** @deprecated for one version: see pinned */
  fixed?: boolean;
}

/** What became of a mirrored port's frames. */
export interface MirrorStats {
  /** Frames in the file */
  written: number;
  /** Frames that came faster than the file took them */
  lost: number;
}

/** Counters of a port since it was added. rx: from the guest, tx: to the guest. */
export interface PortStats {
  /** The port's name */
  name: string;
  /** Frames that the switch took from the guest */
  rx_packets: number;
  /** Their bytes */
  rx_bytes: number;
  /** Frames that it gave to the guest */
  tx_packets: number;
  /** Their bytes */
  tx_bytes: number;
  /** Frames that went nowhere by reason */
  drops: Record<string, number>;
  /** Transmit buffers that broke virtio's rules and went back unread; absent: the switch is too old */
  bad_chains?: number;
  /** Rings that the guest has broken beyond use, 0 again when its driver is loaded anew; absent: the switch is too old */
  broken?: number;
  /** Its copies; absent: it is not mirrored */
  mirror?: MirrorStats;
}

/** Counters of the uplink, and what the device itself counted. */
export interface UplinkStats {
  /** Frames that came from the device */
  rx_packets: number;
  /** Their bytes */
  rx_bytes: number;
  /** Frames that went to the device */
  tx_packets: number;
  /** Their bytes */
  tx_bytes: number;
  /** Frames that went nowhere by reason */
  drops: Record<string, number>;
  /** `rx_packets`, `tx_packets`, `rx_missed`, `rx_errors`, `rx_no_buffer`, `tx_errors` */
  nic: Record<string, number>;
}

/** What a forwarding lcore did since the start. */
export interface LcoreStats {
  /** Its number */
  lcore: number;
  /** TSC cycles of the polling rounds that found frames */
  busy_cycles: number;
  /** Those frames */
  busy_packets: number;
}

/** The address table's counters: entries now and at most, the others since the start. */
export interface FdbStats {
  /** Addresses now */
  entries: number;
  /** Addresses at most */
  capacity: number;
  /** Addresses that were new */
  learned: number;
  /** Addresses that came from another port than before */
  moved: number;
  /** Addresses that were silent for too long */
  aged: number;
  /** Addresses that had to make room */
  evicted: number;
  /** Addresses that were not learned: limit or table full */
  refused: number;
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
  /** The time stamp counter that busy cycles are counted with, now; absent: the switch is too old */
  tsc?: number;
  /** The uplink; absent: the switch has none */
  uplink?: UplinkStats;
}

/** A forwarding lcore. */
export interface LcoreInfo {
  /** Its number */
  lcore: number;
  /** The processor that it runs on */
  cpu: number;
  /** How many ports it polls */
  ports: number;
}

/** The device that leads out of the host, and what was found of it. */
export interface UplinkInfo {
  /** DPDK's number of it */
  port: number;
  /** DPDK's name of it */
  name: string;
  /** DPDK's driver */
  driver: string;
  /** Its address */
  mac: string;
  /** Who finds the guest of a frame */
  classification: 'vmdq' | 'software';
  /** Why it is the one or the other */
  why: string;
  /** VMDq pools */
  pools: number;
  /** Receive queues */
  rx_queues: number;
  /** Bytes */
  mtu: number;
  /** Broadcast and multicast reach guests */
  promiscuous: boolean;
  /** Guests get frames without the tag */
  vlan_strip: boolean;
  /** The device completes them where guests leave them to be done; absent: the switch is too old */
  checksums?: boolean;
  link: 'up' | 'down';
  /** Addresses that the device sorts */
  filters: number;
}

/** Settings that can change while the switch runs; units as on its command line. */
export interface Settings {
  /** Seconds until a silent address is forgotten */
  ageing: number;
  /** Microseconds to sleep when idle; 0: poll */
  idle_sleep: number;
  /** Seconds between tables in the log; 0: none */
  stats: number;
  /** Wait for a guest whose ring is full, uplink to guest */
  rx_retry: number;
  /** How often it waits */
  rx_retry_num: number;
  /** Microseconds between */
  rx_retry_delay: number;
}

/** What the switch runs on and with. */
export interface SwitchInfo {
  /** The forwarding lcores */
  lcores: LcoreInfo[];
  /** The uplink; absent: the switch has none */
  uplink?: UplinkInfo;
  /** The command line's `--vm2vm` */
  vm2vm: number;
  /** Mergeable receive buffers are offered */
  mergeable: boolean;
  /** Checksum offload is offered; what a guest has taken up is in its port's `features`; absent: the switch is too old */
  tx_csum?: boolean;
  /** Segmentation offload is offered; absent: the switch is too old */
  tso?: boolean;
  /** Bytes of a frame, without FCS */
  max_frame: number;
  /** Ports at most */
  max_ports: number;
  /** As `switch.set` has them */
  settings: Settings;
}

/** Parameters of fdb.list. */
export interface FdbFilter {
  /** Only this VLAN; 0–4094; absent: any */
  vlan?: number;
  /** Only addresses behind the port of this name; absent: any */
  port?: string;
  /** At most so many; 1–1000000; 10000 unless said */
  limit?: number;
}

/** Parameters of hello. */
export interface Greeting {
  /** The version that the caller speaks; 0–2147483647 */
  protocol: number;
  /** The caller's name, for the log; absent: none */
  client?: string;
}

/** Parameters of port.add. */
export interface PortRequest {
  /** The port's name */
  name: string;
  /** Its vhost-user socket */
  path: string;
  /** Who listens on the socket; the other one dials. With `qemu` the switch may restart under the guest; qemu unless said */
  listener?: Listener;
  /** @deprecated for one version: see listener */
  mode?: 'client' | 'server';
  /** 0: the port is in no VLAN; frames keep the tag the guest gave them; 0–4094; 0 unless said */
  vlan?: number;
  /** The only source address that is let in; null: any */
  mac?: string | null;
  /** Addresses that may be learned here; 1–65536; 65536 unless said */
  address_limit?: number;
  /** Frames a second from here that may be flooded; 0: any; 0–100000000; 0 unless said */
  flood_limit?: number;
}

/** Parameters of port.mirror. */
export interface MirrorRequest {
  /** The port's name */
  name: string;
  /** The file; absent: end that */
  path?: string;
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
  /** 0: the port is in no VLAN; frames keep the tag the guest gave them; 0–4094; absent: as it is */
  vlan?: number;
  /** The only source address that is let in; null: any; absent: as it is */
  mac?: string | null;
  /** Addresses that may be learned here; 1–65536; absent: as it is */
  address_limit?: number;
  /** Frames a second from here that may be flooded; 0: any; 0–100000000; absent: as it is */
  flood_limit?: number;
  /** The forwarding lcore that polls it; not kept over a restart; 0–127; absent: as it is */
  lcore?: number;
}

/** Parameters of stats.get. */
export interface StatsFilter {
  /** Only the port of this name; absent: all ports */
  port?: string;
}

/** Parameters of switch.set. */
export interface SettingsChange {
  /** Seconds until a silent address is forgotten; 1–1000000; absent: as it is */
  ageing?: number;
  /** Microseconds to sleep when idle; 0: poll; 0–100000; absent: as it is */
  idle_sleep?: number;
  /** Seconds between tables in the log; 0: none; 0–86400; absent: as it is */
  stats?: number;
  /** Wait for a guest whose ring is full, uplink to guest; 0–1; absent: as it is */
  rx_retry?: number;
  /** How often it waits; 0–100; absent: as it is */
  rx_retry_num?: number;
  /** Microseconds between; 0–1000; absent: as it is */
  rx_retry_delay?: number;
}

/** What each method takes. */
export interface Params {
  'fdb.list': FdbFilter;
  hello: Greeting;
  'method.list': Record<string, never>;
  'port.add': PortRequest;
  'port.list': Record<string, never>;
  'port.mirror': MirrorRequest;
  'port.remove': PortRemoval;
  'port.set': PortChange;
  'stats.get': StatsFilter;
  'switch.info': Record<string, never>;
  'switch.set': SettingsChange;
}

/** What each method answers. */
export interface Results {
  'fdb.list': { entries: FdbEntry[]; total: number };
  hello: Hello;
  'method.list': { methods: MethodInfo[] };
  'port.add': { changed: boolean; port: Port };
  'port.list': { ports: Port[] };
  'port.mirror': { changed: boolean; port: Port };
  'port.remove': { changed: boolean };
  'port.set': { changed: boolean; port: Port };
  'stats.get': Stats;
  'switch.info': SwitchInfo;
  'switch.set': { changed: boolean; settings: Settings };
}

/** Methods of the protocol. */
export type MethodName = keyof Params;
