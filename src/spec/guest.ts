import type { AddressLearning, Link, Listener } from '../contract/types.js';
import type { GuestVlanMode } from '../values/vlan-mode.js';
import type { Bus, Cache, Format, Io } from './disks.js';
import type { HypervFeature } from './hyperv.js';

/** One virtual machine, validated and complete. Paths are absolute and normalised. */
export interface Guest {
  /** Keys that the spec's author wrote; for the others, a template's values stay. */
  said: readonly string[];
  /** Lines about old names of keys in the spec; absent if there are none. */
  notices?: readonly string[];
  name: string;
  /** In lower case. */
  uuid: string;
  /** One line for people. */
  title?: string;
  accel: 'kvm' | 'tcg';
  /** QEMU's machine type, an alias such as `q35` or a versioned one. */
  machine: string;
  cpu: Cpu;
  /** At most. */
  vcpus: number;
  /** At the start; absent: all. */
  currentVcpus?: number;
  /** NUMA cells of the guest, in order; if empty, it sees one. */
  cells: Cell[];
  memory: Memory;
  nvdimms: Nvdimm[];
  iothreads: number;
  pinning: Pinning;
  /** Shares and limits of processor time. */
  cputune: Cputune;
  /** Absent: libvirt's choice. */
  emulator?: string;
  firmware: Firmware;
  /** Absent: boots from `bootFrom`. */
  boot?: KernelBoot;
  /** Kinds of device to boot from, in order; empty with `boot`. */
  bootFrom: BootDevice[];
  features: Features;
  clock: 'utc' | 'localtime';
  /** What becomes of it, by libvirt's words. */
  events: Events;
  /** Starts with the host; absent: as libvirt has it. No part of the XML. */
  autostart?: boolean;
  disks: Disk[];
  interfaces: Nic[];
  serials: Serial[];
  /** A virtio console, hvc0, beside the serial ports. */
  virtioConsole: boolean;
  /** Channel of QEMU's guest agent; absent: none. */
  agent?: { socket?: string };
  graphics?: Graphics;
  /** Model of the graphics card; absent: libvirt's choice. */
  video?: string;
  /** Bus of a tablet; absent: none. */
  tablet?: 'usb' | 'virtio';
  /** Model of a TPM 2.0; absent: none. */
  tpm?: 'tpm-crb' | 'tpm-tis';
  /** What a watchdog does; absent: none. */
  watchdog?: string;
  filesystems: Filesystem[];
  hostdevs: Hostdev[];
}

/** Absent keys: the kernel's defaults. Times in microseconds. */
export interface Cputune {
  shares?: number;
  period?: number;
  quota?: number;
}

/** Features of the machine. */
export interface Features {
  /** Enlightenments for Windows. */
  hyperv?: 'passthrough' | readonly HypervFeature[];
  kvmHidden?: boolean;
  pmu?: boolean;
}

/** By libvirt's words, `destroy` and others. */
export interface Events {
  poweroff: string;
  reboot: string;
  crash: string;
}

/** A screen. */
export interface Graphics {
  protocol: 'vnc' | 'spice';
  /** IP address; absent: libvirt's default. */
  listen?: string;
  port?: number;
  /** Instead of the two. */
  socket?: string;
}

/** A folder of the host in the guest. */
export interface Filesystem {
  source: string;
  target: string;
  driver: 'virtiofs' | '9p';
  readonly: boolean;
}

/** A device of the host: its PCI address, its vendor and product, or its UUID. */
export type Hostdev =
  | { type: 'pci'; address: string }
  | { type: 'usb'; vendor: string; product: string }
  | { type: 'mdev'; uuid: string };

/** What the guest sees as its processor. */
export interface Cpu {
  /** host: the host's own. max: everything that the accelerator supports. model: `model`. */
  mode: 'host' | 'max' | 'model';
  model?: string;
  /** Absent: libvirt's default, a socket for each vCPU. The product is the number of vCPUs. */
  topology?: { sockets: number; cores: number; threads: number };
  /** CPU features by QEMU's names. */
  features: { name: string; policy: 'require' | 'disable' }[];
}

/** A NUMA cell of the guest. */
export interface Cell {
  /** vCPUs, ascending; each vCPU is in exactly one cell. */
  vcpus: number[];
  bytes: number;
  /** The host's node for its memory; absent: as for the guest's memory. */
  node?: number;
}

/** The guest's RAM: its size, its nodes, shared or private. */
export interface Memory {
  /** A whole number of MiB. */
  bytes: number;
  /** What the balloon leaves it at the start; absent: all. */
  currentBytes?: number;
  /** Size of the huge pages behind it, in bytes; absent: ordinary pages. */
  pageBytes?: number;
  /** Other processes can map it, as a vhost-user switch must. */
  shared: boolean;
  /** The host's nodes for it, ascending; empty: any. */
  nodes: number[];
  placement: 'strict' | 'preferred' | 'interleave';
  /** Never swapped out. */
  locked: boolean;
}

/** A file of the host that the guest sees as memory that persists. */
export interface Nvdimm {
  path: string;
  /** A multiple of 2 MiB, the label area included. */
  bytes: number;
  /** Of the label area; absent: none. */
  labelBytes?: number;
  /** Index of the guest's cell. */
  cell: number;
  /** What the guest writes goes into the file. */
  shared: boolean;
  readonly: boolean;
  /** On persistent memory of the host. */
  pmem: boolean;
}

/** The host's CPUs, ascending, that a thread may run on. Empty lists: any. */
export interface Pinning {
  /** One list for each vCPU. */
  vcpus: number[][];
  emulator: number[];
  /** One list for each I/O thread. */
  iothreads: number[][];
}

/** What the guest's processor runs first. */
export type Firmware = { type: 'bios' } | UefiFirmware;

