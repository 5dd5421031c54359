/** A real guest with the devices that a spec may have beside NICs and disks. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listens } from '../../lab/libvirtd.js';
import { domainXml } from '../../src/domain/index.js';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { parseSpec } from '../../src/spec/index.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const running = useLab();
let libvirt: Libvirt;
beforeAll(async () => {
  libvirt = await connect('qemu:///system');
});
afterAll(() => libvirt?.close());

const SPEC = `
name: devices
memory: {size: 256MiB, current: 192MiB}
vcpus: {current: 1, maximum: 2}
accel: tcg
boot:
  kernel: /run/lab/vmlinuz
  initrd: /run/lab/initrd
  cmdline: console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests pci=nomsi
clock: localtime
events: {reboot: destroy, crash: preserve}
graphics: {protocol: vnc, socket: /run/lab/devices.vnc}
video: vga
tablet: usb
tpm: tpm-crb
watchdog: pause
filesystems: [{source: /run/lab/share, target: share, driver: 9p, readonly: true}]
disks:
  - {file: /run/lab/devices.raw, iotune: {totalBytes: 1000000, readIops: 100}}
serials: [{file: /run/lab/devices.log}]
`;

test('QEMU starts a guest with a screen, a TPM, a watchdog, a tablet, a folder and limits', async () => {
  tellAllOnFailure();
  expect(running.lab).toBeDefined();
  mkdirSync('/run/lab/share', { recursive: true });
  writeFileSync('/run/lab/devices.raw', Buffer.alloc(1024 * 1024));
  await libvirt.define(domainXml(parseSpec(SPEC, 'devices.yaml')));
  try {
    await libvirt.start('devices');
    expect(await libvirt.state('devices')).toBe('running');
    expect(await listens('/run/lab/devices.vnc')).toBe(true);
    const xml = await libvirt.xml('devices');
    for (const part of ['tpm-crb', 'i6300esb', 'qemu-xhci', 'total_bytes_sec', "current='1'"]) {
      expect(xml).toContain(part);
    }
  } finally {
    if ((await libvirt.state('devices')) !== 'shut off') await libvirt.destroy('devices');
    await libvirt.undefine('devices');
  }
});
