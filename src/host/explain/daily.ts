import type { Row } from './row.js';

/** What DPDK and libvirt print about a host's and a domain's set-up. */
export const DAILY: readonly Row[] = [
  {
    name: 'dpdk-pages',
    text: /EAL: (?:FATAL: )?(?:Cannot get hugepage information|No (?:free|available) \d{1,9} kB hugepages)/i,
    cause: 'DPDK finds no free huge pages, or no mount of them that it may write to',
    remedy: "'vmlane host plan' says how many are missing, 'vmlane host setup' reserves them",
    source: 'DPDK, EAL',
  },
  {
    name: 'vfio-denied',
    text: /open '?\/dev\/vfio\/\w{1,9}'?: Permission denied/i,
    cause: "the IOMMU group's file is closed to this user",
    remedy:
      'run it as root, or give the file to its user; libvirt does so for guests with managed=yes',
    source: 'DPDK; QEMU, vfio',
  },
  {
    name: 'dpdk-iova',
    text: /Cannot use IOVA as 'PA'/i,
    cause: 'without an IOMMU a device needs physical addresses, which only root may read',
    remedy: 'turn the IOMMU on (intel_iommu=on iommu=pt), or start the switch as root',
    source: 'DPDK, EAL',
  },
  {
    name: 'vfio-not-of-group',
    text: /error getting device from group \d{1,9}/i,
    cause: 'the device is not on vfio-pci, or another of its IOMMU group is not',
    remedy: "'vmlane sriov passthrough-ready' says what a VF lacks; virsh nodedev-detach binds one",
    source: 'QEMU, vfio',
  },
  {
    name: 'xdp-buffers',
    text: /Failed to get enough buffers for fq/i,
    cause: 'a switch of a former version gives an af_xdp device fewer buffers than its rings take',
    remedy: 'restart the switch as this version, which gives it what they take without an option',
    source: 'DPDK, net_af_xdp',
  },
  {
    name: 'no-socket',
    text: /Failed to connect to '[^']{0,300}': No such file or directory/i,
    cause: 'QEMU dials a socket that the switch has not laid: it has no such port, or does not run',
    remedy:
      "start the guest with 'vmlane domain start', or let libvirt's hook add ports: 'vmlane hook install'",
    source: 'QEMU, chardev',
  },
  {
    name: 'image-locked',
    text: /Failed to get (?:shared )?"(?:write|consistent read|resize)" lock/i,
    cause: 'another process has the disk image open: another guest, or a QEMU that was left over',
    remedy: "find it: 'fuser -v IMAGE'; give each guest an image of its own",
    source: 'QEMU, block',
  },
  {
    name: 'network-inactive',
    text: /network '[^']{1,200}' is not active/i,
    cause: "the guest's NIC is in a network of libvirt's that is not started",
    remedy:
      "'virsh net-start NETWORK' and 'virsh net-autostart NETWORK'; dnsmasq must be installed",
    source: 'libvirt',
  },
  {
    name: 'state-lock',
    text: /cannot acquire state change lock/i,
    cause:
      'another command works on the guest, or its QEMU does not answer, such as one that waits for a socket',
    remedy:
      "see whether its sockets have a peer: 'vmlane switch ports', 'vmlane host check --only guests'",
    source: 'libvirt',
  },
  {
    name: 'boot-twice',
    text: /per-device boot elements cannot be used together with os\/boot/i,
    cause: 'the domain has both <boot dev=…/> in <os> and <boot order=…/> in devices',
    remedy: 'leave one of both',
    source: 'libvirt',
  },
  {
    name: 'no-cells',
    text: /At least one numa node has to be configured when enabling memory hotplug/i,
    cause: '<maxMemory> needs NUMA cells, and the guest has none',
    remedy: "write <numa><cell id='0' cpus=… memory=…/></numa> in <cpu>, or take <maxMemory> out",
    source: 'libvirt',
  },
  {
    name: 'nodes-memory',
    text: /memdev option must be specified for either all or no nodes/i,
    cause: 'some NUMA nodes name a memory object and others none',
    remedy: 'give each node one: -object memory-backend-memfd,… and -numa node,memdev=…',
    source: 'QEMU, -numa',
  },
  {
    name: 'floor',
    text: /floor attribute is not supported for this config/i,
    cause: "floor in <bandwidth> is for NICs in networks of libvirt's alone",
    remedy: "take floor out; 'vmlane domain convert' does",
    source: 'libvirt',
  },
  {
    name: 'ring-of-tap',
    text: /Invalid tx_queue_size \(= \d{1,9}\)/i,
    cause:
      'a tap has a transmit ring of 256, which QEMU from 8.1 on insists on; vhost-user has up to 1024',
    remedy: 'take tx_queue_size out of the <driver>',
    source: 'QEMU, virtio-net',
  },
  {
    name: 'virtio-only',
    text: /vhostuser requires the virtio-net\* frontend/i,
    cause: 'a vhost-user NIC names no model, or another one than virtio',
    remedy: "write <model type='virtio'/>",
    source: 'libvirt',
  },
  {
    name: 'testpmd-words',
    text: /\bmac_retry\b|--txqflags\b|--disable-hw-vlan\b/,
    cause: 'words of a testpmd before DPDK 18.08, which newer ones do not know',
    remedy:
      "write 'set fwd mac retry' for mac_retry; leave out --txqflags and --disable-hw-vlan: offloads are off until --tx-offloads or --enable-hw-vlan asks for them",
    source: "DPDK's release notes 2.1 and 18.08",
  },
];
