import { describe, expect, test } from 'vitest';
import { refusal, spec } from './refusal.js';

// What is wrong, the lines that replace those of a good guest, the message after "s.yaml: ".
const MACHINE: [string, Record<string, string>, string][] = [
  ['a long title', { title: 't'.repeat(201) }, 'title: is 201 bytes long; keep it to 200 bytes'],
  [
    'memory on nodes that are none',
    { memory: '{size: 4GiB, nodes: a}' },
    'memory.nodes: "a" is not a set of numbers from 0 to 16383; give numbers of NUMA nodes, such as 2 or 0-3,8',
  ],
  [
    'memory on a node of minus one',
    { memory: '{size: 4GiB, nodes: -1}' },
    'memory.nodes: -1 is not a set of numbers from 0 to 16383; give numbers of NUMA nodes, such as 2 or 0-3,8',
  ],
  [
    'memory on nodes backwards',
    { memory: '{size: 4GiB, nodes: 3-1}' },
    'memory.nodes: "3-1" is not a set of numbers from 0 to 16383; give numbers of NUMA nodes, such as 2 or 0-3,8',
  ],
  [
    'an unknown placement',
    { memory: '{size: 4GiB, nodes: 0, placement: here}' },
    'memory.placement: got "here"; give strict, preferred or interleave',
  ],
  [
    'locked as text',
    { memory: "{size: 4GiB, locked: 'yes'}" },
    'memory.locked: got "yes"; give true or false',
  ],
  [
    'a CPU of another alphabet',
    { cpu: '"a,b"' },
    'cpu: got "a,b"; give host, max, or a CPU model such as Skylake-Server',
  ],
  [
    'a topology that is too small',
    { vcpus: '8', cpu: '{sockets: 2, cores: 2}' },
    'cpu: sockets × cores × threads is 4, vcpus 8; make them equal',
  ],
  [
    'a topology that does not come out even',
    { vcpus: '4', cpu: '{sockets: 3}' },
    'cpu: 4 virtual CPUs do not fill 3 × 1; give cores, or other vcpus',
  ],
  [
    'no sockets',
    { cpu: '{sockets: 0}' },
    'cpu.sockets: got 0; give a whole number of sockets, 1 to 255',
  ],
  [
    'a feature with a comma',
    { cpu: "{require: ['avx,svm']}" },
    'cpu.require[0]: got "avx,svm"; give a CPU feature such as pdpe1gb',
  ],
  [
    'a feature wanted and not wanted',
    { cpu: '{require: [avx], disable: [avx]}' },
    'cpu.disable: avx is there twice; name each feature once',
  ],
  [
    'a cell without memory',
    { numa: '[{vcpus: 0}]' },
    'numa[0].memory: is missing; give a size with its unit, such as 256MiB or 4GiB',
  ],
  [
    'a cell with a vCPU that is not there',
    { numa: '[{vcpus: 0-1, memory: 4GiB}]' },
    'numa[0].vcpus: there is no virtual CPU 1; give numbers from 0 to 0',
  ],
  [
    'more cells than vhost-user has regions for',
    {
      ...{ vcpus: '8', memory: '{size: 512MiB}', interfaces: '[{type: vhost-user}]' },
      ...{ numa: `[${[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `{vcpus: ${n}, memory: 64MiB}`)}]` },
    },
    'numa: its memory is in 9 regions (8 NUMA cells), and vhost-user takes 8: the guest would have no network; give it fewer cells, or fewer and larger memory devices',
  ],
  [
    'a vCPU in two cells',
    { vcpus: '2', numa: '[{vcpus: 0-1, memory: 2GiB}, {vcpus: 1, memory: 2GiB}]' },
    'numa[1].vcpus: virtual CPU 1 is in another cell, too; put each into one cell',
  ],
  [
    'a vCPU in no cell',
    { vcpus: '3', numa: '[{vcpus: 0, memory: 2GiB}, {vcpus: 2, memory: 2GiB}]' },
    'numa: virtual CPU 1 is in no cell; put each into one cell',
  ],
  [
    'cells with too little memory',
    { numa: '[{vcpus: 0, memory: 2GiB}]' },
    'numa: its cells have 2048MiB, the guest 4096MiB; make the cells add up to memory',
  ],
  [
    'a cell with half a huge page',
    {
      memory: '{size: 3GiB, hugepages: 1GiB}',
      vcpus: '2',
      numa: '[{vcpus: 0, memory: 1536MiB}, {vcpus: 1, memory: 1536MiB}]',
    },
    "numa[0].memory: 1536MiB is not a multiple of the huge pages' 1GiB; give a multiple of 1GiB (and 1 more problem in this file)",
  ],
  [
    'one cell with a node, one without',
    { vcpus: '2', numa: '[{vcpus: 0, memory: 2GiB, node: 0}, {vcpus: 1, memory: 2GiB}]' },
    'numa[1].node: is missing, and other cells have one; give each cell its node, or none',
  ],
  [
    'nodes for the memory and for its cells',
    { memory: '{size: 4GiB, nodes: 0}', numa: '[{vcpus: 0, memory: 4GiB, node: 0}]' },
    'memory.nodes: the cells name their nodes; leave one of the two out',
  ],
  [
    'a node that no host has',
    { numa: '[{vcpus: 0, memory: 4GiB, node: 1024}]' },
    'numa[0].node: got 1024; give a whole number of a NUMA node, 0 to 1023',
  ],
  [
    'too many I/O threads',
    { iothreads: '256' },
    'iothreads: got 256; give a whole number of I/O threads, 0 to 255',
  ],
  [
    'pins of too few vCPUs',
    { vcpus: '3', pinning: '{vcpus: [0, 1]}' },
    'pinning.vcpus: sets of CPUs: 2, virtual CPUs: 3; give one for each',
  ],
  [
    'pins of I/O threads that are not there',
    { pinning: '{iothreads: [1]}' },
    'pinning.iothreads: sets of CPUs: 1, I/O threads: 0; give one for each',
  ],
  [
    'a pin of text',
    { pinning: '{emulator: all}' },
    'pinning.emulator: "all" is not a set of numbers from 0 to 16383; give numbers of the host\'s CPUs, such as 2 or 0-3,8',
  ],
  [
    'a pin that libvirt would not read',
    { pinning: "{emulator: '1,^1-2'}" },
    'pinning.emulator: "1,^1-2" is not a set of numbers from 0 to 16383; give numbers of the host\'s CPUs, such as 2 or 0-3,8',
  ],
  [
    'a pin far away',
    { pinning: '{vcpus: 16384}' },
    "pinning.vcpus: 16384 is not a set of numbers from 0 to 16383; give numbers of the host's CPUs, such as 2 or 0-3,8",
  ],
  [
    'a pin of a mapping',
    { pinning: '{vcpus: {0: 1}}' },
    "pinning.vcpus: got a mapping; give numbers of the host's CPUs, such as 2 or 0-3,8",
  ],
  [
    'a misspelt key of the pinning',
    { pinning: '{vcpu: 1}' },
    'pinning: unknown key "vcpu"; did you mean "vcpus"?',
  ],
];

