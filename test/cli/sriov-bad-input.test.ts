/** What `vmlane sriov` refuses: status, one line, and a tree in which nothing has changed. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type FamilyName, inTree } from '../sriov/tree.js';
import { vmlane } from './test-io.js';

/** Every file of a tree, with its text or where it leads. */
function contents(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const path = join(folder, one.name);
    if (one.isDirectory()) return contents(path);
    return `${path}: ${one.isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'utf8')}`;
  });
}

const DEVICES = 'sys/bus/pci/devices';
const BRIDGE = `${DEVICES}/0000:00:01.0/
  vendor = 0x8086
  device = 0x1901
  class = 0x060400`;
const DISK = `${DEVICES}/0000:04:00.0/
  vendor = 0x144d
  device = 0xa808
  class = 0x010802
  sriov_totalvfs = 32`;
/** Another function in the group of ens2f0's VF 0, with a driver of the host. */
const SHARED = `${DEVICES}/0000:02:1f.0/
  vendor = 0x8086
  device = 0x10ed
  class = 0x020000
  driver -> ../../drivers/ixgbevf
  driver_override = (null)
  iommu_group -> ../../../../kernel/iommu_groups/23
sys/kernel/iommu_groups/23/devices/
  0000:02:1f.0 -> ../../../../bus/pci/devices/0000:02:1f.0`;
const EMPTY_CARD = `${DEVICES}/0000:07:00.0/
  vendor = 0x19ee
  device = 0x4000
  class = 0x020000
  driver -> ../../drivers/nfp
  driver_override = (null)
  iommu_group -> ../../../../kernel/iommu_groups/40
  sriov_totalvfs = 0
  sriov_numvfs = 0
  net/enp7s0/flags = 0x1003`;
/** A PF with vfio-pci: it has no network interface. */
const TAKEN = `${DEVICES}/0000:08:00.0/
  vendor = 0x8086
  device = 0x10fb
  class = 0x020000
  driver -> ../../drivers/vfio-pci
  sriov_totalvfs = 63
  sriov_numvfs = 1
  virtfn0 -> ../0000:08:10.0
${DEVICES}/0000:08:10.0/
  vendor = 0x8086
  device = 0x10ed
  class = 0x020000
  driver -> ../../drivers/ixgbevf
  driver_override = (null)`;
/** The same, in no use, and what vfio-pci says of it. */
const HELD = (parameter = '') => `${TAKEN}
  physfn -> ../0000:08:00.0
${parameter}`;
const DRIVERLESS = TAKEN.replace('  driver -> ../../drivers/vfio-pci\n', '');
/** A process that has the PF by its group. */
const HOLDER = `${DEVICES}/0000:08:00.0/iommu_group -> ../../../../kernel/iommu_groups/41
proc/815/
  cmdline = vhost-switch\\0
  comm = vhost-switch
  fd/7 -> /dev/vfio/41`;
const file = (path: string, text: string) => `${DEVICES}/0000:02:00.0/${path} = ${text}`;
const saved = (text: string) => `saved.json = ${text}`;
const GOOD = '"version": 1, "pf": "0000:02:00.0", "vfs": 2, "settings": [], "vfio": []';

