import { describe, expect, test } from 'vitest';
import { allGroups } from '../../../src/cli/commands/index.js';
import { select } from '../../../src/cli/parser.js';
import { explain, ROWS } from '../../../src/host/explain/index.js';
import { MEANINGS } from '../../../src/libvirt/errors.js';

const groups = await allGroups();

// The words of pains.md and of the programs; what comes first.
const TABLE: [text: string, name: string][] = [
  [
    "-device pci-assign,host=08:10.0: 'pci-assign' is not a valid device model name",
    'no-pci-assign',
  ],
  ['This kernel requires an x86-64 CPU, but only detected an i686 CPU.', 'cpu-32-bit'],
  ["dpdk-testpmd: unrecognized option '--txqflags=0xf01'", 'testpmd-words'],
  ["dpdk-testpmd: unrecognized option '--disable-hw-vlan'", 'testpmd-words'],
  ['testpmd> set fwd mac_retry', 'testpmd-words'],
  ['ERROR: The CPU you selected does not support x86-64 instruction set', 'cpu-32-bit'],
  ['EAL: No free 2048 kB hugepages reported on node 0', 'dpdk-pages'],
  ['EAL: FATAL: Cannot get hugepage information.', 'dpdk-pages'],
  ['EAL: Cannot open /dev/vfio/12: Permission denied', 'vfio-denied'],
  ["EAL: Cannot use IOVA as 'PA' since physical addresses are not available", 'dpdk-iova'],
  ['EAL: Cannot set up DMA remapping, error 12 (Cannot allocate memory)', 'memlock'],
  ['vfio: error getting device from group 12: No such device', 'vfio-not-of-group'],
  ['xdp_umem_configure(): Failed to get enough buffers for fq.', 'xdp-buffers'],
  ["Failed to connect to '/run/vmlane/guests/a/0.sock': No such file or directory", 'no-socket'],
  ['qemu-system-x86_64: -blockdev …: Failed to get "write" lock', 'image-locked'],
  ["error: Requested operation is not valid: network 'default' is not active", 'network-inactive'],
  [
    'Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainCreate)',
    'state-lock',
  ],
  [
    'unsupported configuration: per-device boot elements cannot be used together with os/boot elements',
    'boot-twice',
  ],
  [
    'unsupported configuration: At least one numa node has to be configured when enabling memory hotplug',
    'no-cells',
  ],
  ['qemu: memdev option must be specified for either all or no nodes', 'nodes-memory'],
  ['unsupported configuration: floor attribute is not supported for this config', 'floor'],
  ['Invalid tx_queue_size (= 1024), must be a power of 2 between 256 and 256.', 'ring-of-tap'],
  [
    "Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. vhostuser requires the virtio-net* frontend",
    'virtio-only',
  ],
  ['Failed to write msg. Wrote -1 instead of 20.', 'hung-up'],
  ["Failed to connect to '…': Permission denied", 'libvirt'],
  ['Failed to bind socket to /run/vmlane/guests/a.sock: Permission denied', 'libvirt'],
  ['Failed to bind socket to …: Permission denied', 'libvirt'],
  [
    'Failed initializing vhost-user memory map, consider using -object memory-backend-file share=on',
    'private-memory',
  ],
  ['vhost_set_mem_table failed', 'private-memory'],
  [
    '2026-01-01T00:00:00Z qemu-system-x86_64: unable to start vhost net: 5: falling back on userspace virtio',
    'private-memory',
  ],
  ["unsupported configuration: 'vhostuser' interface requires shared memory", 'libvirt'],
  ['unable to map backing store for guest RAM: Cannot allocate memory', 'libvirt'],
  [
    'os_mem_prealloc: Insufficient free host memory pages available to allocate guest RAM',
    'libvirt',
  ],
  ["file_ram_alloc: can't mmap RAM pages: Cannot allocate memory", 'libvirt'],
  [
    'qemu-system-x86_64: vhost VQ 0 ring restore failed: -22: Invalid argument (22)',
    'ring-restore',
  ],
  ['vhost VQ 0 ring restore failed', 'ring-restore'],
  ['Connection refused', 'connection-refused'],
  [
    "-chardev socket,id=c: Failed to connect to '/run/a.sock': Connection refused",
    'connection-refused',
  ],
  [
    'qemu-system-x86_64: -chardev socket,id=c: info: QEMU waiting for connection on: disconnected:unix:/run/vmlane/guests/a.sock,server=on',
    'waiting',
  ],
  ['info: QEMU waiting for connection on: disconnected:unix:…', 'waiting'],
  [
    'error: internal error: cannot execute binary /opt/vmlane/wrapper/qemu-wrap: Permission denied',
    'wrapper-denied',
  ],
  ['cannot execute binary …: Permission denied', 'wrapper-denied'],
  [
    'qemu-system-x86_64: -device {"driver":"virtio-net-pci"},csum=off: Expecting at most one JSON value',
    'json-appended',
  ],
  ["'-mem-path' can't be used together with '-machine memory-backend'", 'memory-path'],
  ["can't be used together with '-machine memory-backend'", 'memory-path'],
  ['`virsh destroy` leaves QEMU running', 'destroy-leaves-qemu'],
  ['no VM-to-VM traffic', 'no-traffic'],
  ['igbvf: VF attempting to override administratively set MAC address', 'vf-mac'],
  ['igb 0000:01:00.0: VF 1 attempted to override administratively set MAC address', 'vf-mac'],
  ['i40e 0000:02:00.0: VF 3 still in reset. Try again.', 'vf-mac'],
  ['VF xx still in reset', 'vf-mac'],
  ['bash: echo: write error: Device or resource busy', 'device-busy'],
  ['write error: Numerical result out of range', 'too-many-vfs'],
  ['tee: sriov_numvfs: No such file or directory', 'pf-driver'],
  ['igb 0000:01:00.0: not enough MMIO resources for SR-IOV', 'no-mmio'],
  ['nfp 0000:02:00.0: PCI SR-IOV:-12', 'no-sriov-in-bios'],
  ['vfio 0000:01:10.0: group 12 is not viable', 'group-not-viable'],
  ['group N is not viable', 'group-not-viable'],
  [
    'EAL: VFIO group is not viable! Not all devices in IOMMU group bound to VFIO or unbound',
    'group-not-viable',
  ],
  ['vfio 0000:01:10.0: no iommu_group found: No such file or directory', 'no-iommu'],
  ["unsupported configuration: host doesn't support passthrough of host PCI devices", 'no-iommu'],
  ['VFIO_MAP_DMA failed: Cannot allocate memory', 'memlock'],
  ['vfio_dma_map(0x5581, 0x0, 0xa0000, 0x7f) = -12 (Cannot allocate memory)', 'memlock'],
  ['ixgbe 0000:01:00.0 eth0: 2 Spoofed packets detected', 'spoofed'],
  ['Spoofed packets detected', 'spoofed'],
  [
    'port web1.0: dropped 7 frames that did not come from 52:54:00:00:00:0a (spoofed)',
    'not-its-mac',
  ],
  ['{"ring_full": 0, "spoofed": 12}', 'not-its-mac'],
  [
    'VSWITCH: web1.0: address 00:00:5e:00:01:07 is in use elsewhere; frames from it are dropped',
    'address-held',
  ],
  ['same_port 1, address_held 3', 'address-held'],
  ['RTNETLINK answers: Operation not supported', 'vf-setting'],
  ['guest crash at virtio_net load, QEMU 7.2 without KVM', 'qemu-7.2-crash'],
  [
    'qemu-system-x86[812]: segfault at 0 ip 000055 sp 00007f error 4 in qemu-system-x86_64[5581+6c]',
    'qemu-7.2-crash',
  ],
  ['shutting down, reason=crashed', 'qemu-7.2-crash'],
  ['Could not access KVM kernel module: No such file or directory', 'no-kvm'],
  ["internal error: Failed to parse user 'libvirt-qemu'", 'qemu-user'],
  [
    'eventfd_link: module verification failed: signature and/or required key missing - tainting kernel',
    'eventfd-link',
  ],
  ['VHOST_CONFIG: Too many memory regions', 'memory-regions'],
  ['VHOST_DATA: (0) device is using a registered MAC!', 'registered-mac'],
  ['internal error: Unable to find any usable hugetlbfs mount for 1048576 KiB', 'hugetlbfs-mount'],
  [
    'error: Failed to start domain\nerror: Hook script execution failed: internal error: a',
    'libvirt',
  ],
  [
    "error: failed to get domain 'a'\nerror: Domain not found: no domain with matching name 'a'",
    'libvirt',
  ],
  ["Failed to connect socket to '/run/libvirt/libvirt-sock': Connection refused", 'libvirt'],
  ["no connection driver available for URI 'a' does not include a driver name", 'libvirt'],
  ['Cannot recv data: ssh: connect to host a port 22: Connection refused', 'libvirt'],
  ["operation failed: domain 'a' already exists with uuid 1", 'libvirt'],
  ['Requested operation is not valid: domain is already running', 'libvirt'],
  ['Requested operation is not valid: domain is not running', 'libvirt'],
  ['Requested operation is not valid: cannot undefine domain with nvram', 'libvirt'],
  ['Refusing to undefine while domain managed save image exists', 'libvirt'],
  ['cannot delete inactive domain with 2 snapshots', 'libvirt'],
  ["Cannot access storage file '/a' (as uid:64055, gid:64055): Permission denied", 'libvirt'],
  [
    'audit: type=1400 audit(1:2): apparmor="DENIED" operation="connect" profile="libvirt-0a" name="/run/vmlane/guests/a/0.sock" pid=1 comm="qemu-system-x86"',
    'apparmor-denied',
  ],
  [
    'type=AVC msg=audit(1:2): avc:  denied  { connectto } for  pid=1 comm="qemu-kvm" path="/run/a.sock"',
    'selinux-denied',
  ],
  ['could not configure /dev/net/tun (vnet0): Device or resource busy', 'tap-busy'],
  ['failed to open /dev/vfio/12: Device or resource busy', 'group-busy'],
  ["Could not open '/dev/vfio/12': Device or resource busy", 'group-busy'],
  ['sh: 1: echo: sriov_numvfs: Device or resource busy', 'device-busy'],
  ['-bash: echo: write error: Cannot allocate memory', 'no-mmio'],
  ['sriov_numvfs: cannot allocate memory', 'no-mmio'],
  ['i40e 0000:02:00.0: VF 3 is not trusted, switch the VF to trusted to add more', 'not-trusted'],
  ['VF is not trusted', 'not-trusted'],
  ['vhost_set_mem_table failed: Operation not permitted (1)', 'kernel-vhost'],
  ["'-mem-path' can't be used together with'-machine memory-backend'", 'memory-path'],
  ['you are asking more queues than supported: 4', 'too-many-queues'],
  ['Failed to read msg header. Read 0 instead of 12. Original request 1.', 'hung-up'],
  ['qemu-system-x86_64: Failed to set msg fds.', 'hung-up'],
  ['Features 0x130afffa7 unsupported. Allowed features: 0x1000000000000000', 'migrated-features'],
  [
    'Migration disabled: vhost-user backend lacks VHOST_USER_PROTOCOL_F_LOG_SHMFD feature.',
    'no-dirty-log',
  ],
  ['qemu-system-arm: NUMA is not supported by this machine-type', 'no-numa'],
  ["can't open backing store /dev/hugepages for guest RAM: Is a directory", 'memory-folder'],
  [
    'unsupported configuration: Single function device addresses with function=0 expected',
    'one-function',
  ],
  ['-netdev tap,id=n: vhost-net requested but could not be initialized', 'no-vhost-net'],
  ['-device virtio-net-pci: iommu_platform=true is not supported by the device', 'iommu-platform'],
  [
    "'-machine memory-backend' and '-numa memdev' properties are mutually exclusive",
    'memory-twice',
  ],
  ['-object filter-dump,id=f,netdev=n0,file=a: Vhost is not supported', 'vhost-only'],
  ['unable to start vhost net: 105: falling back on userspace virtio', 'memory-regions'],
  ['a used vhost backend has no free memory slots left', 'memory-regions'],
];

