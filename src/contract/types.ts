/** Shapes of the control protocol, version 1. Specified in native/PROTOCOL.md. */

/** The version that both sides must speak. */
export const PROTOCOL_VERSION = 1;

/** The switch's role on a vhost-user socket: `client` dials (QEMU listens), `server` listens. */
export type PortMode = 'client' | 'server';

/** What a caller asks for when it adds a port. `vlan` 0–4094, 0: none. */
export interface PortRequest {
  name: string;
  path: string;
  mode?: PortMode;
  vlan?: number;
  /** The only source address that is let in; null: any. */
  mac?: string | null;
  /** Addresses that may be learned here, 1–65,536. */
  address_limit?: number;
  /** Frames a second that may be flooded from here; 0: any. */
  flood_limit?: number;
}

/** A change of a port; what is absent stays. */
export type PortChange = Pick<
  PortRequest,
  'name' | 'vlan' | 'mac' | 'address_limit' | 'flood_limit'
> & {
  /** The forwarding core that is to poll it. */
  lcore?: number;
};

/** A port as the switch shows it. */
export interface Port {
  id: number;
  name: string;
  path: string;
  mode: PortMode;
  vlan: number;
  state: 'waiting' | 'up';
  /** Queue pairs that the guest has made; 0 while waiting. */
  queues: number;
  /** Negotiated virtio feature bits, hexadecimal with `0x`. */
  features: string;
  lcore: number;
  /** Keys that came within version 1; an older switch does not send them. */
  mac?: string | null;
  address_limit?: number;
  flood_limit?: number;
  /** What its frames carry towards the uplink. */
  tag?: number;
  /** The pcap file that its frames are copied to. */
  mirror?: string | null;
}

/** A learned address. */
export interface FdbEntry {
  mac: string;
  vlan: number;
  /** Name of the port. */
  port: string;
  /** Seconds since a frame came from there. */
  age: number;
}

/** Frames and bytes since the port was added; `drops` by the reasons of the protocol. */
export interface PortStats {
  name: string;
  rx_packets: number;
  rx_bytes: number;
  tx_packets: number;
  tx_bytes: number;
  drops: Record<string, number>;
  /** Keys that came within version 1: transmit buffers that broke virtio's rules, */
  bad_chains?: number;
  /** rings that the guest has broken beyond use, */
  broken?: number;
  /** and, of a mirrored port, frames in the file and frames that were too fast for it. */
  mirror?: { written: number; lost: number };
}

/** The uplink's counters, and what the device itself counted. */
export interface UplinkStats
  extends Pick<PortStats, 'rx_packets' | 'rx_bytes' | 'tx_packets' | 'tx_bytes' | 'drops'> {
  nic: Record<string, number>;
}

/** What a forwarding core did: TSC cycles of the rounds that found frames, and those frames. */
export interface CoreStats {
  lcore: number;
  busy_cycles: number;
  busy_packets: number;
}

/** All counters; they begin with 0 when the switch starts. */
export interface Stats {
  ports: PortStats[];
  fdb: FdbStats;
  cores?: CoreStats[];
  /** The switch's time stamp counter, which busy cycles are counted with. */
  tsc?: number;
  /** Absent when the switch has none. */
  uplink?: UplinkStats;
}

/** Settings that can change while the switch runs; units as on its command line. */
export interface Settings {
  ageing: number;
  idle_sleep: number;
  stats: number;
  rx_retry: number;
  rx_retry_num: number;
  rx_retry_delay: number;
}

/** The device that leads out of the host, and what was found of it. */
export interface UplinkInfo {
  port: number;
  name: string;
  driver: string;
  mac: string;
  classification: 'vmdq' | 'software';
  /** Why it is the one or the other. */
  why: string;
  pools: number;
  rx_queues: number;
  mtu: number;
  promiscuous: boolean;
  vlan_strip: boolean;
  /** The device completes checksums, not the switch; absent: the switch is too old. */
  checksums?: boolean;
  link: 'up' | 'down';
  filters: number;
}

/** What the switch runs on and with. `max_frame` in bytes, without FCS. */
export interface SwitchInfo {
  lcores: { lcore: number; cpu: number; ports: number }[];
  /** Absent when the switch has none. */
  uplink?: UplinkInfo;
  vm2vm: number;
  mergeable: boolean;
  /** Offloads that are offered to guests; absent: the switch is too old to have any. */
  tx_csum?: boolean;
  tso?: boolean;
  max_frame: number;
  max_ports: number;
  settings: Settings;
}

/** The address table's counters: entries now and at most, the others since the start. */
export interface FdbStats {
  entries: number;
  capacity: number;
  learned: number;
  moved: number;
  aged: number;
  evicted: number;
  refused: number;
}

/** How a switch introduces itself. */
export interface Hello {
  protocol: number;
  name: string;
  version: string;
  dpdk: string;
  pid: number;
  /** Seconds since the switch started. */
  uptime: number;
}

/** A method of the protocol, as the switch lists it. */
export interface MethodInfo {
  name: string;
  summary: string;
  params: string[];
}