/** Family, command line, what is said, status, and what is in the tree besides. */
const CASES: readonly [FamilyName | '', string, string, 1 | 2, string?][] = [
  // Wrong addresses and names.
  ['82599', 'set ens9 2', 'ens9: this host has no such network interface; this host has ens2f0', 2],
  ['82599', 'set 0000:09:00.0 2', '0000:09:00.0: this host has no such PCI device; this', 2],
  ['82599', 'set 0000:02:40.0 2', 'is neither a network interface nor a PCI address', 2],
  ['82599', 'set ../etc 2', '../etc: is neither a network interface nor a PCI address', 2],
  ['82599', 'set .. 2', '..: is neither a network interface nor a PCI address', 2],
  ['82599', 'set 02:10.0 2', '02:10.0: this is a VF of ens2f0; this host has ens2f0, ens2f1', 2],
  ['82599', 'set ens2f0v0 2', 'ens2f0v0: this is a VF of ens2f0', 2],
  ['82599', 'set 0000:04:00.0 2', '0000:04:00.0: it has no SR-IOV', 2, DISK],
  ['', 'set eth0 2', 'no network card here has SR-IOV: turn it on in the BIOS', 2],
  ['', 'list eth0', 'eth0: this host has no such network interface', 2],
  ['82599', 'limits ens9', 'ens9: this host has no such network interface', 2],
  ['82599', 'plan ens9', 'ens9: this host has no such network interface', 2],
  ['82599', 'bind ens2f0/9', 'ens2f0: it has no VF 9; give 0 to 1', 2],
  ['82599', 'bind ens2f0/-1', 'ens2f0/-1: is no VF; give 0000:3b:02.1, or PF/NUMBER', 2],
  ['82599', 'bind ens2f0', 'ens2f0: this is a PF, not a VF; give', 2],
  ['82599', 'bind 0000:02:1f.7', '0000:02:1f.7: this host has no such device', 2],
  ['82599', 'bind', 'vmlane sriov bind: VF is missing', 2],
  ['82599', 'unbind ens9/0', 'ens9: this host has no such network interface', 2],
  ['82599', 'passthrough-ready 0000:02:00.0', '0000:02:00.0: this is a PF, not a VF', 2],
  ['82599', 'passthrough-ready eth0', 'eth0: this host has no such device', 2],
  ['82599', 'passthrough-ready 0000:00:01.0', '0000:00:01.0: it is no VF', 2, BRIDGE],
  ['82599', 'persist ens9', 'ens9: this host has no such network interface', 2],
  // Numbers.
  ['82599', 'set ens2f0 64', 'ens2f0: it can have 63 VFs, not 64; give 0 to 63', 2],
  ['82576', 'set ens1f0 8', 'ens1f0: it can have 7 VFs, not 8; give 0 to 7', 2],
  ['nfp', 'set enp2s0np0 57', 'enp2s0np0: it can have 56 VFs, not 57', 2],
  [
    '82599',
    'set 08:00.0 4',
    '0000:08:00.0: vfio-pci has no parameter enable_sriov here, so its PFs make no VFs; use Linux 5.7',
    2,
    HELD(),
  ],
  ['82599', 'set 08:00.0 0', '0000:08:00.0: vfio-pci has no parameter enable_sriov', 2, HELD()],
  [
    '82599',
    'set 08:00.0 4',
    '0000:08:00.0: it has no driver, which would make its VFs; bind',
    2,
    DRIVERLESS,
  ],
  ['82599', 'set 08:00.0 64', '0000:08:00.0: it can have 63 VFs, not 64; give 0 to 63', 2, HELD()],
  [
    '82599',
    'set 08:00.0 4',
    '0000:08:00.0: process 815 (vhost-switch) has it by vfio-pci, and drivers there count VFs when they start; end it',
    1,
    `${HELD('sys/module/vfio_pci/parameters/enable_sriov = Y')}\n${HOLDER}`,
  ],
  ['82599', 'set ens2f0 -1', 'VFS: "-1" is not a whole number', 2],
  ['82599', 'set ens2f0 two', 'VFS: "two" is not a whole number from 0 to 65535; give', 2],
  ['82599', 'set ens2f0 2.5', 'VFS: "2.5" is not a whole number', 2],
  ['82599', 'set ens2f0 1e3', 'VFS: "1e3" is not a whole number', 2],
  ['82599', 'set ens2f0', 'VFS is missing', 2],
  ['82599', 'set ens2f0 2 --timeout 0', '--timeout: "0" is not a whole number from 1 to 600', 2],
  [
    'nfp',
    'set enp7s0 1',
    'it offers no VFs (sriov_totalvfs is 0); load firmware sriov-2.1.x',
    2,
    EMPTY_CARD,
  ],
  ['82599', 'plan ens2f0 64', 'ens2f0: it can have 63 VFs, not 64', 2],
  [
    '82599',
    'plan ens2f0 16 --queues 8',
    '--queues 8: with 16 VFs each can have 4 or 2 RX queues',
    2,
  ],
  ['82599', 'plan ens2f0 32 --queues 4', '--queues 4: with 32 VFs each can have 2 RX queues', 2],
  ['x710', 'plan ens3f0 4 --queues 4', '--queues 4: is for RSS on an 82599; leave it out', 2],
  // Settings.
  ['82599', 'vf ens2f0 7 --vlan 5', 'ens2f0: it has no VF 7; give 0 to 1', 2],
  ['82599', 'vf ens2f0 x --vlan 5', 'VF: "x" is not a whole number', 2],
  ['82599', 'vf ens2f0 0 --vlan 4095', '--vlan: "4095" is not a whole number from 0 to 4094', 2],
  ['82599', 'vf ens2f0 0 --qos 8 --vlan 5', '--qos: "8" is not a whole number from 0 to 7', 2],
  ['82599', 'vf ens2f0 0 --qos 3', 'ens2f0 VF 0: a priority without a VLAN; give --vlan, too', 2],
  ['82599', 'vf ens2f0 0 --mac 52:54:00', '--mac 52:54:00: is no unicast MAC address; write', 2],
  ['82599', 'vf ens2f0 0 --mac 01:00:5e:00:00:01', 'is no unicast MAC address', 2],
  ['82599', 'vf ens2f0 0 --mac 00:00:00:00:00:00', 'is no unicast MAC address', 2],
  [
    '82599',
    'vf ens2f0 0 --mac 52:54:00:99:00:01',
    'it is that of VF 0 of ens2f1; give another, or --bond if the two are members of one',
    2,
  ],
  ['82599', 'vf ens2f0 0 --mac 90:E2:BA:00:99:01', 'it is that of ens2f1; give another', 2],
  ['82599', 'vf ens2f0 0 --bond', '--bond: has no meaning without --mac; give both', 2],
  ['82599', 'vf ens2f0 0 --bond --mac 90:e2:ba:00:99:01', 'it is that of ens2f1; give another', 2],
  ['82599', 'vf ens2f0 0 --trust maybe', '--trust: "maybe" is not one of on, off', 2],
  ['82599', 'vf ens2f0 0 --link up', '--link: "up" is not one of auto, enable, disable', 2],
  ['82599', 'vf ens2f0 9 --link auto', 'ens2f0: it has no VF 9; give 0 to 1', 2],
  ['82599', 'vf ens2f0 0 --query-rss yes', '--query-rss: "yes" is not one of on, off', 2],
  ['82599', 'vf ens2f0 0 --link disable', '--root: settings go through the kernel', 2],
  ['82599', 'vf ens2f0 0 --rate -1', '--rate: "-1" is not a whole number', 2],
  [
    '82599',
    'vf ens2f0 0 --vlan 5',
    '--root: settings go through the kernel, which a folder has not',
    2,
  ],
  [
    '82599',
    'vf 0000:08:00.0 0 --vlan 5',
    'the PF 0000:08:00.0 is with vfio-pci and has no network',
    2,
    TAKEN,
  ],
  // In use.
  [
    '82599',
    'set ens2f0 4',
    'ens2f0: VF 1 (0000:02:10.2) is in use by process 815 (dpdk-testpmd); end it: kill 815',
    1,
  ],
  [
    '82576',
    'set ens1f0 0',
    'VF 0 (0000:01:10.0) is in use by guest web1 (process 4711); shut it down: virsh',
    1,
  ],
  [
    '82576',
    'set ens1f1 0',
    'VF 1 (0000:01:10.3) is in use by this host, as ens1f1v1; ip link set ens1f1v1 down',
    1,
  ],
  [
    '82576',
    'bind ens1f1/1',
    'ens1f1v1 (0000:01:10.3): this host itself uses it as ens1f1v1, which is up; first',
    1,
  ],
  [
    '82576',
    'bind 0000:01:00.0',
    'ens1f0 (0000:01:00.0): its 2 VFs would go with its driver; first: vmlane sriov set',
    1,
  ],
  ['82599', 'unbind ens2f0/1', '0000:02:10.2: it is in use by process 815 (dpdk-testpmd)', 1],
  [
    '82599',
    'bind ens2f0/0',
    'its IOMMU group 23 also has 0000:02:1f.0 with ixgbevf: no guest could have it alone; bind all with --group',
    1,
    SHARED,
  ],
  ['82599', 'bind 0000:08:10.0', '0000:08:10.0: it is in no IOMMU group; turn on VT-d', 1, TAKEN],
  ['82599', 'bind 0000:00:01.0', '0000:00:01.0: this is a bridge, not a network card', 1, BRIDGE],
  // Malformed files.
  [
    '82599',
    'list',
    'sriov_totalvfs: holds "many", not a number; is this sysfs?',
    1,
    file('sriov_totalvfs', 'many'),
  ],
  ['82599', 'list', 'sriov_numvfs: holds "", not a number', 1, file('sriov_numvfs', '')],
  [
    '82599',
    'plan ens2f0',
    'sriov_stride: holds "2 2", not a number',
    1,
    file('sriov_stride', '2 2'),
  ],
  ['82599', 'limits', 'vendor: holds "8086", not an ID such as 0x8086', 1, file('vendor', '8086')],
  [
    '82599',
    'list',
    "ip-link.json: this is not what 'ip -json -details link show' prints; use",
    1,
    'ip-link.json = {',
  ],
  [
    '82599',
    'vf ens2f0 0',
    'prints: see 0.vfinfo_list.0.vf; use',
    1,
    'ip-link.json = [{"vfinfo_list":[{}]}]',
  ],
  [
    '82599',
    'vf ens2f0 0',
    'ens2f0 VF 0: ens2f0 says nothing of its settings',
    2,
    'ip-link.json = []',
  ],
  ['82599', 'restore ROOT/missing.json', 'missing.json: no such file or folder', 2],
  ['82599', 'restore ROOT/saved.json', 'saved.json: is not JSON; write it anew', 2, saved('{')],
  ['82599', 'restore ROOT/saved.json', 'saved.json: version: ', 2, saved('{}')],
  [
    '82599',
    'restore ROOT/saved.json',
    'saved.json: Unrecognized key: "vf"',
    2,
    saved(`{${GOOD}, "vf": 1}`),
  ],
  [
    '82599',
    'restore ROOT/saved.json',
    'it has 2 VFs, and 4 are to come back; vmlane sriov set ens2f0 0',
    1,
    saved(`{${GOOD.replace('"vfs": 2', '"vfs": 4')}}`),
  ],
  [
    '82599',
    'restore ROOT/saved.json',
    '0000:09:00.0: this host has no such PCI device',
    2,
    saved(`{${GOOD.replace('0000:02', '0000:09')}}`),
  ],
  // Files of others, and options that do not fit.
  [
    '82599',
    'persist ens2f0',
    "99-vmlane-sriov-0000-02-00.0: this is not vmlane's; move it away",
    2,
    'etc/NetworkManager/dispatcher.d/99-vmlane-sriov-0000-02-00.0 = #!/bin/sh',
  ],
  [
    '82599',
    'persist ens2f0 --remove',
    "0000:02:00.0.json: this is not vmlane's",
    2,
    'etc/vmlane/sriov/0000:02:00.0.json = {}',
  ],
  ['82599', 'persist ens2f0 --remove --mtu 9000', '--mtu: has no meaning with --remove', 2],
  [
    '82599',
    'persist ens2f0 --by cron',
    '--by: "cron" is not one of systemd, networkmanager, networkd',
    2,
  ],
  [
    'nfp',
    'persist enp7s0',
    'enp7s0: it has no VFs that could come back; first: vmlane sriov set',
    2,
    EMPTY_CARD,
  ],
  [
    '82599',
    'persist 0000:08:00.0',
    '0000:08:00.0: it is with vfio-pci and has no network interface',
    2,
    TAKEN,
  ],
  ['82599', 'list --connect qemu+ssh://other/system', 'its VFs are those of another host', 2],
];

test('there are enough of them', () => expect(CASES.length).toBeGreaterThanOrEqual(60));

test.each(CASES)('%s: sriov %s: %s', (family, line, message, status, more = '') =>
  inTree(
    family,
    async (root) => {
      const before = contents(root);
      const words = line.replace('ROOT', root).split(' ');
      const ran = await vmlane(['sriov', ...words, '--root', root]);
      expect(ran.err).toContain(message);
      expect(ran.err).toMatch(/^vmlane[^\n]*: [^\n]+; [^\n]+\n$/);
      expect([ran.status, ran.out]).toEqual([status, '']);
      expect(contents(root)).toEqual(before);
    },
    more,
  ),
);

test.each([
  ['list --root /nowhere', '--root /nowhere: is not a folder; name a folder that has sys/bus'],
  ['set ens2f0 2 --root /etc/hosts', '--root /etc/hosts: is not a folder'],
])('sriov %s', async (line, message) => {
  const ran = await vmlane(['sriov', ...line.split(' ')]);
  expect([ran.status, ran.out]).toEqual([2, '']);
  expect(ran.err).toContain(message);
});