const DISKS: [string, Record<string, string>, string][] = [
  [
    'secure boot on an old board',
    { machine: 'pc', firmware: '{secureBoot: true}' },
    'firmware.secureBoot: machine "pc" has no secure boot; use machine q35',
  ],
  [
    'variables without a loader',
    { firmware: '{variables: /a}' },
    'firmware.variables: a template belongs to an image of the firmware; give loader, too',
  ],
  [
    'a relative loader',
    { firmware: '{loader: OVMF.fd}' },
    'firmware.loader: "OVMF.fd" is not absolute; give a path that begins with /',
  ],
  [
    'boot from a kernel and a disk',
    { boot: '{kernel: /k}', bootFrom: '[disk]' },
    'bootFrom: the guest has a kernel of its own; leave out bootFrom or boot',
  ],
  [
    'boot from a floppy',
    { bootFrom: '[floppy]' },
    'bootFrom[0]: got "floppy"; give disk, cdrom or network',
  ],
  [
    'boot from a cdrom that is not there',
    { bootFrom: '[cdrom]' },
    'the guest has nothing to boot from; add disks or boot.kernel',
  ],
  [
    'boot from a disk twice',
    { bootFrom: '[disk, disk]' },
    'bootFrom: disk is there twice; name it once',
  ],
  [
    'boot from nothing',
    { bootFrom: '[]' },
    'the guest has nothing to boot from; add disks or boot.kernel',
  ],
  [
    'a cdrom on virtio',
    { disks: '[{file: /a.iso, device: cdrom, bus: virtio}]' },
    'disks[0].bus: a cdrom cannot be on the virtio bus; give sata or scsi',
  ],
  [
    'a cdrom to write',
    { disks: '[{file: /a.iso, device: cdrom, readonly: false}]', bootFrom: '[cdrom]' },
    'disks[0].readonly: a cdrom is read-only; leave it out',
  ],
  [
    'native I/O through the cache',
    { disks: '[{file: /a.raw, io: native}]' },
    'disks[0].io: native I/O goes past the cache; give cache none or directsync, too',
  ],
  [
    'an unknown cache',
    { disks: '[{file: /a.raw, cache: fast}]' },
    'disks[0].cache: got "fast"; give none, writeback, writethrough, directsync or unsafe',
  ],
  [
    'an I/O thread that is not there',
    { disks: '[{file: /a.raw, iothread: 1}]' },
    'disks[0].iothread: there is no I/O thread 1; iothreads is 0: raise it, or give a smaller number',
  ],
  [
    'an I/O thread on sata',
    { iothreads: '1', disks: '[{file: /a.raw, bus: sata, iothread: 1}]' },
    'disks[0].iothread: a disk on the sata bus cannot have an I/O thread of its own; leave it out, or give bus virtio',
  ],
  [
    'an unknown bus',
    { disks: '[{file: /a.raw, bus: ide}]' },
    'disks[0].bus: got "ide"; give virtio, sata or scsi',
  ],
  [
    'a seed and a file',
    { disks: '[{file: /a.raw, cloudInit: {userData: a}}]' },
    'disks[0]: has file and cloudInit; give exactly one of file, block, cloudInit, network, volume',
  ],
  [
    'a seed without user data',
    { disks: '[{file: /a.raw}, {cloudInit: {}}]' },
    'disks[1].cloudInit.userData: is missing; give a text, or a mapping with file',
  ],
  [
    'a seed with empty user data',
    { disks: "[{file: /a.raw}, {cloudInit: {userData: ' '}}]" },
    'disks[1].cloudInit.userData: is empty; give a text, or leave it out',
  ],
  [
    'a seed with an escape sequence',
    { disks: '[{file: /a.raw}, {cloudInit: {userData: "a\\e[31m"}}]' },
    'disks[1].cloudInit.userData: holds a control character; remove it',
  ],
  [
    'a seed of a list',
    { disks: '[{file: /a.raw}, {cloudInit: {userData: [a]}}]' },
    'disks[1].cloudInit.userData: got a list; give a text, or a mapping with file',
  ],
  [
    'a seed from a relative file',
    { disks: '[{file: /a.raw}, {cloudInit: {userData: {file: user-data}}}]' },
    'disks[1].cloudInit.userData.file: "user-data" is not absolute; give a path that begins with /',
  ],
  [
    'a large seed',
    { disks: `[{file: /a.raw}, {cloudInit: {userData: ${'x'.repeat(65_537)}}}]` },
    'disks[1].cloudInit.userData: has 65537 characters; keep it to 65536, or name a file',
  ],
  [
    'a seed in qcow2',
    { disks: '[{file: /a.raw}, {format: qcow2, cloudInit: {userData: a}}]' },
    'disks[1].format: an ISO image is raw; leave it out',
  ],
  [
    'two seeds in one image',
    { disks: '[{file: /a.raw}, {cloudInit: {userData: a}}, {cloudInit: {userData: b}}]' },
    'disks[2].cloudInit: "/var/lib/libvirt/images/web1-seed.iso" is already used by disks[1].cloudInit; give each its own',
  ],
];

