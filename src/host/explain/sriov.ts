import type { Row } from './row.js';

export const SRIOV: readonly Row[] = [
  {
    name: 'vf-mac',
    text: /attempt\w* to override administratively set MAC|VF \S{1,20} still in reset/i,
    cause: "the guest set a VF's MAC address itself, or the PF was asked before the VF was ready",
    remedy:
      'set it through the PF, before the guest starts, and a second after making VFs: vmlane sriov vf PF N --mac MAC',
    source: 'ixgbe, i40e',
    kernel: true,
  },
  {
    name: 'device-busy',
    text: /(?:\bwrite error|sriov_numvfs\S{0,3}): (?:write error: )?Device or resource busy/i,
    cause:
      'a number of VFs other than 0 cannot become another one; or a guest or the kernel has the device',
    remedy:
      "stop the guests that have VFs, write 0 to sriov_numvfs, then the number: 'vmlane sriov set' does; 'vmlane sriov list' shows who has what",
    source: 'Linux, measured with igb',
  },
  {
    name: 'too-many-vfs',
    text: /(?:\bwrite error|sriov_numvfs\S{0,3}): (?:write error: )?Numerical result out of range/i,
    cause: 'more VFs than the card can have',
    remedy: "ask for at most what sriov_totalvfs says; 'vmlane sriov limits' explains it",
    source: 'Linux, measured with igb',
  },
  {
    name: 'pf-driver',
    text: /sriov_numvfs\W{1,20}No such file or directory/i,
    cause: 'the PF has no driver that makes VFs: vfio-pci does so only with enable_sriov=1',
    remedy: 'give the PF its own driver back, or: modprobe vfio-pci enable_sriov=1',
    source: 'Linux, measured with igb',
  },
  {
    name: 'no-mmio',
    text: /not enough MMIO resources for SR-IOV|SR-IOV: bus number out of range|(?:\bwrite error|sriov_numvfs\S{0,3}): (?:write error: )?Cannot allocate memory/i,
    cause: 'the BIOS left no room, or no bus numbers, for the VFs',
    remedy:
      "turn SR-IOV and 'above 4G decoding' (MMIO high) on in the BIOS, or boot with pci=realloc",
    source: 'Linux, drivers/pci/iov.c',
    kernel: true,
  },
  {
    name: 'no-sriov-in-bios',
    text: /PCI SR-IOV: ?-12/i,
    cause: 'SR-IOV is off in the BIOS, or the mainboard cannot',
    remedy: 'turn SR-IOV on in the BIOS, or boot with pci=realloc',
    source: "nfp; Netronome's guide",
    kernel: true,
  },
  {
    name: 'group-not-viable',
    text: /group(?: \w{1,10})? is not viable/i,
    cause: 'other devices of the same IOMMU group are still with their drivers on the host',
    remedy:
      "give all of them to vfio-pci, or use another slot; 'vmlane host check --for sriov' lists them, 'vmlane sriov passthrough-ready' says what a VF lacks",
    source: 'QEMU, vfio; DPDK',
  },
  {
    name: 'group-busy',
    text: /open '?\/dev\/vfio\/\d{1,9}'?: Device or resource busy/i,
    cause: "another process has this IOMMU group: another guest's QEMU, or DPDK",
    remedy: "'vmlane sriov list' shows who has what; end the other one, or use another device",
    source: 'QEMU, vfio',
  },
  {
    name: 'one-function',
    text: /Single function device addresses with function=0 expected/i,
    cause: 'a device is attached to a running guest at a function other than 0 of its slot',
    remedy: "leave the <address type='pci'> of the device out, or give it function='0x0'",
    source: 'libvirt',
  },
  {
    name: 'not-trusted',
    text: /\bVF \S{0,20} ?is not trusted|Unprivileged VF/i,
    cause: 'the guest asks its VF for what only a trusted one may: promiscuous mode, another MAC',
    remedy: "if it may have that: 'vmlane sriov vf PF N --trust on'",
    source: 'i40e, ice, iavf',
    kernel: true,
  },
  {
    name: 'no-iommu',
    text: /no iommu_group found|host doesn't support (VFIO PCI )?passthrough|host doesn't support passthrough of host PCI devices/i,
    cause: 'there is no IOMMU, or it is off',
    remedy:
      'turn VT-d or AMD-Vi on in the BIOS and boot with intel_iommu=on iommu=pt (AMD: iommu=pt)',
    source: 'QEMU, libvirt',
  },
  {
    name: 'spoofed',
    text: /Spoofed packets? detected/i,
    cause: 'a guest sends with a MAC address or a VLAN that its VF does not have',
    remedy:
      "give the VF the guest's MAC address; for bridges and teams in the guest: ip link set PF vf N spoofchk off trust on",
    source: 'ixgbe, igb, i40e',
    kernel: true,
  },
  {
    name: 'vf-setting',
    text: /RTNETLINK answers: (Operation not supported|Invalid argument)/i,
    cause: "the PF's driver lacks this setting (igb: state), or the PF has no VF of this number",
    remedy: "'ip link show PF' lists its VFs and what is set",
    source: 'Linux, measured with igb',
  },
];