/** UEFI, found by libvirt or named by the spec. */
export interface UefiFirmware {
  type: 'uefi';
  secureBoot: boolean;
  /** Image of the firmware; absent: libvirt finds one by QEMU's descriptors. */
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

/** A disk, or a CD in a drive, by its source. */
export type Disk = FileDisk | NetworkDisk | VolumeDisk;

/** On the host; a seed is a file. */
export interface FileDisk extends AnyDisk {
  source: 'file' | 'block';
  path: string;
  /** If present, the file is an ISO image, made from this before the guest is defined. */
  seed?: Seed;
}

/** On a server, which QEMU itself talks to. */
export interface NetworkDisk extends AnyDisk {
  source: 'network';
  protocol: 'rbd' | 'iscsi' | 'nbd' | 'http' | 'https';
  /** Image, target and LUN, export or path; absent: the server's only one (nbd). */
  name?: string;
  /** Empty for rbd: those of ceph.conf. */
  hosts: ({ name: string; port?: number } | { socket: string })[];
  /** The secret is libvirt's, by its usage or UUID. */
  auth?: { user: string; secret: string };
}

/** A volume of a storage pool of libvirt's. */
export interface VolumeDisk extends AnyDisk {
  source: 'volume';
  pool: string;
  volume: string;
}

interface AnyDisk {
  device: 'disk' | 'cdrom';
  format: Format;
  bus: Bus;
  /** Name in libvirt, unique in the guest. */
  target: string;
  readonly: boolean;
  /** Absent: `none` for block devices, else QEMU's default. */
  cache?: Cache;
  io?: Io;
  /** Bytes and operations a second. */
  iotune?: Iotune;
  /** Number of the I/O thread, 1 and up. */
  iothread?: number;
}

/** Limits of a disk, a second. */
export type Iotune = {
  [K in `${'total' | 'read' | 'write'}${'Bytes' | 'Iops'}`]?: number;
};

/** Content of the image for cloud-init (NoCloud): texts, or the host's files that hold them. */
export interface Seed {
  userData: SeedText;
  metaData: SeedText;
  networkConfig?: SeedText;
}

/** A text, or the host's file that holds it. */
export type SeedText = { text: string } | { file: string };

/** NICs with virtio rings. */
export type VirtioNic = VhostUserNic | BridgeNic | NetworkNic;
/** A network card, by its `type`. */
export type Nic = VirtioNic | VfNic | VfPoolNic;

interface AnyNic {
  /** In lower case, unicast; unique in the guest except for the two NICs of a team. */
  mac: string;
  /** Name of its team, which has one virtio NIC and one VF. */
  team?: string;
  /** PCI address in the guest, `0000:06:00.0`; absent: libvirt's choice. */
  guestAddress?: string;
}

interface AnyVirtioNic extends AnyNic {
  /** Queue pairs, 1–128. */
  queues: number;
  /** Descriptors of a receive ring: 256, 512 or 1024; absent: QEMU's 256. */
  rxQueueSize?: number;
  /** Likewise for a transmit ring. */
  txQueueSize?: number;
  /** MTU in bytes that the guest gets, 68–65,535; absent: it gets none. */
  mtu?: number;
  /** Offers packed rings. */
  packed: boolean;
  /** Offloads turned on or off; the others are negotiated. */
  offloads: { host: Offloads; guest: Offloads };
}

/** By libvirt's names: csum, gso, tso4, tso6, ecn, ufo, mrg_rxbuf. */
export type Offloads = Readonly<Record<string, boolean>>;

/** A virtio NIC on a port of a user-space switch. */
export interface VhostUserNic extends AnyVirtioNic {
  type: 'vhost-user';
  /** An absolute path. */
  socket: string;
  /** Who listens on the socket; the other side dials. */
  listener: Listener;
  /** Seconds after which QEMU dials again, if the switch listens. */
  reconnect?: number;
  /** The relay that it is an end of; its port is in no VLAN then. */
  relay?: string;
  /** VLAN of its port, from 1 on. */
  vlan?: number;
  /** The network of the switch that it is in, instead of a VLAN. */
  network?: string;
  /** Its MAC is the only source address that its port lets in; false in a team, whose VF has the same. */
  pinned: boolean;
  /** How many addresses its port learns, from 1 on. */
  addressLimit?: number;
  /** How many frames a second its port floods. */
  floodLimit?: number;
  /** How its port stands in VLANs; absent: access. */
  vlanMode?: GuestVlanMode;
  /** VLANs that a trunk carries, as vlanList writes them; absent: all. */
  trunks?: string;
  /** Whether it has a link; absent: auto. */
  link?: Link;
  /** No frames pass between its port and other isolated ones. */
  isolated?: boolean;
  /** What reaches the guest, and what it sends. */
  bandwidth?: { inbound?: Rate; outbound?: Rate };
  /** What its frames are checked for, as guardList writes it. */
  guards?: string;
  /** The guest's own addresses, as addressList writes them. */
  ipAddresses?: string;
  /** From what its other IPv4 addresses are learnt; absent: none are. */
  addressLearning?: AddressLearning;
  /** The DHCP servers whose answers reach it, as addressList writes them; absent: any. */
  dhcpServers?: string;
}

/** A limit, as libvirt has it: KiB a second on average and while a burst lasts, and KiB of a burst. */
export interface Rate {
  average: number;
  peak?: number;
  burst?: number;
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

/** A virtual function assigned to the guest. */
export interface VfNic extends AnyNic {
  type: 'vf';
  /** PCI address, `0000:3b:02.1`. */
  address: string;
  /** VLAN that the VF puts its frames into, from 1 on. */
  vlan?: number;
}

/** A virtual function from a libvirt network of VFs. */
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