const CHANNELS: [string, Record<string, string>, string][] = [
  [
    'five serial ports',
    { serials: '[{pty: true}, {pty: true}, {pty: true}, {pty: true}, {pty: true}]' },
    'serials: has 5, and a PC has four serial ports; give at most 4',
  ],
  [
    'a disk on sata that is read-only',
    { disks: '[{file: /a.raw, bus: sata, readonly: true}]' },
    'disks[0].readonly: a disk on the sata bus cannot be read-only; give bus virtio, or device cdrom',
  ],
];

const NICS: [string, Record<string, string>, string][] = [
  [
    'a ring of 300',
    { interfaces: '[{type: vhost-user, rxQueueSize: 300}]' },
    'interfaces[0].rxQueueSize: got 300; give 256, 512 or 1024',
  ],
  [
    'a ring of 2048',
    { interfaces: '[{type: vhost-user, txQueueSize: 2048}]' },
    'interfaces[0].txQueueSize: got 2048; give 256, 512 or 1024',
  ],
  [
    'a small MTU',
    { interfaces: '[{type: vhost-user, mtu: 67}]' },
    'interfaces[0].mtu: got 67; give a whole number of bytes, 68 to 65535',
  ],
  [
    'a large MTU',
    { interfaces: '[{type: vhost-user, mtu: 65536}]' },
    'interfaces[0].mtu: got 65536; give a whole number of bytes, 68 to 65535',
  ],
  [
    'offloads, yes',
    { interfaces: '[{type: vhost-user, offloads: true}]' },
    'interfaces[0].offloads: got true; give false or a mapping of host and guest',
  ],
  [
    'an unknown offload',
    { interfaces: '[{type: vhost-user, offloads: {guest: {gso: true}}}]' },
    'interfaces[0].offloads.guest: unknown key "gso"; known here: csum, tso4, tso6, ecn, ufo',
  ],
  [
    'a server that dials again',
    { interfaces: '[{type: vhost-user, listener: qemu, reconnect: 1}]' },
    'interfaces[0].reconnect: QEMU listens, so the switch dials again, not QEMU; leave it out, or give listener: switch',
  ],
  [
    'reconnect after no time',
    { interfaces: '[{type: vhost-user, listener: switch, reconnect: 0}]' },
    'interfaces[0].reconnect: got 0; give a whole number of seconds, 1 to 3600',
  ],
  [
    'VLAN 0',
    { interfaces: '[{type: vhost-user, vlan: 0}]' },
    'interfaces[0].vlan: got 0; give a VLAN, 1 to 4094',
  ],
  [
    'VLAN 4095',
    { interfaces: "[{type: vf, address: '0000:01:10.0', vlan: 4095}]" },
    'interfaces[0].vlan: got 4095; give a VLAN, 1 to 4094',
  ],
  [
    'a VLAN, and a network that says it',
    { interfaces: '[{type: vhost-user, vlan: 5, network: lan}]' },
    'interfaces[0].vlan: the VLAN is that of network "lan"; give one of vlan and network',
  ],
  [
    'a name that no network of the switch can have',
    { interfaces: '[{type: vhost-user, network: a/b}]' },
    'interfaces[0].network: got "a/b"; give the name of one of the switch\'s networks: 1 to 59 letters, digits or . _ -, the first a letter or digit',
  ],
  [
    'a name that is too long for one',
    { interfaces: `[{type: vhost-user, network: ${'n'.repeat(60)}}]` },
    `interfaces[0].network: got "${'n'.repeat(60)}"; give the name of one of the switch's networks: 1 to 59 letters, digits or . _ -, the first a letter or digit`,
  ],
  [
    'a network that is a number',
    { interfaces: '[{type: vhost-user, network: 5}]' },
    "interfaces[0].network: got 5; give the name of one of the switch's networks: 1 to 59 letters, digits or . _ -, the first a letter or digit",
  ],
  [
    'a network of the switch on a bridge',
    { interfaces: '[{type: bridge, bridge: br0, network: lan}]' },
    'interfaces[0]: unknown key "network"; known here: type, mac, team, guestAddress, queues, rxQueueSize, txQueueSize, mtu, packed, offloads, bridge',
  ],
  [
    'a VLAN on a bridge',
    { interfaces: '[{type: bridge, bridge: br0, vlan: 1}]' },
    'interfaces[0]: unknown key "vlan"; known here: type, mac, team, guestAddress, queues, rxQueueSize, txQueueSize, mtu, packed, offloads, bridge',
  ],
  [
    'no addresses at all',
    { interfaces: '[{type: vhost-user, addressLimit: 0}]' },
    'interfaces[0].addressLimit: got 0; give a whole number of addresses, 1 to 65536',
  ],
  [
    'a negative flood limit',
    { interfaces: '[{type: vhost-user, floodLimit: -1}]' },
    'interfaces[0].floodLimit: is negative (-1); give a whole number of frames a second, 1 to 100000000',
  ],
  [
    'a VLAN mode of devices',
    { interfaces: '[{type: vhost-user, vlanMode: per-guest}]' },
    'interfaces[0].vlanMode: got "per-guest"; give access, trunk, native-tagged, native-untagged or transparent',
  ],
  [
    'trunks that are no list',
    { interfaces: '[{type: vhost-user, vlanMode: trunk, trunks: 20-10}]' },
    'interfaces[0].trunks: "20-10" is no list of VLANs; give VLANs 1 to 4094 and ranges of them, such as 10,20-29',
  ],
  [
    'trunks with a VLAN that there is not',
    { interfaces: '[{type: vhost-user, vlanMode: trunk, trunks: 4095}]' },
    'interfaces[0].trunks: "4095" is no list of VLANs; give VLANs 1 to 4094 and ranges of them, such as 10,20-29',
  ],
  [
    'trunks without a trunk',
    { interfaces: '[{type: vhost-user, trunks: 10}]' },
    'interfaces[0].trunks: a port that is access carries no trunk; leave it out, or choose trunk, native-tagged or native-untagged',
  ],
  [
    'a trunk with a VLAN',
    { interfaces: '[{type: vhost-user, vlanMode: trunk, vlan: 10}]' },
    'interfaces[0].vlan: a trunk has no VLAN for frames without a tag; leave it out, or choose native-tagged or native-untagged',
  ],
  [
    'a native VLAN that is missing',
    { interfaces: '[{type: vhost-user, vlanMode: native-tagged}]' },
    'interfaces[0].vlan: native-tagged needs the VLAN that frames without a tag are in; give it, or choose trunk',
  ],
  [
    'a trunk in a network',
    { interfaces: '[{type: vhost-user, vlanMode: trunk, network: lan}]' },
    'interfaces[0].vlanMode: a port in a network is in one VLAN, not trunk; leave it out, or the network',
  ],
  [
    'isolation as text',
    { interfaces: "[{type: vhost-user, isolated: 'yes'}]" },
    'interfaces[0].isolated: got "yes"; give true or false',
  ],
  [
    'a link with another word',
    { interfaces: '[{type: vhost-user, link: down}]' },
    'interfaces[0].link: got "down"; give auto, enable or disable',
  ],
  [
    'a limit of nothing',
    { interfaces: '[{type: vhost-user, bandwidth: {inbound: {average: 0}}}]' },
    'interfaces[0].bandwidth.inbound.average: got 0; give a whole number of KiB a second, 1 to 12500000',
  ],
  [
    'a limit without an average',
    { interfaces: '[{type: vhost-user, bandwidth: {outbound: {peak: 5}}}]' },
    'interfaces[0].bandwidth.outbound.average: is missing; give a whole number of KiB a second, 1 to 12500000',
  ],
  [
    'a floor',
    { interfaces: '[{type: vhost-user, bandwidth: {inbound: {average: 5, floor: 1}}}]' },
    'interfaces[0].bandwidth.inbound: unknown key "floor"; known here: average, peak, burst',
  ],
  [
    'no guards',
    { interfaces: '[{type: vhost-user, guards: []}]' },
    'interfaces[0].guards: got a list; give at least one guard, or leave it out',
  ],
  [
    'a guard that there is not',
    { interfaces: '[{type: vhost-user, guards: [ipv5]}]' },
    'interfaces[0].guards[0]: got "ipv5"; give ipv4, ipv6, arp, servers or others',
  ],
  [
    'guards as text',
    { interfaces: '[{type: vhost-user, guards: arp}]' },
    'interfaces[0].guards: got "arp"; give a list',
  ],
  [
    'an address with a prefix',
    { interfaces: '[{type: vhost-user, ipAddresses: [10.0.0.5/24]}]' },
    'interfaces[0].ipAddresses: "10.0.0.5/24" is no list of addresses of hosts; give a list of 1 to 16 unicast addresses of IPv4 and IPv6',
  ],
  [
    'no addresses',
    { interfaces: '[{type: vhost-user, ipAddresses: []}]' },
    'interfaces[0].ipAddresses: "" is no list of addresses of hosts; give a list of 1 to 16 unicast addresses of IPv4 and IPv6',
  ],
  [
    'a multicast server',
    { interfaces: '[{type: vhost-user, dhcpServers: [10.0.0.1, 224.0.0.1]}]' },
    'interfaces[0].dhcpServers: "10.0.0.1,224.0.0.1" is no list of addresses of hosts; give a list of 1 to 16 unicast addresses of IPv4 and IPv6',
  ],
  [
    'learning in another way',
    { interfaces: '[{type: vhost-user, guards: [arp], addressLearning: arp}]' },
    'interfaces[0].addressLearning: got "arp"; give none, dhcp or any',
  ],
  [
    'learning for nobody',
    { interfaces: '[{type: vhost-user, guards: [ipv6], addressLearning: dhcp}]' },
    'interfaces[0].addressLearning: no guard asks for addresses of IPv4, so none is learnt; leave it out, or add the guard ipv4 or arp',
  ],
  [
    'a VF of nothing',
    { interfaces: '[{type: vf}]' },
    'interfaces[0]: has none of address, pf; give exactly one of address, pf',
  ],
  [
    'a VF twice over',
    { interfaces: "[{type: vf, address: '0000:01:10.0', pf: a, index: 0}]" },
    'interfaces[0]: has address and pf; give exactly one of address, pf',
  ],
  [
    'a VF without its number',
    { interfaces: '[{type: vf, pf: ens1f0}]' },
    'interfaces[0].index: is missing; give pf and index together, such as pf: ens1f0, index: 0',
  ],
  [
    'a VF without its PF',
    { interfaces: "[{type: vf, address: '0000:01:10.0', index: 0}]" },
    'interfaces[0].pf: is missing; give pf and index together, such as pf: ens1f0, index: 0',
  ],
  [
    'a VF of a PF with a slash',
    { interfaces: '[{type: vf, pf: ../x, index: 0}]' },
    'interfaces[0].pf: got "../x"; give the name of a network device, such as ens1f0',
  ],
  [
    'a VF with an address of two parts',
    { interfaces: "[{type: vf, address: '10.0'}]" },
    'interfaces[0].address: got "10.0"; give a PCI address such as 0000:3b:02.1',
  ],
  [
    'a VF in slot 32',
    { interfaces: "[{type: vf, address: '0000:01:20.0'}]" },
    'interfaces[0].address: got "0000:01:20.0"; give a PCI address such as 0000:3b:02.1',
  ],
  [
    'a VF with markup',
    { interfaces: '[{type: vf, address: "0000:01:10.0\'/><a"}]' },
    'interfaces[0].address: got "0000:01:10.0\'/><a"; give a PCI address such as 0000:3b:02.1',
  ],
  [
    'one VF for two NICs',
    { interfaces: "[{type: vf, address: '0000:01:1A.0'}, {type: vf, address: '0000:01:1a.0'}]" },
    'interfaces[1].address: "0000:01:1a.0" is already used by interfaces[0].address; give each its own',
  ],
  [
    'a VF with queues',
    { interfaces: "[{type: vf, address: '0000:01:10.0', queues: 2}]" },
    'interfaces[0]: unknown key "queues"; known here: type, mac, team, guestAddress, vlan, address, pf, index',
  ],
  [
    'a pool without a network',
    { interfaces: '[{type: vf-pool}]' },
    "interfaces[0].network: is missing; give the name of one of libvirt's networks, such as default",
  ],
  [
    'a team of one',
    { interfaces: '[{type: vhost-user, team: a}]' },
    'interfaces[0].team: team "a": virtio NICs: 1, VFs: 0; give it one of each',
  ],
  [
    'a team of two VFs',
    { interfaces: '[{type: vf-pool, network: n, team: a}, {type: vf-pool, network: n, team: a}]' },
    'interfaces[1].team: team "a": virtio NICs: 0, VFs: 2; give it one of each',
  ],
  [
    'a team of three',
    {
      interfaces:
        '[{type: vhost-user, team: a}, {type: vf-pool, network: n, team: a}, {type: vhost-user, team: a}]',
    },
    'interfaces[2].team: team "a": virtio NICs: 2, VFs: 1; give it one of each',
  ],
  [
    'a team with two addresses',
    {
      interfaces:
        '[{type: vhost-user, team: a}, {type: vf-pool, network: n, team: a, mac: 52:54:00:00:00:01}]',
    },
    'interfaces[1].team: the two of team "a" have different addresses; leave mac out of the VF',
  ],
  [
    'a team with a blank',
    { interfaces: "[{type: vhost-user, team: 'a b'}]" },
    'interfaces[0].team: got "a b"; give 1 to 32 of A-Z a-z 0-9 _ -',
  ],
  [
    'an agent on a relative socket',
    { agent: '{socket: a.sock}' },
    'agent.socket: "a.sock" is not absolute; give a path that begins with /',
  ],
  [
    "an agent on a NIC's socket",
    {
      agent: '{socket: /run/vmlane/guests/a.sock}',
      interfaces: '[{type: vhost-user, socket: /run/vmlane/guests/a.sock}]',
    },
    'agent.socket: "/run/vmlane/guests/a.sock" is already used by interfaces[0].socket; give each its own',
  ],
  ['a console as text', { virtioConsole: 'hvc0' }, 'virtioConsole: got "hvc0"; give true or false'],
];

describe.each([
  ['guest, memory and CPUs', MACHINE],
  ['firmware, boot and disks', DISKS],
  ['interfaces and channels', NICS],
  ["what libvirt's drivers refuse", CHANNELS],
] as const)('%s', (_, rows) => {
  test.each(rows)('%s', (_name, changes, message) => {
    expect(refusal(spec(changes))).toBe(`s.yaml: ${message}`);
  });
});
