/** What is refused: one line, exit code, and nothing changed. */
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { vmlane } from '../../cli/test-io.js';
import { type HOSTS, treeOf, withRoot } from './root.js';

interface Case {
  what: string;
  words: string;
  /** Of the line that is printed. */
  says: string;
  status?: 1 | 2;
  host?: (typeof HOSTS)[number];
  /** Files that are other, or not there. */
  files?: Record<string, string | undefined>;
  make?: (root: string) => void;
}

const PAGES = '--boot --pages';

const CASES: Case[] = [
  {
    what: 'nothing',
    words: '',
    says: 'vmlane host setup: nothing to set up; name some of --pages',
  },
  {
    what: 'no size',
    words: `${PAGES} 8`,
    says: '--pages 8: not a size, a count and perhaps a node; write SIZE:COUNT',
  },
  { what: 'an odd unit', words: `${PAGES} 1G:8`, says: '--pages 1G:8: not a size' },
  {
    what: 'an impossible size',
    words: `${PAGES} 3MiB:8`,
    says: '--pages 3MiB:8: no processor has huge pages of this size',
  },
  {
    what: 'a default that is no size',
    words: '--default-pages 1G',
    says: '--default-pages 1G: no size of huge pages; give 2MiB or 1GiB',
  },
  {
    what: 'a default of an impossible size',
    words: '--default-pages 3MiB',
    says: '--default-pages 3MiB: no size of huge pages; give',
  },
  {
    what: 'another default beside a count of no size',
    words: '--default-pages 1GiB',
    says: '/etc/sysctl.conf: sets vm.nr_hugepages, which is of pages of 2M now and would be of 1G; remove',
    files: { 'etc/sysctl.conf': 'vm.nr_hugepages = 4\n' },
  },
  { what: 'no pages', words: `${PAGES} 1GiB:0`, says: '--pages 1GiB:0: no pages' },
  { what: 'a negative count', words: `${PAGES}=1GiB:-8`, says: '--pages 1GiB:-8: not a size' },
  { what: 'an endless count', words: `${PAGES} 1GiB:99999999999999999999`, says: 'not a size' },
  {
    what: 'a node that no host has',
    words: `${PAGES} 1GiB:8@5000`,
    says: 'no host has that many nodes',
  },
  {
    what: 'a size twice',
    words: `${PAGES} 1GiB:8 --pages 1GiB:4`,
    says: '--pages 1GiB:4: asked for twice; give it once',
  },
  {
    what: 'with and without a node',
    words: `${PAGES} 1GiB:8 --pages 1GiB:4@0`,
    says: 'asked for with a node and without one',
  },
  {
    what: 'more than there is',
    words: `${PAGES} 1GiB:40`,
    says: '--pages 1GiB:40: 40 GiB of pages are more than this host can spare; at most 31488 MiB',
  },
  {
    what: 'a node that is not there',
    words: `${PAGES} 2MiB:8@1`,
    says: '--pages 2MiB:8@1: this host has no node 1; choose among 0',
    files: { 'sys/devices/system/node/node0/meminfo': 'Node 0 MemTotal: 1000000 kB\n' },
  },
  {
    what: 'more than a node has',
    words: `${PAGES} 2MiB:800@0`,
    says: '--pages 2MiB:800@0: 1600 MiB of pages are more than node 0 can spare; at most 976 MiB',
    files: { 'sys/devices/system/node/node0/meminfo': 'Node 0 MemTotal: 1000000 kB\n' },
  },
  {
    what: 'pages of an image, now',
    words: '--pages 1GiB:8 --now',
    says: '--now: an image has no pages now; leave out --now or --root',
  },
  {
    what: '--now without pages',
    words: '--vfio --now',
    says: '--now: is about pages; add --pages or --guests',
  },
  {
    what: '--switch-memory without guests',
    words: '--vfio --switch-memory 64',
    says: '--switch-memory: is for counting pages; add --guests',
  },
  {
    what: 'gigantic pages by node on an old kernel',
    host: 'ubuntu2204',
    words: `${PAGES} 1GiB:8@0`,
    says: 'kernels before 5.16 cannot reserve these on one node',
  },
  {
    what: 'a sysctl in the way',
    host: 'ubuntu2204',
    words: `${PAGES} 2MiB:8@0`,
    says: '/etc/sysctl.conf: sets vm.nr_hugepages at every boot, for the whole host; remove that line',
  },
  {
    what: 'pages by node in the way',
    words: `${PAGES} 2MiB:8`,
    files: {
      'etc/tmpfiles.d/vmlane.conf':
        'w /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages - - - - 4\n',
    },
    says: '/etc/tmpfiles.d/vmlane.conf: reserves pages of this size by node at every boot; remove those lines, or give a node with --pages 2MiB:8',
  },
  {
    what: 'an unknown distribution',
    words: '--iommu',
    files: { 'etc/os-release': 'ID=plan9\nPRETTY_NAME="Plan 9"\n' },
    says: 'kernel command line of Plan 9: no distribution that vmlane knows; add these words to it yourself: intel_iommu=on iommu=pt',
  },
  {
    what: 'no os-release',
    words: '--iommu',
    files: { 'etc/os-release': undefined },
    says: 'kernel command line of an unknown system: no distribution',
  },
  {
    what: 'an ostree system',
    host: 'fedora40',
    words: '--iommu',
    files: { 'run/ostree-booted': '' },
    says: 'its files belong to ostree; run: rpm-ostree kargs --append=intel_iommu=on --append=iommu=pt',
  },
  {
    what: 'no GRUB',
    words: '--iommu',
    files: { 'etc/default/grub': undefined },
    says: 'it has no /etc/default/grub; add these words',
  },
  {
    what: 'no update-grub',
    words: '--iommu',
    files: { 'usr/sbin/update-grub': undefined },
    says: 'update-grub is not installed; add these words',
  },
  {
    what: 'no grub2-mkconfig',
    host: 'opensuse155',
    words: '--iommu',
    files: { 'usr/sbin/grub2-mkconfig': undefined },
    says: 'grub2-mkconfig is not installed',
  },
  {
    what: 'an open quote in GRUB’s file',
    words: '--iommu',
    files: { 'etc/default/grub': 'A=1\nGRUB_CMDLINE_LINUX="quiet\n' },
    says: '/etc/default/grub line 2: a quote is not closed; write its value as plain text in quotes',
  },
  {
    what: 'a command in GRUB’s file',
    words: '--iommu',
    files: { 'etc/default/grub': 'GRUB_CMDLINE_LINUX_DEFAULT="$(x)"\n' },
    says: '/etc/default/grub line 1: it is made by a command',
  },
  {
    what: 'a drop-in behind ours',
    words: '--iommu',
    files: { 'etc/default/grub.d/zz.cfg': 'GRUB_CMDLINE_LINUX="quiet"\n' },
    says: '/etc/default/grub.d: a file behind /etc/default/grub.d/vmlane.cfg sets GRUB_CMDLINE_LINUX anew; add these words there yourself',
  },
  {
    what: 'a binary file',
    words: '--iommu',
    make: (root) => writeFileSync(join(root, 'etc/default/grub'), Buffer.from([0xff, 0xfe])),
    says: '/etc/default/grub: is no UTF-8 text; correct it, or move it away',
  },
  {
    what: 'a folder for a file',
    words: '--iommu',
    make: (root) => {
      rmSync(join(root, 'etc/default/grub'));
      mkdirSync(join(root, 'etc/default/grub'));
    },
    says: '/etc/default/grub: is a folder',
  },
  {
    what: 'an endless file',
    words: '--iommu',
    files: { 'etc/default/grub': '#'.repeat(2 ** 20 + 1) },
    says: '/etc/default/grub: longer than 1 MiB',
  },
  {
    what: 'a link to itself',
    words: '--iommu',
    make: (root) => {
      rmSync(join(root, 'etc/default/grub'));
      symlinkSync('grub', join(root, 'etc/default/grub'));
    },
    says: 'etc/default/grub: too many links',
    status: 1,
  },
  {
    what: 'a broken fstab',
    words: `${PAGES} 1GiB:8`,
    files: { 'etc/fstab': '# x\n/dev/sda1 /\n' },
    says: '/etc/fstab line 2: 2 fields where 3 to 6 belong; correct it: fstab(5)',
  },
  {
    what: 'a broken qemu.conf',
    words: '--qemu-user root',
    files: { 'etc/libvirt/qemu.conf': '# x\nuser = root\n' },
    says: '/etc/libvirt/qemu.conf line 2: expecting a value; correct it; libvirtd would not start',
  },
  {
    what: 'an open list in qemu.conf',
    words: '--qemu-device /dev/x',
    files: { 'etc/libvirt/qemu.conf': 'cgroup_device_acl = [ "/dev/null",\n' },
    says: '/etc/libvirt/qemu.conf line 2: expecting a value',
  },
  {
    what: 'a user that is not there',
    words: '--qemu-user nobody1',
    says: 'user nobody1: not in /etc/passwd',
  },
  {
    what: 'a group that is not there',
    words: '--sockets --qemu-group nobody1',
    says: 'group nobody1: not in /etc/group',
  },
  {
    what: 'a user that is no name',
    words: '--qemu-user a"b',
    says: '--qemu-user a"b: no name of an account',
  },
  {
    what: 'a device that is no path',
    words: '--qemu-device /dev/../etc',
    says: '--qemu-device /dev/../etc: no path of a device',
  },
  {
    what: 'no group of QEMU',
    words: '--sockets',
    files: { 'etc/group': 'root:x:0:\n' },
    says: "QEMU's group: it is not known on this host; install libvirt, or name it with --qemu-group",
  },
  {
    what: 'a guest that is not there',
    words: '--guests /nowhere.yaml',
    says: '/nowhere.yaml: no such file or folder',
  },
  {
    what: 'a service without systemd',
    host: 'opensuse155',
    words: '--switch',
    says: '--switch: systemd does not run this host; have your init run',
  },
  {
    what: 'an unknown option of the switch',
    words: '--switch -- --cpu 3',
    says: 'vmlane switch start: unknown option --cpu; did you mean --cpus?',
  },
  {
    what: 'a bad value for the switch',
    words: '--switch -- --cpus x',
    says: '--cpus: "x" is not a list of different whole numbers',
  },
  {
    what: 'a bad uplink',
    words: '--switch -- --uplink eth0;reboot',
    says: 'uplink eth0;reboot: neither a PCI address nor a DPDK device',
  },
  {
    what: 'a service that only shows',
    words: '--switch -- --dry-run',
    says: '-- --dry-run: is not for a service; leave it out',
  },
  {
    what: 'the switch’s options without it',
    words: '--vfio -- --cpus 3',
    says: 'takes words after -- with --switch only; add --switch',
  },
  {
    what: 'a line end for the unit',
    words: '--switch -- --state-file /a\nExecStart=/b',
    says: '-- /a ExecStart=/b: holds a control character; leave it out',
  },
  {
    what: 'a path from nowhere for the service',
    words: '--switch -- --socket-file a.sock',
    says: '-- --socket-file a.sock: not an absolute path; begin it with /',
  },
  {
    what: 'a log from nowhere for the service',
    words: '--switch -- --log-file x.log',
    says: '-- --log-file x.log: not an absolute path; begin it with /',
  },
  {
    what: 'undo of a part',
    words: '--undo --vfio',
    says: '--undo: takes back everything, not a part; leave out --vfio',
  },
  {
    what: 'a broken journal',
    words: '--undo',
    files: { 'var/lib/vmlane/setup.json': '{"version":1' },
    says: '/var/lib/vmlane/setup.json: this is no journal of vmlane',
  },
  {
    what: 'a program in the journal',
    words: '--undo',
    files: {
      'var/lib/vmlane/setup.json':
        '{"version":1,"made":[],"entries":[{"kind":"command","undo":"reboot"}]}',
    },
    says: 'this is no journal of vmlane',
  },
  {
    what: 'a file of the kernel in the journal',
    words: '--undo',
    files: {
      'var/lib/vmlane/setup.json':
        '{"version":1,"made":[],"entries":[{"kind":"write","path":"/proc/sysrq-trigger","before":1,"after":2,"boot":""}]}',
    },
    says: 'this is no journal of vmlane',
  },
  {
    what: 'a journal that others could write',
    words: '--undo',
    files: { 'var/lib/vmlane/setup.json': '{"version":1,"made":[],"entries":[]}' },
    make: (root) => chmodSync(join(root, 'var/lib/vmlane/setup.json'), 0o666),
    says: 'others could have written it, and undoing follows it',
    status: 1,
  },
  {
    what: 'a folder where a file is to be made',
    words: '--vfio',
    make: (root) => mkdirSync(join(root, 'etc/modules-load.d/vmlane.conf'), { recursive: true }),
    says: '/etc/modules-load.d/vmlane.conf: is a folder',
  },
  {
    what: 'a file where a folder is to be made',
    words: '--vfio',
    files: { 'etc/modules-load.d': '' },
    says: '/etc/modules-load.d/vmlane.conf: cannot be read (ENOTDIR)',
    status: 1,
  },
];

