import type { Bus, Format } from './disks.js';

/** One virtual machine, validated, nothing left to guess. Paths are absolute and normalised. */
export interface Guest {
  name: string;
  /** Lower case. */
  uuid: string;
  accel: 'kvm' | 'tcg';
  /** QEMU's machine type, an alias such as `q35` or a versioned one. */
  machine: string;
  cpu: Cpu;
  vcpus: number;
  memory: Memory;
  /** Absent: libvirt's choice. */
  emulator?: string;
  firmware: 'bios' | 'uefi';
  /** Absent: boots from the first disk. */
  boot?: KernelBoot;
  disks: Disk[];
  interfaces: Nic[];
  serials: Serial[];
  agent: boolean;
}

export type Cpu = { mode: 'host' } | { mode: 'max' } | { mode: 'model'; model: string };

export interface Memory {
  /** A whole number of MiB. */
  bytes: number;
  /** Size of the huge pages behind it, in bytes; absent: ordinary pages. */
  pageBytes?: number;
  /** Another process maps it: a vhost-user switch must. */
  shared: boolean;
}

export interface KernelBoot {
  kernel: string;
  initrd?: string;
  cmdline?: string;
}

export interface Disk {
  source: 'file' | 'block';
  path: string;
  format: Format;
  bus: Bus;
  /** Name in libvirt, unique in the guest. */
  target: string;
  readonly: boolean;
}

export type Nic = VhostUserNic | BridgeNic | NetworkNic;

interface AnyNic {
  /** Lower case, unicast, unique in the guest. */
  mac: string;
  /** Queue pairs, 1–128. */
  queues: number;
}

export interface VhostUserNic extends AnyNic {
  type: 'vhost-user';
  /** 1–107 bytes. */
  socket: string;
  /** QEMU's role: `server` listens, and the switch dials. */
  mode: 'server' | 'client';
}

export interface BridgeNic extends AnyNic {
  type: 'bridge';
  bridge: string;
}

export interface NetworkNic extends AnyNic {
  type: 'network';
  network: string;
}

export type Serial =
  | { type: 'file'; path: string }
  | { type: 'socket'; path: string }
  | { type: 'pty' };
