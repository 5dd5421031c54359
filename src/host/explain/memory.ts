import type { Row } from './row.js';

export const MEMORY: readonly Row[] = [
  {
    name: 'private-memory',
    text: /Failed initializing vhost-user memory map|vhost_set_mem_table failed|falling back on userspace virtio|requires shared memory/i,
    cause:
      "the guest's memory is private, so no switch can map it: the guest boots, and its NIC is silent",
    remedy:
      "give it <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>; 'vmlane domain convert' writes it, qemu-wrap does it by itself",
    source: 'QEMU 7.2 and 10; libvirt from 11.2 on refuses such a guest',
  },
  {
    name: 'memory-regions',
    text: /Too many memory regions/i,
    cause: 'the memory is in more pieces than vhost-user takes (8)',
    remedy: "start DPDK's virtio_user with --single-file-segments, or with fewer, larger pages",
    source: 'DPDK, virtio_user',
  },
  {
    name: 'memory-path',
    text: /can't be used together with '-machine memory-backend'/i,
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
    text: /VFIO_MAP_DMA failed: Cannot allocate memory|VFIO_MAP_DMA: -12|vfio_dma_map\([^)]{0,200}\) = -12/i,
    cause: "QEMU may not lock the guest's whole memory, which a device given to it needs",
    remedy:
      "raise the limit to the guest's memory and 1 GiB: <memtune><hard_limit> in libvirt, 'ulimit -l' for plain QEMU",
    source: 'QEMU, vfio',
  },
];
