/** A host to validate domains against, as a folder that stands for `/`. */
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';

const EIGHT_GIB_KIB = 8 * 1024 ** 2;

/** Files with their texts. */
const FILES: Record<string, string> = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nlibvirt-qemu:x:64055:64055::/:/bin/false\n',
  'etc/group': 'root:x:0:\nlibvirt-qemu:x:64055:\nlane:x:64056:libvirt-qemu\n',
  'dev/kvm': '',
  'proc/meminfo': `MemTotal: ${EIGHT_GIB_KIB} kB\nMemAvailable: ${EIGHT_GIB_KIB / 2} kB\nHugepagesize: 2048 kB\n`,
  'proc/net/unix': [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '0000000000000000: 00000002 00000000 00010000 0001 01 100 /run/vmlane/guests/heard.sock',
    '0000000000000000: 00000002 00000000 00010000 0001 01 101 /run/vmlane/guests/closed.sock',
    '',
  ].join('\n'),
  'sys/devices/system/cpu/online': '0-3,6-7\n',
  'sys/devices/system/node/online': '0-1\n',
  'sys/devices/system/node/node0/cpulist': '0-3\n',
  'sys/devices/system/node/node1/cpulist': '6-7\n',
  'etc/vmlane/switch.yaml': 'cpus: "6"\nrelay: {3: "0000:04:10.0", 4: "0000:04:10.2"}\n',
  // The PF of the relays' VFs; nobody has set a MAC for the second.
  'sys/bus/pci/devices/0000:04:00.0/class': '0x020000\n',
  'sys/bus/pci/devices/0000:04:00.0/sriov_totalvfs': '2\n',
  'sys/bus/pci/devices/0000:04:00.0/net/ens4f0/flags': '0x1003\n',
  'sys/bus/pci/devices/0000:04:10.0/class': '0x020000\n',
  'sys/bus/pci/devices/0000:04:10.2/class': '0x020000\n',
  'ip-link.json': JSON.stringify([
    {
      ifname: 'ens4f0',
      vfinfo_list: [
        { vf: 0, address: '52:54:00:00:04:00', spoofchk: true, trust: false },
        { vf: 1, address: '00:00:00:00:00:00', spoofchk: true, trust: false },
      ],
    },
  ]),
  'var/lib/dpkg/status':
    'Package: adduser\nVersion: 3.134\n\nPackage: qemu-system-x86\nStatus: ok\nVersion: 1:7.2+dfsg-7\n',
  'proc/self/mounts': '/dev/vda / ext4 rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n',
  'dev/shm/nvdimm': '',
  'images/nvdimm': '',
  'images/good.qcow2': '',
  'images/shared/good.qcow2': '',
  'closed/hidden.qcow2': '',
  'listed/seen.qcow2': '',
  'boot/vmlinuz': '',
  'run/vmlane/guests/stale.sock': '',
  'opt/qemu-wrap': '',
};

/** Free pages by folder: of both sizes, in all and on two nodes. */
const PAGES: Record<string, number> = {
  'sys/kernel/mm/hugepages/hugepages-2048kB': 1024,
  'sys/kernel/mm/hugepages/hugepages-1048576kB': 2,
  'sys/devices/system/node/node0/hugepages/hugepages-2048kB': 768,
  'sys/devices/system/node/node1/hugepages/hugepages-2048kB': 256,
  'sys/devices/system/node/node0/hugepages/hugepages-1048576kB': 2,
  'sys/devices/system/node/node1/hugepages/hugepages-1048576kB': 0,
};

const MODES: Record<string, number> = {
  '': 0o755,
  'run/vmlane/guests': 0o1777,
  'run/private': 0o700,
  'run/readonly': 0o755,
  'run/listed': 0o770,
  closed: 0o700,
  listed: 0o710,
  'run/vmlane/guests/closed.sock': 0o755,
  'run/vmlane/guests/heard.sock': 0o777,
};

interface Device {
  driver?: string;
  group?: number;
  pf?: string;
  /** Name of its network interface, `^` before one that is up. */
  net?: string;
  class?: string;
  node?: number;
}

