/** What is planned for the running host beside files: a fixture's tree in its place. */
import { expect, test } from 'vitest';
import { planSetup } from '../../../src/host/setup/plan.js';
import type { SetupRequest } from '../../../src/host/setup/request.js';
import { packageRoot } from '../../../src/switch/paths.js';
import { HostFiles } from '../../../src/system/files/host-files.js';
import { withRoot } from './root.js';

/** A tree that is taken for the running host; nothing of it is run. */
class Live extends HostFiles {
  override get live(): boolean {
    return true;
  }
}

const INSTALLED_HERE = { package: packageRoot(), node: '/usr/bin/node' };
const FILE_OF_LIBVIRTD = { 'etc/apparmor.d/usr.sbin.libvirtd': '/usr/sbin/libvirtd {\n}\n' };
const POOL = 'sys/kernel/mm/hugepages/hugepages-1048576kB';
const NODE = 'sys/devices/system/node/node0';
const RUNNING = {
  'run/systemd/system/.keep': '',
  [`${POOL}/nr_hugepages`]: '1\n',
  [`${POOL}/free_hugepages`]: '1\n',
  [`${NODE}/hugepages/hugepages-1048576kB/nr_hugepages`]: '1\n',
  [`${NODE}/meminfo`]: 'Node 0 MemTotal: 32768000 kB\n',
};
const NOTHING: SetupRequest = {
  ...{ pages: [], now: true, boot: true, iommu: false, vfio: false, sockets: false },
  ...{ apparmor: false, qemu: { devices: [] } },
};

const planned = (wish: Partial<SetupRequest>, more: Record<string, string> = {}) =>
  withRoot(
    'debian12',
    (root) => {
      const { steps } = planSetup(new Live(root), { ...NOTHING, ...wish }, () => INSTALLED_HERE);
      return steps.map((step) => {
        if (step.kind === 'command') return `${step.run ?? ''} / ${step.undo ?? ''}`;
        if (step.kind === 'account') return `${step.run} for ${step.name}`;
        return step.kind === 'write' ? `${step.path} ${step.before} ${step.after}` : step.path;
      });
    },
    { ...RUNNING, ...more },
  );

test('pages: the mount is started, the count raised, the kernel line for later', async () => {
  expect(await planned({ pages: [{ pageSize: 2 ** 30, count: 4, node: 0 }] })).toEqual([
    ' / daemon-reload',
    '/etc/systemd/system/dev-hugepages1G.mount',
    '/etc/systemd/system/sysinit.target.wants/dev-hugepages1G.mount',
    'daemon-reload / ',
    'mount 1GiB / unmount 1GiB',
    ' / update-grub',
    '/etc/default/grub.d/vmlane.cfg',
    'update-grub / ',
    `/${NODE}/hugepages/hugepages-1048576kB/nr_hugepages 1 4`,
  ]);
});

test('only now, and only at boot', async () => {
  const pages = [{ pageSize: 2 ** 30, count: 4 }];
  expect(await planned({ pages, boot: false })).toEqual([`/${POOL}/nr_hugepages 1 4`]);
  const later = await planned({ pages, now: false });
  expect(later.filter((step) => step.includes('mount 1GiB') || step.includes(POOL))).toEqual([]);
  expect(await planned({ pages: [{ pageSize: 2 ** 30, count: 1 }], boot: false })).toEqual([]);
});

const PASSWD = 'root:x:0:0::/root:/bin/sh\nvmlane:x:990:990::/:/sbin/nologin\n';

test("the switch's account, unless it is there or another is named", async () => {
  const words = {
    start: ['/bin/true'],
    info: ['/bin/true'],
    controlSocket: '/run/vmlane/switch.sock',
  };
  const made = ['/etc/sysusers.d/vmlane.conf', 'make accounts for vmlane'];
  const unit = (more: object, files = {}) => planned({ switchUnit: { ...words, ...more } }, files);
  expect((await unit({})).slice(0, 2)).toEqual(made);
  expect(await unit({ user: 'root' })).not.toContain(made[1]);
  expect(await unit({}, { 'etc/passwd': PASSWD })).not.toContain(made[1]);
});

