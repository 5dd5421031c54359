import { expect, test } from 'vitest';
import { findKernel, modulesOf } from '../../src/trial/kernel.js';
import { folderWith } from './folder.js';

const RUNNING = { 'proc/sys/kernel/osrelease': '6.1.0-18-amd64\n' };

test('the running kernel comes first, wherever a distribution has it', () => {
  const debian = folderWith({
    ...RUNNING,
    'boot/vmlinuz-6.1.0-18-amd64': '',
    'boot/vmlinuz-7.0': '',
  });
  const modules = '/lib/modules/6.1.0-18-amd64';
  expect(findKernel({}, debian)).toEqual({ file: '/boot/vmlinuz-6.1.0-18-amd64', modules });
  const fedora = folderWith({ ...RUNNING, 'lib/modules/6.1.0-18-amd64/vmlinuz': '' });
  expect(findKernel({}, fedora)).toEqual({ file: `${modules}/vmlinuz`, modules });
});

test('else the newest, by numbers', () => {
  const root = folderWith({ ...RUNNING, 'boot/vmlinuz-6.9.1': '', 'boot/vmlinuz-6.12.1': '' });
  expect(findKernel({}, root).file).toBe('/boot/vmlinuz-6.12.1');
});

test('a named kernel has the modules of its release, or those that are named', () => {
  const root = folderWith({ 'srv/vmlinuz-6.9.1': '' });
  const kernel = '/srv/vmlinuz-6.9.1';
  expect(findKernel({ kernel }, root).modules).toBe('/lib/modules/6.9.1');
  expect(findKernel({ kernel, modules: '/srv/m' }, root).modules).toBe('/srv/m');
});

test.each([
  [
    'no kernel',
    {},
    '/boot: has no kernel that can be read, as in a container; run as root, or name',
  ],
  [
    'a wrong name',
    { kernel: '/srv/none' },
    '/srv/none: no kernel can be read there (ENOENT); name a',
  ],
  ['a folder', { kernel: '/proc' }, '/proc: no kernel can be read there ('],
])('%s is refused', (_what, named, message) => {
  expect(() => findKernel(named, folderWith(RUNNING))).toThrow(message);
});

const DEP = `kernel/net/core/failover.ko.xz:
kernel/drivers/virtio/virtio.ko.xz:
kernel/drivers/virtio/virtio_ring.ko.xz: kernel/drivers/virtio/virtio.ko.xz
kernel/drivers/net/net_failover.ko.xz: kernel/net/core/failover.ko.xz
kernel/drivers/net/virtio_net.ko.xz: kernel/drivers/net/net_failover.ko.xz kernel/net/core/failover.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz kernel/drivers/virtio/virtio.ko.xz
`;
const kernel = { file: '/boot/vmlinuz', modules: '/m' };

test('modules come after those that they need; what is built in is not loaded', () => {
  const root = folderWith({
    'm/modules.dep': DEP,
    'm/modules.builtin': 'kernel/drivers/virtio/virtio-pci.ko\n',
  });
  expect(modulesOf(kernel, root).map((path) => path.replace(/.*\/|\.ko\.xz/g, ''))).toEqual([
    ...['virtio', 'virtio_ring', 'failover', 'net_failover', 'virtio_net'],
  ]);
});

test('of a folder without modules.dep all, by their names', () => {
  const root = folderWith({ 'm/02-b.ko': '', 'm/01-a.ko': '', 'm/README': '' });
  expect(modulesOf(kernel, root)).toEqual(['/m/01-a.ko', '/m/02-b.ko']);
});

test.each([
  ['a driver that is missing', { 'm/modules.dep': DEP }, '/m: has no virtio_pci, which the guests'],
  ['no modules', {}, '/m: of /boot/vmlinuz: there are none; name the folder'],
])('%s: refused', (_what, files, message) => {
  expect(() => modulesOf(kernel, folderWith(files))).toThrow(message);
});
