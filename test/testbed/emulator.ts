import { parts } from './parts.js';

/** Addresses of the card under test and of the one at the other end of its wire. */
export const macs = { card: '52:54:00:82:57:60', wire: '52:54:00:82:57:ff' } as const;

export interface Machine {
  /** Initramfs with /init and the command (image.ts). */
  initrd: string;
  /** Where the kernel's words go, and the verdict. */
  console: string;
  verdict: string;
  /** Huge pages of 2 MiB. */
  hugePages: number;
  /** MiB. */
  memory: number;
  cpus: number;
  /** More words for the kernel's command line. */
  kernel: readonly string[];
  /** Records every frame on the wire. */
  pcap?: string | undefined;
}

export const emulator = {
  program: `${parts}/qemu/usr/bin/qemu-system-x86_64`,
  // Without it, modules of the installed QEMU would be tried.
  env: { QEMU_MODULE_DIR: `${parts}/qemu/usr/lib/x86_64-linux-gnu/qemu` },
} as const;

/** Folders of its firmware, for -L. */
export const firmware = ['share/qemu', 'share/seabios', 'lib/ipxe/qemu'].map(
  (folder) => `${parts}/qemu/usr/${folder}`,
);

/**
 * QEMU's arguments for the testbed's guest.
 *
 *   82576 (8086:10c9) --- hub 1 --- virtio-net, in the guest called wire
 *
 * What the command says comes out on stdout.
 */
export function emulatorArguments(machine: Machine): string[] {
  const kernel = [
    // A busy machine delays the guest's timer; the kernel's test of it would end in a panic.
    ...['no_timer_check', 'nowatchdog'],
    // A virtual CPU that stands still is not waited for: the guest ends (testbed.ts). On a busy
    // machine one stands for some seconds.
    ...['sysctl.kernel.panic_on_rcu_stall=1', 'rcupdate.rcu_cpu_stall_timeout=90'],
    ...['console=ttyS0', 'quiet', 'panic=-1', 'oops=panic', 'mitigations=off'],
    // It tests its ciphers at each boot, under TCG for a second.
    'cryptomgr.notests',
    ...['intel_iommu=on', 'iommu=pt', `hugepages=${machine.hugePages}`],
    // A script may read the card's registers while a driver has it (guest/card.py).
    'iomem=relaxed',
    ...[`testbed.modules=${parts}/modules`, `testbed.wire=${macs.wire}`],
    ...machine.kernel,
  ];
  // Frames arrive as they were sent: nobody computes a checksum later or joins segments.
  const plain = ['csum', 'gso', 'guest_csum', 'guest_tso4', 'guest_tso6', 'guest_ecn', 'guest_ufo'];
  const offloads = plain.map((name) => `${name}=off`).join();
  return [
    ...firmware.flatMap((folder) => ['-L', folder]),
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'Nehalem'],
    ...['-smp', String(machine.cpus), '-m', String(machine.memory)],
    ...['-device', 'intel-iommu,intremap=on,caching-mode=on,aw-bits=48'],
    ...['-device', 'isa-debug-exit,iobase=0x501,iosize=1'],
    ...['-serial', `file:${machine.console}`],
    ...['-chardev', 'stdio,id=output,signal=off', '-serial', 'chardev:output'],
    ...['-serial', `file:${machine.verdict}`],
    ...['-kernel', `${parts}/boot/vmlinux`, '-initrd', machine.initrd, '-append', kernel.join(' ')],
    ...['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-9p-pci,fsdev=host,mount_tag=hostroot'],
    ...['-device', 'virtio-rng-pci'],
    ...['-netdev', 'hubport,id=card,hubid=1', '-netdev', 'hubport,id=wire,hubid=1'],
    ...['-device', 'pcie-root-port,id=port0,slot=1,chassis=1'],
    ...['-device', `igb,bus=port0,netdev=card,mac=${macs.card},romfile=`],
    ...['-device', `virtio-net-pci,netdev=wire,mac=${macs.wire},romfile=,${offloads}`],
    ...(machine.pcap ? ['-object', `filter-dump,id=dump,netdev=wire,file=${machine.pcap}`] : []),
  ];
}