test('the folder now, unless it is as it should be', async () => {
  expect(await planned({ sockets: true })).toEqual([
    '/etc/sysusers.d/vmlane.conf',
    'make accounts for vmlane',
    '/etc/tmpfiles.d/vmlane.conf',
    '/run/vmlane',
    '/run/vmlane/guests',
  ]);
});

test('vfio-pci is loaded unless it is there', async () => {
  const file = '/etc/modules-load.d/vmlane.conf';
  expect(await planned({ vfio: true })).toEqual([file, 'load vfio-pci / ']);
  const loaded = { 'sys/bus/pci/drivers/vfio-pci/bind': '' };
  expect(await planned({ vfio: true }, loaded)).toEqual([file]);
});

test('a size that this host does not have', async () => {
  await expect(planned({ pages: [{ pageSize: 2 ** 21, count: 4 }] })).rejects.toThrow(
    '--pages 2MiB:4: this host has no pages of this size; its sizes: 1 GiB',
  );
});

const LOCAL = '/etc/apparmor.d/local';
const RULES = [`${LOCAL}/abstractions/libvirt-qemu`, `${LOCAL}/usr.sbin.libvirtd`];
const ON = { 'sys/module/apparmor/parameters/enabled': 'Y\n' };

test.each([
  ['is on', ON, true],
  ['is off', { 'sys/module/apparmor/parameters/enabled': 'N\n' }, false],
  ['is not there', {}, false],
])(
  "AppArmor's rules are written, and loaded where the kernel has it: it %s",
  async (_, files, on) => {
    const steps = await planned({ apparmor: true }, { ...FILE_OF_LIBVIRTD, ...files });
    const written = steps.filter((step) => step.startsWith(LOCAL));
    expect(written).toEqual(expect.arrayContaining(RULES.slice(1)));
    const loads = [' / reload apparmor', 'reload apparmor / '];
    expect(steps).toEqual(on ? [loads[0], ...written, loads[1]] : written);
  },
);

test('where systemd does not run a line says that the rules are not loaded', () =>
  withRoot(
    'debian12',
    (root) => {
      const wish = { ...NOTHING, domifstat: true };
      const { steps, notes } = planSetup(new Live(root), wish, () => INSTALLED_HERE);
      expect(steps.map(({ kind }) => kind)).not.toContain('command');
      expect(notes).toContainEqual(expect.stringContaining('not loaded, as systemd does not run'));
    },
    { ...FILE_OF_LIBVIRTD, ...ON },
  ));

const SELINUX = {
  'sys/fs/selinux/enforce': '1',
  'etc/selinux/config': 'SELINUX=enforcing\nSELINUXTYPE=default\n',
};
const CONTEXTS = 'etc/selinux/default/contexts/files/file_contexts';
const MODULE = 'usr/local/share/vmlane/vmlane.cil';

test("SELinux's module is loaded before files are labelled, and taken back before labels are", async () => {
  expect(await planned({ selinux: true }, SELINUX)).toEqual([
    ' / label files',
    `/${MODULE}`,
    'load policy / unload policy',
    'label files / ',
  ]);
});

test('another module in its place comes back', async () => {
  const old = { [MODULE]: '; of an older vmlane\n', [CONTEXTS]: '/run/vmlane :vmlane_guests_t:' };
  expect(await planned({ selinux: true }, { ...SELINUX, ...old })).toEqual([
    ' / load policy',
    `/${MODULE}`,
    'load policy / ',
    'label files / ',
  ]);
});

test('without SELinux its module is refused', async () => {
  await expect(planned({ selinux: true })).rejects.toThrow('runs without SELinux');
});