test.each(TABLE)('%s', (text, name) => expect(explain(text)[0]).toMatchObject({ name }));

test('every row has a text', () => {
  const found = TABLE.map(([text]) => explain(text)[0]);
  expect(ROWS.filter(({ name }) => !found.some((one) => one?.name === name))).toEqual([]);
  const causes = found.map((one) => one?.cause);
  expect(MEANINGS.filter(({ cause }) => !causes.includes(cause))).toEqual([]);
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
});

test('the commands in remedies are there', () => {
  const named = ROWS.flatMap(({ remedy }) => [...remedy.matchAll(/vmlane (\w+) ([\w-]+)/g)]);
  expect(named.length).toBeGreaterThan(8);
  for (const [, group = '', name = ''] of named) {
    expect(select([group, name, '--help'], groups)).toMatchObject({
      text: expect.stringMatching(name),
    });
  }
});

describe('a text', () => {
  test('with several is told all of them, the longest match first', () => {
    const text =
      'vhost_set_mem_table failed\nVFIO_MAP_DMA failed: Cannot allocate memory\n0 spoofed';
    expect(explain(text).map(({ name }) => name)).toEqual(['memlock', 'private-memory']);
  });

  test('may be broken into lines, coloured, or have curled quotes', () => {
    expect(explain('vhost VQ 0\n   ring restore\tfailed')[0]?.name).toBe('ring-restore');
    const curled = 'Failed to connect to \u2018/run/a.sock\u2019: Connection refused';
    expect(explain(curled)[0]?.name).toBe('connection-refused');
  });

  // An errno alone says nothing: other programs have it, too.
  test.each([
    ...['', ' ', 'all is well', 'groups are viable', 'QEMU waits'],
    "Could not open '/dev/sdb': Device or resource busy",
    'umount: /mnt: Device or resource busy',
    'RTNETLINK answers: Numerical result out of range',
    'strtol: Numerical result out of range',
    'main.c:1:10: fatal error: stdio.h: No such file or directory',
    'cat: /nowhere: No such file or directory',
  ])('%j is not known', (text) => expect(explain(text)).toEqual([]));

  test('has one meaning where QEMU says which of two it is', () => {
    const names = (text: string) => explain(text).map(({ name }) => name);
    expect(names('unable to start vhost net: 105: falling back on userspace virtio')).toEqual([
      'memory-regions',
    ]);
    expect(names('vhost_set_mem_table failed: Operation not permitted (1)')).toEqual([
      'kernel-vhost',
    ]);
  });

  test('names AppArmor and SELinux where a socket is closed to QEMU', () => {
    const [{ remedy = '' } = {}] = explain('Failed to bind socket to /a.sock: Permission denied');
    expect(remedy).toMatch(/AppArmor or SELinux/);
  });

  test('sends nobody to --buffers, as a device gets what its rings take', () => {
    const [row] = explain('xdp_umem_configure(): Failed to get enough buffers for fq.');
    expect(row?.remedy).toMatch(/restart the switch/);
    for (const { name, remedy } of ROWS) expect(remedy, name).not.toContain('--buffers');
  });

  test.each([
    'Failed to bind socket ',
    "Failed to connect to '",
    'cannot execute binary a',
    'segfault at ',
    '\n',
    'vfio_dma_map(',
    'domain',
  ])('of 64 KiB of %j takes no time', (piece) => {
    const before = process.cpuUsage();
    explain(piece.repeat(65536 / piece.length));
    // Of this process's own time: a busy machine takes none of it.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });
});