/** A card with two ports, one of them down, its VFs in all states, and what is no VF. */
export const CARDS: Record<string, Device> = {
  '0000:00:01.0': { driver: 'pcieport', group: 1, class: '0x060400' },
  '0000:01:00.0': { driver: 'ixgbe', group: 1, net: '^eth0' },
  '0000:01:00.1': { driver: 'ixgbe', group: 2, net: 'eth1' },
  '0000:01:10.0': { driver: 'vfio-pci', group: 10, pf: '0000:01:00.0' },
  '0000:01:10.1': { driver: 'vfio-pci', group: 11, pf: '0000:01:00.1' },
  '0000:01:10.2': { driver: 'ixgbevf', group: 12, pf: '0000:01:00.0', net: '^eth2' },
  '0000:01:10.4': { driver: 'vfio-pci', group: 14, pf: '0000:01:00.0' },
  '0000:01:10.5': { driver: 'ixgbevf', group: 14, pf: '0000:01:00.0' },
  '0000:01:10.6': { driver: 'vfio-pci', pf: '0000:01:00.0' },
  '0000:01:11.0': { driver: 'vfio-pci', group: 16, pf: '0000:01:00.0' },
  '0000:01:11.2': { driver: 'vfio-pci', group: 17, pf: '0000:01:00.0' },
  '0000:01:11.4': { driver: 'vfio-pci', group: 18, pf: '0000:01:00.0' },
  '0000:02:00.0': { driver: 'vfio-pci', group: 20 },
  '0000:02:10.0': { driver: 'vfio-pci', group: 21, pf: '0000:02:00.0' },
  '0000:03:00.0': { driver: 'igb', group: 22, net: '^ens3f0' },
  '0000:03:10.0': { driver: 'vfio-pci', group: 23, pf: '0000:03:00.0', node: 1 },
};

/** Processes: their command lines, and what they hold open. */
const PROCESSES: Record<string, { cmdline: string[]; comm: string; fds: string[] }> = {
  '41': {
    comm: 'qemu-system-x86',
    cmdline: ['/usr/bin/qemu-system-x86_64', '-name', 'guest=other,debug-threads=on', '-S'],
    fds: ['/dev/null', '/dev/vfio/vfio', '/dev/vfio/16'],
  },
  '42': { comm: 'dpdk-testpmd', cmdline: ['dpdk-testpmd'], fds: ['/dev/vfio/17'] },
  '43': {
    comm: 'qemu-system-x86',
    cmdline: ['qemu-system-x86_64', '-name', 'guest=running'],
    fds: ['/dev/vfio/18'],
  },
};

/** Makes the host. Its sockets are real, so it must be taken away again. */
export async function makeHost(root: string): Promise<{ remove(): void }> {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const link = (path: string, to: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(to, join(root, path));
  };
  for (const [path, text] of Object.entries(FILES)) write(path, text);
  for (const [folder, free] of Object.entries(PAGES))
    write(`${folder}/free_hugepages`, `${free}\n`);
  for (const folder of ['run/private', 'run/readonly', 'run/listed']) mkdirSync(join(root, folder));
  for (const [address, { driver, group, pf, net, class: code, node }] of Object.entries(CARDS)) {
    const folder = `sys/bus/pci/devices/${address}`;
    write(`${folder}/class`, `${code ?? '0x020000'}\n`);
    if (node !== undefined) write(`${folder}/numa_node`, `${node}\n`);
    if (driver) link(`${folder}/driver`, `../../drivers/${driver}`);
    if (pf) link(`${folder}/physfn`, `../${pf}`);
    if (net)
      write(`${folder}/net/${net.replace('^', '')}/flags`, net[0] === '^' ? '0x1003' : '0x1002');
    if (group === undefined) continue;
    link(`${folder}/iommu_group`, `../../../../kernel/iommu_groups/${group}`);
    link(
      `sys/kernel/iommu_groups/${group}/devices/${address}`,
      `../../../../bus/pci/devices/${address}`,
    );
  }
  for (const [index, vf] of ['0000:04:10.0', '0000:04:10.2'].entries()) {
    link(`sys/bus/pci/devices/0000:04:00.0/virtfn${index}`, `../${vf}`);
    link(`sys/bus/pci/devices/${vf}/physfn`, '../0000:04:00.0');
  }
  for (const [pid, { cmdline, comm, fds }] of Object.entries(PROCESSES)) {
    write(`proc/${pid}/cmdline`, `${cmdline.join('\0')}\0`);
    write(`proc/${pid}/comm`, `${comm}\n`);
    for (const [fd, target] of fds.entries()) link(`proc/${pid}/fd/${fd}`, target);
  }
  link('images/link', '/images/shared');
  const sockets = await Promise.all(
    ['heard', 'closed', 'deaf'].map((name) => listen(join(root, `run/vmlane/guests/${name}.sock`))),
  );
  // As root's, whoever runs the tests: whose it is decides over what QEMU's user may do.
  if (process.getuid?.() === 0) chownSync(join(root, 'run/vmlane/guests/stale.sock'), 1000, 1000);
  for (const [path, mode] of Object.entries(MODES)) chmodSync(join(root, path), mode);
  return {
    remove() {
      for (const one of sockets) one.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(path, () => resolve(server.unref()));
  });
}
