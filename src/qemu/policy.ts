import { RECONNECT_SECONDS, USUAL_LISTENER } from '../values/guest-socket.js';
import { GUEST_FOLDER } from '../values/socket-path.js';

/**
 * How to rewrite a guest, as plain data: settings become one of these, and `rewrite` takes nothing
 * else. Start from DEFAULT_POLICY and replace the parts that are set.
 */
export interface Policy {
  /** The NICs to rewrite, all of them virtio NICs on a tap or a bridge. */
  nics: NicChoice;
  /** What carries them afterwards. */
  backend: Backend;
  /**
   * Offloads that the rewritten NICs keep, with those required by these (`csum` for sending,
   * `guest_csum` for receiving). All others are turned off on exactly these NICs. With vhost-user
   * the switch must also offer them: start it with --tx-csum or --tso.
   */
  keepOffloads: 'all' | readonly Offload[];
  memory: MemoryPolicy;
  extra: ExtraOptions;
}

/**
 * `virtio`: every virtio NIC. `vhost`: only those that asked for vhost (`vhost=on`, a vhostfd), like
 * DPDK's qemu-wrap.py. A list: those matched by any selector; a named NIC that cannot be rewritten
 * (it is no virtio NIC, it has no tap) is refused, a selector without a match is noted.
 */
export type NicChoice = 'virtio' | 'vhost' | readonly NicSelector[];

/** Exactly one of the three is set. */
export type NicSelector =
  /** The NIC's MAC address, in any case. */
  | { mac: string }
  /** The identifier of the device or of its netdev, as in `-device …,id=net0,netdev=hostnet0`. */
  | { id: string }
  /** The host's tap: `ifname=`, or the tap behind a descriptor passed by libvirt. */
  | { tap: string };

/** What carries the rewritten NICs. */
export type Backend = VhostUser | VhostNet | VhostFd | TapFd;

/** A port of vhost-switch. */
export interface VhostUser {
  kind: 'vhost-user';
  /** Absolute folder of the guests' folders of sockets. */
  socketDir: string;
  /**
   * Who listens. `switch`: QEMU dials, and dials again when the switch comes back; needs QEMU 2.7.
   * `qemu`: the switch dials, and so may any process with QEMU's user.
   */
  listener: 'qemu' | 'switch';
  /** Seconds between QEMU's attempts, a whole number from 1; only where the switch listens. */
  reconnectSeconds: number;
  /** NICs whose guest may send from other addresses than its MAC, too. */
  otherMacs: 'all' | readonly NicSelector[];
}

/** The tap stays unchanged; memory and offloads change by the policy. */
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

/** A file contains the number of the tap's descriptor, like KNI's `sock_fd`. */
export interface TapFd {
  kind: 'tap-fd';
  /**
   * File with the number, pattern as in VhostFd. The number is valid in the process that writes
   * to `enableFile`, which is QEMU-to-be. Without `{queue}` a NIC may have one queue pair only.
   */
  fdFile: string;
  /** File to which `1` is written first, pattern as above: KNI's `sock_en`. */
  enableFile?: string;
  /** Whether the kernel's vhost-net drives it, as KNI requires. */
  vhost: boolean;
}

/** The guest's RAM. */
export interface MemoryPolicy {
  source: MemorySource;
  /**
   * Whether all pages are allocated at the start. `huge`: huge pages only, since a shortage must
   * fail there and not under load. A guest that asks for it gets it in any case.
   */
  prealloc: 'huge' | 'always' | 'as-given';
  /** Guests without rewritten NICs get this memory, too (`use_huge_all` of qemu-wrap.py). */
  allGuests: boolean;
}

/** The source of RAM for a guest with private RAM. RAM that is shared already stays. */
export type MemorySource =
  /** No replacement: private RAM is refused if the back end must reach it. */
  | { kind: 'keep' }
  /** Ordinary pages. */
  | { kind: 'memfd' }
  | HugePages;

/** Pages of a hugetlbfs, or of a memfd. */
export interface HugePages {
  kind: 'huge';
  /** Absolute folder on a hugetlbfs. Without it the RAM needs no mount (memfd, QEMU 2.12). */
  folder?: string;
  /** Bytes of a page; without it and without `folder`, the largest size with enough free pages. */
  pageSize?: number;
  /** The host's NUMA node for RAM that is not bound to any yet. */
  node?: number;
  /** What to do when too few pages are free. */
  otherwise: 'refuse' | 'memfd';
}

/** Further arguments for QEMU, as separate words, appended to a guest's command line. */
export interface ExtraOptions {
  /** For every guest, not for calls that start none (`emul_opts_user` of qemu-wrap.py). */
  always: readonly string[];
  /** For guests with a rewritten NIC (`emul_opts_user_vhost`). */
  rewritten: readonly string[];
}

/** Offload properties of QEMU's virtio NICs, in libvirt's spelling. */
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

/** Name of an offload. */
export type Offload = (typeof OFFLOADS)[number];

/** The defaults. */
export const DEFAULT_POLICY: Policy = {
  nics: 'virtio',
  backend: {
    kind: 'vhost-user',
    socketDir: GUEST_FOLDER,
    listener: USUAL_LISTENER,
    reconnectSeconds: RECONNECT_SECONDS,
    otherMacs: [],
  },
  keepOffloads: [],
  memory: { source: { kind: 'memfd' }, prealloc: 'huge', allGuests: false },
  extra: { always: [], rewritten: [] },
};
