import type { Row } from './row.js';

export const QEMU: readonly Row[] = [
  {
    name: 'wrapper-denied',
    text: /cannot execute binary [^:]{1,400}: Permission denied/i,
    cause:
      "AppArmor or SELinux keeps libvirt's guests from running the wrapper, or QEMU's user may not",
    remedy: "'vmlane wrap install' shows and installs the rule; 'vmlane host check' the denials",
    source: 'libvirt, virCommand',
  },
  {
    name: 'apparmor-denied',
    text: /apparmor="DENIED"[^\n]{0,400}profile="libvirt-/i,
    cause: 'AppArmor kept a guest from the file that `name=` says',
    remedy:
      "a socket of the switch: 'vmlane host setup --apparmor'; the wrapper: 'vmlane wrap install'; any other: a rule in /etc/apparmor.d/local/abstractions/libvirt-qemu",
    source: 'Linux, AppArmor',
  },
  {
    name: 'selinux-denied',
    text: /\bavc: {1,2}denied/i,
    cause: 'SELinux kept the program that `comm=` says from what `name=` or `path=` says',
    remedy:
      "'vmlane wrap install' prints the commands for its own files; 'ausearch -m avc -ts recent | audit2why' explains others",
    source: 'Linux, SELinux',
  },
  {
    name: 'no-pci-assign',
    text: /'(kvm-)?pci-assign' is not a valid device model name|pci-assign: .{0,80}(not found|cannot be|failed)/i,
    cause: 'KVM gives no devices to guests any more: QEMU has had no pci-assign since 2.12',
    remedy:
      "'-device vfio-pci,host=…', which qemu-wrap makes of it; 'vmlane sriov bind' for its driver",
    source: 'QEMU',
  },
  {
    name: 'cpu-32-bit',
    text: /(CPU you selected does not support x86-64|kernel requires an x86-64 CPU|does not support (the )?x86-64)/i,
    cause: 'the guest has a 32-bit CPU model, and its system is for 64 bits',
    remedy:
      "a model with `lm`: in a spec cpu.model host or qemu64; in libvirt <cpu mode='host-model'/>",
    source: 'Linux, GRUB and boot loaders',
  },
  {
    name: 'tap-busy',
    text: /could not configure \/dev\/net\/tun[^:]{0,40}: Device or resource busy/i,
    cause: 'another process has a tap of this name: a guest with the same one, or a QEMU left over',
    remedy: "find it: 'fuser -v /dev/net/tun'; give each NIC a tap of its own",
    source: 'QEMU, tap',
  },
  {
    name: 'no-vhost-net',
    text: /vhost-net requested but could not be initialized/i,
    cause: "a tap asks for the kernel's vhost-net, which is not loaded or closed to QEMU",
    remedy:
      "'modprobe vhost_net' and let QEMU's user open /dev/vhost-net; or move the NIC to the switch, which needs neither",
    source: 'QEMU, tap',
  },
  {
    name: 'json-appended',
    text: /Expecting at most one JSON value/i,
    cause: 'a wrapper appended text to an argument that libvirt had written as JSON',
    remedy: 'use qemu-wrap, which reads both forms; or stop appending to -device and -netdev',
    source: 'QEMU, with libvirt from 6.9 on',
  },
  {
    name: 'destroy-leaves-qemu',
    text: /leaves QEMU running|QEMU (is )?still running after (virsh )?destroy/i,
    cause: 'a wrapper started QEMU as its child: libvirt ended the wrapper alone',
    remedy:
      "end QEMU by its process number; use a wrapper that becomes QEMU ('exec'), as qemu-wrap",
    source: 'libvirt 9.0',
  },
  {
    name: 'qemu-7.2-crash',
    text: /qemu-system-\S{0,40}: segfault at|segfault at [^[\]]{0,200}in qemu-system|reason=crashed|crash at virtio_net load/i,
    cause:
      'QEMU ended by a defect of its own; that of 7.2 without KVM crashes when the guest loads virtio_net for a vhost-user NIC',
    remedy:
      "with 7.2: pci=nomsi on the guest's kernel command line, or -global virtio-net-pci.vectors=0, or QEMU 10 (bookworm-backports), or KVM",
    source: 'QEMU 7.2 of Debian 12, measured',
    kernel: true,
  },
  {
    name: 'no-kvm',
    text: /Could not access KVM kernel module|failed to initialize kvm|does not support virt type 'kvm'/i,
    cause: 'KVM is not there, or is closed to QEMU',
    remedy:
      "turn virtualisation on in the BIOS, load kvm_intel or kvm_amd, let QEMU's user open /dev/kvm; or write type='qemu'",
    source: 'QEMU, libvirt',
  },
  {
    name: 'qemu-user',
    text: /Failed to parse (user|group) '[^']{0,100}'/i,
    cause:
      'the account that libvirt was built to run QEMU as is not there; it must be, whatever qemu.conf says',
    remedy:
      'make it: adduser --system --group --no-create-home libvirt-qemu; then restart libvirtd',
    source: 'libvirt 9.0',
  },
  {
    name: 'eventfd-link',
    text: /eventfd_link: module verification failed/i,
    cause: 'the module of the old character devices (vhost-cuse) is not signed',
    remedy: 'ignore it; better, leave the module away: vhost-user needs none',
    source: "DPDK's vhost sample, its guide",
    kernel: true,
  },
];
