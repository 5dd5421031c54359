/** Devices, features and limits that a spec may have: what cannot be. */
import { expect, test } from 'vitest';
import { parseSpec } from '../../src/spec/index.js';
import { refusal } from './refusal.js';

const HYPERV = 'relaxed, vapic, spinlocks, vpindex, runtime, synic, stimer, reset, frequencies';

const SEVEN = Array.from({ length: 7 }, (_, i) => `{path: /dev/shm/${i}, size: 2MiB}`).join(', ');

const BAD: [lines: string, message: string][] = [
  ['nvdimms: {path: /n, size: 2MiB}', 'nvdimms: got a mapping; give a list'],
  ['nvdimms: [{size: 64MiB}]', 'nvdimms[0].path: is missing; give an absolute path'],
  ['nvdimms: [{path: n, size: 64MiB}]', 'nvdimms[0].path: "n" is not absolute; give a path'],
  ['nvdimms: [{path: "/n\\u0000m", size: 64MiB}]', 'nvdimms[0].path: '],
  ['nvdimms: [{path: /n}]', 'nvdimms[0].size: is missing; give a size with its unit'],
  ['nvdimms: [{path: /n, size: 0MiB}]', 'nvdimms[0].size: is zero; give a size with its unit'],
  [
    'nvdimms: [{path: /n, size: 63MiB}]',
    'nvdimms[0].size: 63MiB is not a multiple of 2MiB; make the file larger, up to a multiple',
  ],
  [
    'nvdimms: [{path: /n, size: 4096TiB}]',
    'nvdimms: with memory it is more than x86 can address; give less than 4096TiB',
  ],
  [
    'nvdimms: [{path: /n, size: 64MiB, label: 127KiB}]',
    'nvdimms[0].label: is less than 128KiB; give 128KiB or more',
  ],
  ['nvdimms: [{path: /n, size: 64MiB, label: 128}]', 'nvdimms[0].label: got 128; give a size with'],
  [
    'nvdimms: [{path: /n, size: 2MiB, label: 128KiB}]',
    'nvdimms[0].label: 128KiB leaves less than 2MiB of 2MiB; give less, or a larger size',
  ],
  [
    'nvdimms: [{path: /n, size: 2MiB, cell: 1}]',
    'nvdimms[0].cell: there is no cell 1; give 0, or cells in numa',
  ],
  [
    '{memory: 64MiB, vcpus: 2, numa: [{vcpus: 0, memory: 32MiB}, {vcpus: 1, memory: 32MiB}], nvdimms: [{path: /n, size: 2MiB, cell: 2}]}',
    'nvdimms[0].cell: there is no cell 2; give a number from 0 to 1',
  ],
  ['nvdimms: [{path: /n, size: 2MiB, node: 0}]', 'nvdimms[0]: unknown key "node"; '],
  ['nvdimms: [{path: /n, size: 2MiB, access: none}]', 'nvdimms[0].access: got "none"; give shared'],
  [
    'nvdimms: [{path: /n, size: 2MiB, access: private, pmem: true}]',
    'nvdimms[0].pmem: what is private does not persist; leave out pmem, or access',
  ],
  [
    '{interfaces: [{type: vhost-user}], nvdimms: [{path: /n, size: 2MiB, access: private}]}',
    "nvdimms[0].access: a vhost-user switch and virtiofsd map the file, not the guest's copy; give",
  ],
  [
    'nvdimms: [{path: /n, size: 2MiB}, {path: /n, size: 2MiB}]',
    'nvdimms[1].path: "/n" is already used by nvdimms[0].path; give each its own',
  ],
  [
    '{disks: [{file: /n, format: raw}], nvdimms: [{path: /n, size: 2MiB}]}',
    'nvdimms[0].path: "/n" is already used by disks[0].file; give each its own',
  ],
  [
    '{machine: microvm, nvdimms: [{path: /n, size: 2MiB}]}',
    'nvdimms: machine "microvm" has no NVDIMMs; use machine q35',
  ],
  [
    `{interfaces: [{type: vhost-user}], nvdimms: [${SEVEN}]}`,
    'nvdimms: its memory is in 9 regions (7 memory devices), and vhost-user takes 8: the guest would',
  ],
  ['graphics: rdp', 'graphics: got "rdp"; give vnc, spice or a mapping'],
  ['graphics: {listen: 0.0.0.0}', 'graphics.protocol: is missing; give vnc or spice'],
  [
    'graphics: {protocol: vnc, password: x}',
    'graphics: unknown key "password"; known here: protocol',
  ],
  [
    'graphics: {protocol: vnc, listen: host}',
    'graphics.listen: got "host"; give an IP address such',
  ],
  ['graphics: {protocol: vnc, port: 80}', 'graphics.port: got 80; give a whole number of the port'],
  [
    'graphics: {protocol: vnc, socket: s}',
    'graphics.socket: "s" is not absolute; give a path that',
  ],
  [
    'graphics: {protocol: vnc, socket: /s, port: 5901}',
    'graphics.socket: is given with port; leave one of them out',
  ],
  [
    '{graphics: {protocol: vnc, socket: /s}, agent: {socket: /s}}',
    'graphics.socket: "/s" is already',
  ],
  ['firmware: {secureBoot: 7}', 'firmware.secureBoot: got 7; give true or false'],
  ['video: cirrus', 'video: got "cirrus"; give virtio, vga, qxl, bochs or none'],
  ['tablet: true', 'tablet: got true; give usb or virtio'],
  ['tpm: 2.0', 'tpm: got 2; give tpm-crb or tpm-tis'],
  ['watchdog: bark', 'watchdog: got "bark"; give reset, shutdown, poweroff, pause, none, dump or'],
  ['clock: cet', 'clock: got "cet"; give utc or localtime'],
  ['autostart: on', 'autostart: got "on"; give true or false'],
  ['autostart: 1', 'autostart: got 1; give true or false'],
  ['autostart: {enabled: true}', 'autostart: got a mapping; give true or false'],
  ['autoStart: true', 'unknown key "autoStart"; did you mean "autostart"?'],
  [
    'events: {reboot: rename-restart}',
    'events.reboot: got "rename-restart"; give destroy or restart',
  ],
  ['events: {poweroff: preserve}', 'events.poweroff: got "preserve"; give destroy or restart'],
  [
    'events: {poweroff: restart, reboot: destroy}',
    'events.reboot: QEMU cannot end at a reboot and',
  ],
  [
    'events: {on_crash: destroy}',
    'events: unknown key "on_crash"; known here: poweroff, reboot, crash',
  ],
  [
    'features: {hyperv: all}',
    `features.hyperv: got "all"; give passthrough, or a list of ${HYPERV}`,
  ],
  ['features: {hyperv: [relax]}', 'features.hyperv[0]: got "relax"; give relaxed, vapic,'],
  ['features: {hyperv: [vapic, vapic]}', 'features.hyperv: vapic is there twice; name it once'],
  ['features: {hyperv: [synic]}', 'features.hyperv: synic needs vpindex; name it, too'],
  ['features: {hyperv: [vpindex, stimer]}', 'features.hyperv: stimer needs synic; name it, too'],
  ['features: {hyperv: [evmcs]}', 'features.hyperv: evmcs needs vapic; name it, too'],
  [
    '{accel: tcg, features: {hyperv: passthrough}}',
    'features.hyperv: a guest that QEMU emulates has no enlightenments; leave it out, or use accel',
  ],
  ['features: {pmu: off-line}', 'features.pmu: got "off-line"; give true or false'],
  ['cputune: {shares: 1}', 'cputune.shares: got 1; give a whole number of shares, 2 to 262144'],
  [
    'cputune: {period: 999}',
    'cputune.period: got 999; give a whole number of microseconds, 1000 to',
  ],
  ['cputune: {quota: 999}', 'cputune.quota: got 999; give a whole number of microseconds, 1000 to'],
  ['cputune: {period: 1000}', 'cputune.period: has no meaning without quota; give quota, too'],
  ['vcpus: {current: 3, maximum: 2}', 'vcpus.current: 3 is more than the maximum, 2; give no more'],
  [
    'vcpus: {current: 1}',
    'vcpus.maximum: is missing; give a whole number of virtual CPUs, 1 to 255',
  ],
  ['vcpus: {current: 0, maximum: 2}', 'vcpus.current: got 0; give a whole number of virtual CPUs'],
  ['memory: {size: 1GiB, current: 2GiB}', 'memory.current: is more than size; give no more'],
  ['memory: {size: 1GiB, current: 1}', 'memory.current: got 1; give a size with its unit'],
  [
    'memory: {size: 2GiB, current: 1GiB, hugepages: 2MiB}',
    'memory.current: a guest with huge pages or devices of the host keeps all its memory; leave it',
  ],
  [
    "{memory: {size: 2GiB, current: 1GiB}, hostdevs: [{pci: '01:00.0'}]}",
    'memory.current: a guest with huge pages or devices of the host keeps all its memory; leave it',
  ],
  [
    'filesystems: [{source: s, target: t}]',
    'filesystems[0].source: "s" is not absolute; give a path',
  ],
  ['filesystems: [{source: /s}]', 'filesystems[0].target: is missing; give 1 to 31 of A-Z a-z 0-9'],
  ['filesystems: [{source: /s, target: a b}]', 'filesystems[0].target: got "a b"; give 1 to 31 of'],
  [
    'filesystems: [{source: /s, target: t, readonly: true}]',
    'filesystems[0].readonly: virtiofs cannot be read-only before libvirt 11.0; use driver 9p',
  ],
  [
    'filesystems: [{source: /s, target: t}, {source: /u, target: t}]',
    'filesystems[1].target: "t" is there twice; give each its own',
  ],
  ['hostdevs: [{}]', 'hostdevs[0]: has none of pci, usb, mdev; give exactly one of pci, usb, mdev'],
  ['hostdevs: [{pci: 01:00}]', 'hostdevs[0].pci: got "01:00"; give a PCI address such as'],
  ['hostdevs: [{usb: 1-2}]', 'hostdevs[0].usb: got "1-2"; give VENDOR:PRODUCT as lsusb shows it'],
  ['hostdevs: [{mdev: nv1}]', 'hostdevs[0].mdev: got "nv1"; give a UUID in lower case'],
  [
    "hostdevs: [{pci: '01:00.0'}, {pci: '0000:01:00.0'}]",
    'hostdevs[1].pci: "0000:01:00.0" is already used by hostdevs[0].pci; give each its own',
  ],
  [
    "{interfaces: [{type: vf, address: '01:10.0'}], hostdevs: [{pci: '01:10.0'}]}",
    'hostdevs[0].pci: "0000:01:10.0" is already used by interfaces[0].address; give each its own',
  ],
  [
    'disks: [{file: /a.raw, iotune: {readBytes: 0}}]',
    'disks[0].iotune.readBytes: got 0; give a whole',
  ],
  [
    'disks: [{file: /a.raw, iotune: {totalBytes: 5, writeBytes: 5}}]',
    'disks[0].iotune.totalBytes: is given with writeBytes; leave one of them out',
  ],
  [
    'disks: [{file: /a.raw, iotune: {totalIops: 5, readIops: 5}}]',
    'disks[0].iotune.totalIops: is given with readIops; leave one of them out',
  ],
  [
    'disks: [{network: {protocol: rbd}}]',
    'disks[0].network.name: is missing; give the name of the rbd',
  ],
  [
    'disks: [{network: {protocol: ftp, name: a}}]',
    'disks[0].network.protocol: got "ftp"; give rbd, iscsi',
  ],
  [
    'disks: [{network: {protocol: iscsi, name: a/1}}]',
    'disks[0].network.hosts: has 0 servers, and iscsi takes one; give one',
  ],
  [
    'disks: [{network: {protocol: nbd, hosts: [{name: a}, {name: b}]}}]',
    'disks[0].network.hosts: has 2 servers, and nbd takes one; give one',
  ],
  [
    'disks: [{network: {protocol: nbd, hosts: [{name: a, socket: /s}]}}]',
    'disks[0].network.hosts[0]: has name and socket; give exactly one of name, socket',
  ],
  [
    'disks: [{network: {protocol: nbd, hosts: [{socket: /s, port: 1}]}}]',
    'disks[0].network.hosts[0].port: a socket has none; leave it out',
  ],
  [
    'disks: [{network: {protocol: iscsi, name: a/1, hosts: [{socket: /s}]}}]',
    'disks[0].network.hosts: iscsi has no Unix sockets; give name and port',
  ],
  [
    'disks: [{network: {protocol: nbd, hosts: [{name: a}], auth: {user: u, secret: s}}}]',
    'disks[0].network.auth: nbd has none here; leave it out, or use a template',
  ],
  [
    'disks: [{network: {protocol: rbd, name: a/b, auth: {user: u, password: s}}}]',
    'disks[0].network.auth: unknown key "password"; known here: user, secret',
  ],
  [
    'disks: [{network: {protocol: http, name: a, hosts: [{name: b}]}}]',
    'disks[0].readonly: nothing can be written by http; give readonly: true, or device cdrom',
  ],
  [
    'disks: [{network: {protocol: rbd, name: a/b}}, {network: {protocol: rbd, name: a/b}}]',
    'disks[1].network: "rbd:a/b" is already used by disks[0].network; give each its own',
  ],
  ['disks: [{volume: {pool: p}}]', 'disks[0].volume.name: is missing; give a name without'],
  [
    'disks: [{volume: {pool: p, name: v}}]',
    'disks[0].format: is not clear from "v"; give qcow2 or raw',
  ],
  [
    'disks: [{volume: {pool: p, name: v.raw}, file: /a.raw}]',
    'disks[0]: has file and volume; give exactly',
  ],
  [
    'disks: [{volume: {pool: p, name: a/v}}]',
    'disks[0].volume.name: got "a/v"; give a name without',
  ],
  [
    'disks: [{network: {protocol: rbd, name: a/b, auth: {user: a b, secret: s}}}]',
    'disks[0].network.auth.user: got "a b"; give 1 to 63 of A-Z a-z 0-9 _ + -',
  ],
  [
    "graphics: {protocol: vnc, listen: '::ffff:192.0.2.1'}",
    'graphics.listen: got "::ffff:192.0.2.1";',
  ],
];

