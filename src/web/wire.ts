/** What the server tells the page: shapes and bounds, for both. */

/** Seconds of history that the server keeps. */
export const HISTORY_SECONDS = 300;

/** A port's traffic a second, in this order. In: what the switch takes from the port; out: what it gives it. */
export const SERIES = ['in_bits', 'in_frames', 'out_bits', 'out_frames', 'drops'] as const;

/** Values of a port in the order of SERIES; 0 for one without any traffic, null for one without rates yet. */
export type Row = number[] | 0 | null;

/** A port as it is set and connected. */
export interface PortFacts {
  name: string;
  kind: 'vhost-user' | 'interface' | 'device';
  /** The guest; the host's interface; the device. Empty: nobody knows. */
  of: string;
  state: 'waiting' | 'up';
  /** False: it takes and gives no frames. */
  link: boolean;
  /** VLAN and mode, or relay, in a few characters. */
  vlan: string;
  /** The networks that it is in, by name. */
  networks: string[];
  lcore: number;
  queues: number;
}

/** The switch itself. */
export interface SwitchFacts {
  up: boolean;
  /** Why it is not, or cannot be asked. */
  why?: string;
  version?: string;
  /** In milliseconds since 1970. */
  started?: number;
  max_ports?: number;
  addresses?: { entries: number; capacity: number };
}

/** A drop reason, over all ports. */
export interface DropFacts {
  reason: string;
  meaning: string;
  /** Frames since the ports were added, and a second. */
  total: number;
  rate: number;
  /** The ports where most of them were, at most three. */
  most: string[];
}

/** A part of a network, in the picture. */
export interface Member {
  title: string;
  note: string;
  /** Its ports in this network. */
  ports: string[];
  state: 'up' | 'waiting' | 'down';
}

/** A network, a VLAN that none has, or a relay. */
export interface NetworkFacts {
  kind: 'network' | 'vlan' | 'relay';
  name: string;
  note: string;
  /** Undefined: nobody says. */
  state?: string;
  host: Member[];
  devices: Member[];
  guests: Member[];
}

/** Something that happened; `text` is the rest of it in words. */
export interface Happened {
  /** Counts all, so that nobody shows one twice. */
  number: number;
  time: string;
  event: string;
  port: string;
  text: string;
}

/** Latest events that are kept, and how many of them may be of addresses, which may be thousands a second. */
export const KEPT = { all: 300, addresses: 100 } as const;

/** Whether it is of addresses: these push nothing else out. */
export function isOfAddress(event: string): boolean {
  return event.startsWith('address-');
}

/** The latest of each kind, in their order. */
export function latestOf(all: readonly Happened[]): Happened[] {
  const of = (wanted: boolean) => all.filter(({ event }) => isOfAddress(event) === wanted);
  const addresses = of(true).slice(-KEPT.addresses);
  const kept = [...addresses, ...of(false).slice(addresses.length - KEPT.all)];
  return kept.sort((a, b) => a.number - b.number);
}

/** What a second brings: only what has changed since the one before is in it, if it is not whole. */
export interface Message {
  /** In milliseconds since 1970. */
  time: number;
  /** All that is known: what was told before is to be forgotten. */
  whole?: true;
  switch?: SwitchFacts;
  ports?: PortFacts[];
  /** In the order of the latest `ports`. */
  rows?: Row[];
  total?: number[];
  /** Number, part of its time in use from 0 to 1, frames a second. */
  lcores?: [number, number, number][];
  drops?: DropFacts[];
  networks?: NetworkFacts[];
  /** Why guests are known by their ports' names only; null: libvirt has told. */
  no_libvirt?: string | null;
  happened?: Happened[];
}

/** The history of a port, or of all: a column for each of SERIES; null: nothing is known of that second. */
export interface History {
  /** In milliseconds since 1970. */
  times: number[];
  columns: (number | null)[][];
}

/** A port's settings and counters, as the switch says them. */
export interface PortAnswer {
  port: Record<string, unknown>;
  counters: Record<string, unknown>;
  /** Those that are not 0. */
  drops: { reason: string; meaning: string; total: number; rate: number }[];
}

/** Addresses that match. */
export interface AddressAnswer {
  entries: { mac: string; vlan: string; port: string; age: number; pinned: boolean }[];
  /** How many matched, how many were looked at, and how many the switch has. */
  matched: number;
  searched: number;
  total: number;
}
