import { RUN_FOLDER } from '../values/socket-path.js';

/**
 * What is to be done with a guest, as plain data: whoever reads settings makes one of these, and
 * `rewrite` takes nothing else. Start from DEFAULT_POLICY and replace the parts that are set.
 */
export interface Policy {
  /** The NICs that are rewritten, all of them virtio NICs on a tap or a bridge. */
  nics: NicChoice;
  /** What carries them afterwards. */
  backend: Backend;
  /**
   * Offloads that the rewritten NICs keep as they came, with what these need (`csum` for sending,
   * `guest_csum` for receiving). All others are turned off on exactly these NICs. With vhost-user
   * the switch has the last word: it must have been started with --tx-csum or --tso.
   */
  keepOffloads: 'all' | readonly Offload[];
  memory: MemoryPolicy;
  extra: ExtraOptions;
}

/**
 * `virtio`: every virtio NIC. `vhost`: only those that asked for vhost (`vhost=on`, a vhostfd), as
 * DPDK's qemu-wrap.py chose. A list: those that any selector names; a named NIC that cannot be
 * rewritten (it is no virtio NIC, it has no tap) is refused, a selector that fits none is noted.
 */
export type NicChoice = 'virtio' | 'vhost' | readonly NicSelector[];

/** Exactly one of the three. */
export type NicSelector =
  /** The NIC's MAC address, in any case. */
  | { mac: string }
  /** The identifier of the device or of its netdev, as in `-device …,id=net0,netdev=hostnet0`. */
  | { id: string }
  /** The host's tap: `ifname=`, or the tap behind a descriptor that libvirt hands over. */
  | { tap: string };

/** What carries the rewritten NICs. */
export type Backend = VhostUser | VhostNet | VhostFd | TapFd;

/** A port of vhost-switch. */
export interface VhostUser {
  kind: 'vhost-user';
  /** Absolute folder of the sockets. */
  socketDir: string;
  /**
   * Who listens. `qemu`: the switch dials, and may be restarted under running guests. `switch`:
   * QEMU dials, and dials again when the switch comes back; needs QEMU 2.7.
   */
  listener: 'qemu' | 'switch';
  /** Seconds between QEMU's attempts, a whole number from 1; only where the switch listens. */
  reconnectSeconds: number;
}

/** The tap stays as it is; memory and offloads are changed as the policy says. */
export interface VhostNet {
  kind: 'vhost-net';
}

/** The tap stays, with a character device (a user-space vhost-net) in place of /dev/vhost-net. */
export interface VhostFd {
  kind: 'vhostfd';
  /**
   * Absolute path, opened once for every queue pair. `{guest}`, `{netdev}`, `{index}` (the NIC's
   * place among the rewritten ones, from 0) and `{queue}` (from 0) are filled in.
   */
  device: string;
}

/** The tap's descriptor comes from a file that tells its number, as KNI's `sock_fd` does. */
export interface TapFd {
  kind: 'tap-fd';
  /**
   * File with the number, pattern as in VhostFd. The number is valid in the process that writes
   * to `enableFile`, which is QEMU-to-be. Without `{queue}` a NIC may have one queue pair only.
   */
  fdFile: string;
  /** File that `1` is written to first, pattern as above: KNI's `sock_en`. */
  enableFile?: string;
  /** Whether the kernel's vhost-net drives it, as KNI needs it. */
  vhost: boolean;
}

/** The guest's RAM. */
export interface MemoryPolicy {
  source: MemorySource;
  /**
   * Whether all pages are taken at the start. `huge`: those from huge pages, since too few must
   * fail there and not under load. A guest that asks for it by itself has it in any case.
   */
  prealloc: 'huge' | 'always' | 'as-given';
  /** Guests none of whose NICs is rewritten get this memory, too (`use_huge_all` of qemu-wrap.py). */
  allGuests: boolean;
}

/** Where the RAM of a guest comes from that has private RAM. What is shared already stays. */
export type MemorySource =
  /** Nowhere else: private RAM is refused where the back end must reach it. */
  | { kind: 'keep' }
  /** Ordinary pages. */
  | { kind: 'memfd' }
  | HugePages;

/** Pages of a hugetlbfs, or of a memfd. */
export interface HugePages {
  kind: 'huge';
  /** Absolute folder on a hugetlbfs. Without it the RAM needs no mount (memfd, QEMU 2.12). */
  folder?: string;
  /** Bytes of a page; without it and without `folder` the largest of which enough are free. */
  pageSize?: number;
  /** The host's NUMA node that RAM is bound to which is bound to none yet. */
  node?: number;
  /** What to do when too few pages are free. */
  otherwise: 'refuse' | 'memfd';
}

/** More of QEMU's arguments, each word of its own, put at the end of a guest's command line. */
export interface ExtraOptions {
  /** For every guest, but not for calls that start none (`emul_opts_user` of qemu-wrap.py). */
  always: readonly string[];
  /** For guests with a rewritten NIC (`emul_opts_user_vhost`). */
  rewritten: readonly string[];
}

/** Properties of QEMU's virtio NICs by which work is left to the other side. As libvirt writes them. */
export const OFFLOADS = [
  'csum',
  'gso',
  'host_tso4',
  'host_tso6',
  'host_ecn',
  'host_ufo',
  'guest_csum',
  'guest_tso4',
  'guest_tso6',
  'guest_ecn',
  'guest_ufo',
] as const;

/** Name of one of them. */
export type Offload = (typeof OFFLOADS)[number];

/** What holds where nobody says anything. */
export const DEFAULT_POLICY: Policy = {
  nics: 'virtio',
  backend: {
    kind: 'vhost-user',
    socketDir: RUN_FOLDER,
    listener: 'qemu',
    reconnectSeconds: 1,
  },
  keepOffloads: [],
  memory: { source: { kind: 'memfd' }, prealloc: 'huge', allGuests: false },
  extra: { always: [], rewritten: [] },
};