/** A spec with these lines; those in braces are several. */
function withLines(lines: string): string {
  const flow = lines.startsWith('{') ? lines.slice(1, -1) : lines;
  const rest = [
    'name: a',
    'boot: {kernel: /k}',
    ...(/\bmemory:/.test(flow) ? [] : ['memory: 1GiB']),
  ];
  return `{${[...rest, flow].join(', ')}}`;
}

test.each(BAD)('%s', (lines, message) => {
  expect(refusal(withLines(lines))).toContain(`s.yaml: ${message}`);
});

test('a folder by virtiofs shares the memory with its server', () => {
  const share = (driver: string) =>
    parseSpec(withLines(`filesystems: [{source: /s, target: t, driver: ${driver}}]`), 's').memory;
  expect([share('virtiofs').shared, share('9p').shared]).toEqual([true, false]);
});

test('vCPUs that come later count for the topology and for pins', () => {
  const lines = '{vcpus: {current: 1, maximum: 4}, cpu: {threads: 2}, pinning: {vcpus: 0-3}}';
  const { cpu, vcpus, currentVcpus, pinning } = parseSpec(withLines(lines), 's');
  expect(cpu.topology).toEqual({ sockets: 1, cores: 2, threads: 2 });
  expect([vcpus, currentVcpus, pinning.vcpus.length]).toEqual([4, 1, 4]);
});
