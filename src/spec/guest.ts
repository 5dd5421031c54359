import type { Listener } from '../contract/types.js';
import type { Bus, Cache, Format, Io } from './disks.js';

/** One virtual machine, validated, nothing left to guess. Paths are absolute and normalised. */
export interface Guest {
  /** Keys of the spec that its author wrote; what a template says of the others stays. */
  said: readonly string[];
  /** Lines about old names of keys in the spec; absent: none. */
  notices?: readonly string[];
  name: string;
  /** Lower case. */
  uuid: string;
  /** One line for people. */
  title?: string;
  accel: 'kvm' | 'tcg';
  /** QEMU's machine type, an alias such as `q35` or a versioned one. */
  machine: string;
  cpu: Cpu;
  vcpus: number;
  /** NUMA cells of the guest, in order; empty: it sees one. */
  cells: Cell[];
  memory: Memory;
  iothreads: number;
  pinning: Pinning;
  /** Absent: libvirt's choice. */
  emulator?: string;
  firmware: Firmware;
  /** Absent: `bootFrom` counts. */
  boot?: KernelBoot;
  /** Kinds of device to boot from, in order; empty with a kernel of its own. */
  bootFrom: BootDevice[];
  disks: Disk[];
  interfaces: Nic[];
  serials: Serial[];
  /** A virtio console, hvc0, beside the serial ports. */
  virtioConsole: boolean;
  /** Channel of QEMU's guest agent; absent: none. */
  agent?: { socket?: string };
}

/** What the guest sees as its processor. */
export interface Cpu {
  /** host: the host's own. max: all that the accelerator can do. model: `model`. */
  mode: 'host' | 'max' | 'model';
  model?: string;
  /** Absent: libvirt's, a socket for each vCPU. Their product is the number of vCPUs. */
  topology?: { sockets: number; cores: number; threads: number };
  /** CPU features by QEMU's names. */
  features: { name: string; policy: 'require' | 'disable' }[];
}

/** A NUMA cell of the guest. */
export interface Cell {
  /** vCPUs, ascending; each is in one cell. */
  vcpus: number[];
  bytes: number;
  /** The host's node that its memory is on; absent: as the guest's memory. */
  node?: number;
}

/** The guest's RAM: how much, from which nodes, shared or private. */
export interface Memory {
  /** A whole number of MiB. */
  bytes: number;
  /** Size of the huge pages behind it, in bytes; absent: ordinary pages. */
  pageBytes?: number;
  /** Another process maps it: a vhost-user switch must. */
  shared: boolean;
  /** The host's nodes that it comes from, ascending; empty: any. */
  nodes: number[];
  placement: 'strict' | 'preferred' | 'interleave';
  /** Never swapped out. */
  locked: boolean;
}

/** The host's CPUs, ascending, that a thread may run on. Empty lists: any. */
export interface Pinning {
  /** One for each vCPU. */
  vcpus: number[][];
  emulator: number[];
  /** One for each I/O thread. */
  iothreads: number[][];
}

/** What the guest's processor runs first. */
export type Firmware = { type: 'bios' } | UefiFirmware;

/** UEFI, as libvirt finds it or as it is named. */
export interface UefiFirmware {
  type: 'uefi';
  secureBoot: boolean;
  /** Image of the firmware; absent: the one that libvirt finds by QEMU's descriptors. */
  loader?: string;
  /** Template of the guest's variables, with `loader` only. */
  variables?: string;
}

/** A kernel that QEMU loads itself: absolute paths, one line. */
export interface KernelBoot {
  kernel: string;
  initrd?: string;
  cmdline?: string;
}

/** Kind of device, as libvirt orders them (`<boot dev>`). */
export type BootDevice = 'disk' | 'cdrom' | 'network';

/** A disk, or a CD in a drive. */
export interface Disk {
  source: 'file' | 'block';
  device: 'disk' | 'cdrom';
  path: string;
  format: Format;
  bus: Bus;
  /** Name in libvirt, unique in the guest. */
  target: string;
  readonly: boolean;
  /** Absent: none for block devices, else QEMU's. */
  cache?: Cache;
  io?: Io;
  /** Number of the I/O thread, 1 and up. */
  iothread?: number;
  /** Present: the file is an ISO image that is made from this before the guest is defined. */
  seed?: Seed;
}

/** What cloud-init finds in the image (NoCloud): texts, or files of the host that hold them. */
export interface Seed {
  userData: SeedText;
  metaData: SeedText;
  networkConfig?: SeedText;
}

/** A text, or the host's file that holds it. */
export type SeedText = { text: string } | { file: string };

/** The NICs that have rings. */
export type VirtioNic = VhostUserNic | BridgeNic | NetworkNic;
/** A network card, by its `type`. */
export type Nic = VirtioNic | VfNic | VfPoolNic;

interface AnyNic {
  /** Lower case, unicast; unique in the guest but for the two of a team. */
  mac: string;
  /** The team that it is in, with one virtio NIC and one VF. */
  team?: string;
}

interface AnyVirtioNic extends AnyNic {
  /** Queue pairs, 1–128. */
  queues: number;
  /** Descriptors of a receive ring: 256, 512 or 1024; absent: QEMU's 256. */
  rxQueueSize?: number;
  /** Likewise of a transmit ring. */
  txQueueSize?: number;
  /** Bytes of payload that the guest is told, 68–65,535; absent: it is not told. */
  mtu?: number;
  /** Packed rings are offered. */
  packed: boolean;
  /** Offloads that are turned on or off; absent ones are negotiated. */
  offloads: { host: Offloads; guest: Offloads };
}

/** By libvirt's names: csum, gso, tso4, tso6, ecn, ufo, mrg_rxbuf. */
export type Offloads = Readonly<Record<string, boolean>>;

/** A virtio NIC on a port of a user-space switch. */
export interface VhostUserNic extends AnyVirtioNic {
  type: 'vhost-user';
  /** An absolute path. */
  socket: string;
  /** Who listens on the socket; the other one dials. */
  listener: Listener;
  /** Seconds after which QEMU dials again, when the switch listens. */
  reconnect?: number;
  /** VLAN of its port, from 1 on. */
  vlan?: number;
  /** Its MAC is the only source address that its port lets in. */
  pinned: boolean;
  /** Addresses that its port learns, from 1 on. */
  addressLimit?: number;
  /** Frames a second that its port floods. */
  floodLimit?: number;
}

/** A virtio NIC on a tap, which libvirt puts on a bridge of the host. */
export interface BridgeNic extends AnyVirtioNic {
  type: 'bridge';
  bridge: string;
}

/** A virtio NIC on one of libvirt's networks. */
export interface NetworkNic extends AnyVirtioNic {
  type: 'network';
  network: string;
}

/** A virtual function that the guest has for itself. */
export interface VfNic extends AnyNic {
  type: 'vf';
  /** PCI address, `0000:3b:02.1`. */
  address: string;
  /** VLAN that the NIC puts its frames into, from 1 on. */
  vlan?: number;
}

/** A virtual function out of a libvirt network of them. */
export interface VfPoolNic extends AnyNic {
  type: 'vf-pool';
  /** Name of the network. */
  network: string;
  vlan?: number;
}

/** A serial port: into a file, on a socket that QEMU listens on, or a terminal. */
export type Serial =
  | { type: 'file'; path: string }
  | { type: 'socket'; path: string }
  | { type: 'pty' };