const BINARY = join(import.meta.dirname, '../../../build/native/vhost-switch');
const setup = (root: string, words: string) =>
  vmlane(['host', 'setup', '--unchecked', '--root', root, ...words.split(' ').filter(Boolean)], {
    env: { VMLANE_SWITCH_BINARY: BINARY },
  });

test.each(CASES)('$what: refused, nothing changed', ({ words, says, status = 2, ...more }) =>
  withRoot(
    more.host ?? 'debian12',
    async (root) => {
      more.make?.(root);
      const before = treeOf(root);
      const ran = await setup(root, words);
      expect(ran.err.replaceAll(root, '')).toContain(says);
      expect(ran).toMatchObject({ status, out: '' });
      expect(ran.err.trimEnd().split('\n')).toHaveLength(1);
      expect(treeOf(root)).toEqual(before);
    },
    more.files,
  ),
);

test('a root that is none', async () => {
  const { status, err } = await setup('/nowhere', '--vfio');
  expect([status, err]).toEqual([
    2,
    'vmlane: --root /nowhere: is no folder; name the folder that stands for /\n',
  ]);
});

describe('links of an image', () => {
  test('lead nowhere else than they would there', () =>
    withRoot('debian12', async (root) => {
      rmSync(join(root, 'etc/fstab'));
      mkdirSync(join(root, 'etc/host'));
      // To the image's /etc/host/fstab, not to this machine's.
      writeFileSync(join(root, 'etc/host/fstab'), '# the image\n');
      symlinkSync('/etc/host/fstab', join(root, 'etc/fstab'));
      rmSync(join(root, 'usr/lib/systemd'), { recursive: true });
      const before = treeOf(root);
      expect((await setup(root, '--pages 1GiB:1')).status).toBe(0);
      expect(readFileSync(join(root, 'etc/host/fstab'), 'utf8')).toContain('pagesize=1G');
      expect((await setup(root, '--undo')).status).toBe(0);
      expect(treeOf(root)).toEqual(before);
    }));
});
