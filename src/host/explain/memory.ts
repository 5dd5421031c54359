import type { Row } from './row.js';

export const MEMORY: readonly Row[] = [
  {
    name: 'private-memory',
    text: /Failed initializing vhost-user memory map|vhost_set_mem_table failed(?!: Operation not permitted)|(?<!vhost net: 105: )falling back on userspace virtio/i,
    cause:
      "the guest's memory is private, so no switch can map it: the guest boots, and its NIC is silent",
    remedy:
      "give it <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>; 'vmlane domain convert' writes it, qemu-wrap does it by itself",
    source: 'QEMU 7.2 and 10',
  },
  {
    name: 'memory-regions',
    text: /Too many memory regions|unable to start vhost net: 105|vhost backend has no free memory slots left/i,
    cause:
      "the guest's memory is in more pieces than vhost-user takes, 8: NUMA cells and DIMMs count, and the hole below 4 GiB; the guest has no network",
    remedy:
      'give the guest fewer cells and fewer, larger DIMMs; start DPDK in a container with --single-file-segments',
    source: 'QEMU, vhost-user; DPDK, virtio_user',
  },
  {
    name: 'kernel-vhost',
    text: /vhost_set_mem_table failed: Operation not permitted/i,
    cause:
      "the kernel's vhost-net refuses: another process has set up the descriptor QEMU was given",
    remedy: 'open /dev/vhost-net anew for each start of QEMU, and give it to no other process',
    source: 'Linux, drivers/vhost',
  },
  {
    name: 'memory-twice',
    text: /'-machine memory-backend' and '-numa memdev' properties are mutually exclusive/i,
    cause: "the guest's memory is given twice: by the machine, and by a NUMA node",
    remedy:
      'name it in one place: take -numa with its memory object out of <qemu:commandline>, and let <memoryBacking> and <numa> say it',
    source: 'QEMU 5.0 and later',
  },
  {
    name: 'no-numa',
    text: /NUMA is not supported by this machine-type/i,
    cause: 'the memory hangs on a NUMA node, which this machine type does not have',
    remedy:
      'take the NUMA cells out, or use another machine type; QEMU from 5.0 on shares memory without them',
    source: 'QEMU',
  },
  {
    name: 'memory-folder',
    text: /can't open backing store [^:]{0,400}: Is a directory/i,
    cause: "the memory's path is a folder where QEMU expects a file that is there already",
    remedy:
      'name the file itself for an NVDIMM or with readonly=on; leave readonly=on out where QEMU shall make one in the folder',
    source: 'QEMU',
  },
  {
    name: 'memory-path',
    text: /can't be used together with ?'-machine memory-backend'/i,
    cause: "-mem-path stands beside a memory object that the machine names: libvirt's form",
    remedy: 'rewrite the object and add no -mem-path: qemu-wrap does so',
    source: 'QEMU 5.0 and later',
  },
  {
    name: 'hugetlbfs-mount',
    text: /hugetlbfs filesystem is not mounted|find any usable hugetlbfs mount/i,
    cause:
      'no hugetlbfs with pages of this size was mounted when libvirtd started, or qemu.conf turns it off',
    remedy:
      'mount it, such as with: mount -t hugetlbfs -o pagesize=1G nodev /dev/hugepages-1G; then restart libvirtd',
    source: 'libvirt',
  },
  {
    name: 'memlock',
    text: /VFIO_MAP_DMA failed: Cannot allocate memory|Cannot set up DMA remapping, error 12|VFIO_MAP_DMA: -12|vfio_dma_map\([^)]{0,200}\) = -12/i,
    cause: "QEMU may not lock the guest's whole memory, which a device given to it needs",
    remedy:
      "raise the limit to the guest's memory and 1 GiB: <memtune><hard_limit> in libvirt, 'ulimit -l' for plain QEMU",
    source: 'QEMU, vfio',
  },
];
