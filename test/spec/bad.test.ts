import { describe, expect, test } from 'vitest';
import { parseSpec } from '../../src/spec/index.js';
import { refusal, spec } from './refusal.js';

const SIZE = 'give a size with its unit, such as 256MiB or 4GiB';
const MAC = 'give six octets, such as 52:54:00:12:34:56';
const NAME = 'give 1 to 63 of A-Z a-z 0-9 _ . -, the first a letter or digit';
const TWO = '/run/vmlane/guests/a.sock';
const LONG = `/run/${'x'.repeat(103)}`;

// What is wrong, the lines, the message after "s.yaml: ".
const VALUES: [string, Record<string, string>, string][] = [
  ['a misspelt key', { memroy: '4GiB' }, 'unknown key "memroy"; did you mean "memory"?'],
  [
    'a key of nothing we know',
    { launchSecurity: 'sev' },
    'unknown key "launchSecurity"; known here: name, uuid, title, memory, vcpus, accel, machine, cpu, numa, nvdimms, iothreads, pinning, cputune, emulator, firmware, boot, bootFrom, features, clock, events, autostart, disks, interfaces, serials, virtioConsole, agent, graphics, video, tablet, tpm, watchdog, filesystems, hostdevs',
  ],
  [
    '__proto__',
    { __proto: '1', constructor: '{a: 1}' },
    'unknown key "__proto"; known here: name, uuid, title, memory, vcpus, accel, machine, cpu, numa, nvdimms, iothreads, pinning, cputune, emulator, firmware, boot, bootFrom, features, clock, events, autostart, disks, interfaces, serials, virtioConsole, agent, graphics, video, tablet, tpm, watchdog, filesystems, hostdevs (and 1 more problem in this file)',
  ],
  [
    'a misspelt key deep down',
    { interfaces: '[{type: vhost-user, queus: 2}]' },
    'interfaces[0]: unknown key "queus"; did you mean "queues"?',
  ],
  [
    "a key of another interface's type",
    { interfaces: '[{type: bridge, bridge: br0, socket: /a}]' },
    'interfaces[0]: unknown key "socket"; known here: type, mac, team, guestAddress, queues, rxQueueSize, txQueueSize, mtu, packed, offloads, bridge',
  ],
  [
    'a relay without its MAC, and no host to ask',
    { interfaces: "[{type: relay, relay: '3'}]" },
    "interfaces[0].mac: is that of the relay's VF, and there is no host to ask; give it",
  ],
  [
    'a relay without a name',
    { interfaces: '[{type: relay, mac: 52:54:00:00:00:01}]' },
    'interfaces[0].relay: is missing; give the name of a relay, such as "3": 1 to 63 letters, digits or . _ : -, the first a letter or digit',
  ],
  [
    'a relay with a name that is none',
    { interfaces: "[{type: relay, relay: 'a/b', mac: 52:54:00:00:00:01}]" },
    'interfaces[0].relay: got "a/b"; give the name of a relay, such as "3": 1 to 63 letters, digits or . _ : -, the first a letter or digit',
  ],
  [
    'a relay in a VLAN',
    { interfaces: "[{type: relay, relay: '3', mac: 52:54:00:00:00:01, vlan: 7}]" },
    'interfaces[0]: unknown key "vlan"; known here: type, mac, team, guestAddress, queues, rxQueueSize, txQueueSize, mtu, packed, offloads, relay, socket, listener, reconnect',
  ],
  ['no name', { name: '-' }, `name: is missing; ${NAME}`],
  ['a name that is empty', { name: '' }, `name: is empty; ${NAME}`],
  ['a name that is a number', { name: '7' }, `name: got 7; ${NAME}`],
  ['a name with a slash', { name: '../x' }, `name: got "../x"; ${NAME}`],
  ['a name with markup', { name: 'a<b' }, `name: got "a<b"; ${NAME}`],
  ['a name with a newline', { name: '"a\\nb"' }, `name: got "a\\nb"; ${NAME}`],
  ['a long name', { name: 'n'.repeat(64) }, `name: got "${'n'.repeat(57)}..."; ${NAME}`],
  ['a bad UUID', { uuid: 'abc' }, 'uuid: got "abc"; give a UUID, or leave it out'],
  ['no memory', { memory: '-' }, `memory: is missing; ${SIZE}`],
  ['negative memory', { memory: '-1' }, `memory: is negative (-1); ${SIZE}`],
  ['negative memory with a unit', { memory: '-4GiB' }, `memory: got "-4GiB"; ${SIZE}`],
  ['memory without a unit', { memory: '4096' }, `memory: got 4096; ${SIZE}`],
  ['memory in decimal units', { memory: '4GB' }, `memory: got "4GB"; ${SIZE}`],
  ['a fraction of memory', { memory: '1.5GiB' }, `memory: got "1.5GiB"; ${SIZE}`],
  ['no memory at all', { memory: '0MiB' }, `memory: is zero; ${SIZE}`],
  [
    'more memory than there can be',
    { memory: '99999999999TiB' },
    'memory: is more than x86 can address; give less than 4096TiB',
  ],
  ['memory as a list', { memory: '[4GiB]' }, `memory: got a list; ${SIZE}`],
  ['memory without its size', { memory: '{hugepages: 1GiB}' }, `memory.size: is missing; ${SIZE}`],
  [
    'a misspelt key of the memory',
    { memory: '{size: 4GiB, hugepage: 1GiB}' },
    'memory: unknown key "hugepage"; did you mean "hugepages"?',
  ],
  [
    'two mistakes in the memory',
    { memory: '{hugepage: 1GiB}' },
    'memory: unknown key "hugepage"; did you mean "hugepages"? (and 1 more problem in this file)',
  ],
  [
    'huge pages of a size that x86 has not',
    { memory: '{size: 4GiB, hugepages: 4MiB}' },
    'memory.hugepages: got "4MiB"; give 1GiB, 2MiB or false',
  ],
  [
    'huge pages, yes',
    { memory: '{size: 4GiB, hugepages: true}' },
    'memory.hugepages: got true; give 1GiB, 2MiB or false',
  ],
  [
    'half a huge page',
    { memory: '{size: 1536MiB, hugepages: 1GiB}' },
    "memory.size: 1536MiB is not a multiple of the huge pages' 1GiB; give a multiple of 1GiB",
  ],
  [
    'half a small huge page',
    { memory: '{size: 3MiB, hugepages: 2MiB}' },
    "memory.size: 3MiB is not a multiple of the huge pages' 2MiB; give a multiple of 2MiB",
  ],
  ['no CPU', { vcpus: '0' }, 'vcpus: got 0; give a whole number of virtual CPUs, 1 to 255'],
  ['half a CPU', { vcpus: '1.5' }, 'vcpus: got 1.5; give a whole number of virtual CPUs, 1 to 255'],
  [
    'CPUs as text',
    { vcpus: '"2"' },
    'vcpus: got "2"; give a whole number of virtual CPUs, 1 to 255',
  ],
  ['an unknown accelerator', { accel: 'xen' }, 'accel: got "xen"; give kvm or tcg'],
  [
    "the host's CPU without KVM",
    { accel: 'tcg', cpu: 'host' },
    "cpu: the host's CPU cannot be given to a guest that QEMU emulates; leave cpu out, or use accel: kvm",
  ],
  [
    'a machine with options',
    { machine: '"q35,accel=kvm"' },
    'machine: got "q35,accel=kvm"; give a machine type of QEMU, such as q35',
  ],
  [
    'a relative emulator',
    { emulator: 'qemu' },
    'emulator: "qemu" is not absolute; give a path that begins with /',
  ],
  ['an unknown firmware', { firmware: 'coreboot' }, 'firmware: got "coreboot"; give bios or uefi'],
  [
    'boot as text',
    { boot: '/vmlinuz' },
    'boot: got "/vmlinuz"; give a mapping of: kernel, initrd, cmdline',
  ],
  [
    'boot without a kernel',
    { boot: '{cmdline: quiet}' },
    'boot.kernel: is missing; give an absolute path',
  ],
  [
    'a path that climbs',
    { boot: '{kernel: /srv/../etc/x}' },
    'boot.kernel: "/srv/../etc/x" is not normalised; write "/etc/x"',
  ],
  [
    'a path with a slash at its end',
    { boot: '{kernel: /srv/x/}' },
    'boot.kernel: "/srv/x/" is not normalised; write "/srv/x"',
  ],
  ['the root folder', { boot: '{kernel: /}' }, 'boot.kernel: names the root folder; name a file'],
  [
    'an empty path',
    { boot: '{kernel: ""}' },
    'boot.kernel: is empty; give a path that begins with /',
  ],
  [
    'a path with an escape sequence',
    { boot: '{kernel: "/a\\e[31m"}' },
    'boot.kernel: holds a control character; remove it',
  ],
  [
    'a path with half a character',
    { boot: '{kernel: "/a\\ud800"}' },
    'boot.kernel: holds a control character; remove it',
  ],
  [
    'a path of 5,000 bytes',
    { boot: `{kernel: /${'k'.repeat(4999)}}` },
    'boot.kernel: is 5000 bytes long; give a path of at most 4095 bytes',
  ],
  [
    'a command line of two lines',
    { boot: '{kernel: /k, cmdline: "a\\nb"}' },
    'boot.cmdline: holds a control character; write it on one line',
  ],
  [
    'a command line that Linux cuts',
    { boot: `{kernel: /k, cmdline: ${'c'.repeat(2048)}}` },
    'boot.cmdline: is 2048 bytes long; keep it to 2047 bytes',
  ],
  [
    'nothing to boot from',
    { disks: '[]' },
    'the guest has nothing to boot from; add disks or boot.kernel',
  ],
  ['disks as a mapping', { disks: '{file: /a.raw}' }, 'disks: got a mapping; give a list'],
  [
    'a disk of nothing',
    { disks: '[{format: raw}]' },
    'disks[0]: has none of file, block, cloudInit, network, volume; give exactly one of file, block, cloudInit, network, volume',
  ],
  [
    'a disk of two things',
    { disks: '[{file: /a.raw, block: /dev/b}]' },
    'disks[0]: has file and block; give exactly one of file, block, cloudInit, network, volume',
  ],
  [
    'a disk of unclear format',
    { disks: '[{file: /a.disk}]' },
    'disks[0].format: is not clear from "/a.disk"; give qcow2 or raw',
  ],
  [
    'an unknown format',
    { disks: '[{file: /a.raw, format: vmdk}]' },
    'disks[0].format: got "vmdk"; give qcow2 or raw',
  ],
  [
    'a target of another bus',
    { disks: '[{file: /a.raw, target: sda}]' },
    'disks[0].target: "sda" is not a name on the virtio bus; give a name such as vda',
  ],
  [
    'two disks with one target',
    { disks: '[{file: /a.raw, target: vdb}, {file: /b.raw, target: vdb}]' },
    'disks[1].target: "vdb" is already used by disks[0].target; give each its own',
  ],
  [
    'two disks in one file',
    { disks: '[{file: /a.raw}, {file: /a.raw}]' },
    'disks[1].file: "/a.raw" is already used by disks[0].file; give each its own',
  ],
  [
    'readonly as text',
    { disks: '[{file: /a.raw, readonly: "yes"}]' },
    'disks[0].readonly: got "yes"; give true or false',
  ],
  [
    'an interface without a type',
    { interfaces: '[{bridge: br0}]' },
    'interfaces[0].type: is missing; give vhost-user, relay, bridge, network, vf or vf-pool',
  ],
  [
    'an unknown interface',
    { interfaces: '[{type: vhostuser}]' },
    'interfaces[0].type: got "vhostuser"; give vhost-user, relay, bridge, network, vf or vf-pool',
  ],
  [
    'an interface that is text',
    { interfaces: '[br0]' },
    'interfaces[0]: got "br0"; give a mapping of: type, mac, queues, …',
  ],
  [
    'two NICs on one socket',
    { interfaces: `[{type: vhost-user, socket: ${TWO}}, {type: vhost-user, socket: ${TWO}}]` },
    `interfaces[1].socket: "${TWO}" is already used by interfaces[0].socket; give each its own`,
  ],
  [
    'a NIC and a serial port on one socket',
    {
      interfaces: `[{type: vhost-user, socket: ${TWO}}]`,
      serials: `[{pty: true}, {socket: ${TWO}}]`,
    },
    `serials[1].socket: "${TWO}" is already used by interfaces[0].socket; give each its own`,
  ],
  [
    'a socket path of 108 bytes',
    { interfaces: `[{type: vhost-user, socket: ${LONG}}]` },
    'interfaces[0].socket: is 108 bytes long; give a path of at most 107 bytes',
  ],
  [
    'a socket path of 108 bytes in 60 characters',
    { interfaces: `[{type: vhost-user, socket: /${'é'.repeat(53)}xx}]` },
    'interfaces[0].socket: is 109 bytes long; give a path of at most 107 bytes',
  ],
  [
    'an unknown listener',
    { interfaces: '[{type: vhost-user, listener: guest}]' },
    'interfaces[0].listener: got "guest"; give qemu or switch',
  ],
  [
    'both names of a key',
    { interfaces: '[{type: vhost-user, listener: qemu, mode: server}]' },
    'interfaces[0].mode: is the old name of listener, which is there, too; leave it out',
  ],
  [
    'no queues',
    { interfaces: '[{type: vhost-user, queues: 0}]' },
    'interfaces[0].queues: got 0; give a whole number of queue pairs, 1 to 128',
  ],
  [
    'too many queues',
    { interfaces: '[{type: vhost-user, queues: 129}]' },
    'interfaces[0].queues: got 129; give a whole number of queue pairs, 1 to 128',
  ],
  [
    'a short MAC',
    { interfaces: '[{type: vhost-user}, {type: vhost-user, mac: "52:54:00"}]' },
    `interfaces[1].mac: got "52:54:00"; ${MAC}`,
  ],
  [
    'a MAC with hyphens',
    { interfaces: '[{type: vhost-user, mac: 52-54-00-00-00-01}]' },
    `interfaces[0].mac: got "52-54-00-00-00-01"; ${MAC}`,
  ],
  [
    'a multicast MAC',
    { interfaces: '[{type: vhost-user, mac: 01:00:5e:00:00:01}]' },
    'interfaces[0].mac: "01:00:5e:00:00:01" is a multicast address; make the first octet even, such as 52:54:00:12:34:56',
  ],
  [
    'the broadcast MAC',
    { interfaces: '[{type: vhost-user, mac: ff:ff:ff:ff:ff:ff}]' },
    'interfaces[0].mac: "ff:ff:ff:ff:ff:ff" is a multicast address; make the first octet even, such as 52:54:00:12:34:56',
  ],
  [
    'a MAC of zeros',
    { interfaces: '[{type: vhost-user, mac: 00:00:00:00:00:00}]' },
    'interfaces[0].mac: is all zero; leave it out to get one made from the name',
  ],
  [
    "a tap's MAC",
    { interfaces: '[{type: bridge, bridge: br0, mac: FE:54:00:00:00:01}]' },
    'interfaces[0].mac: "fe:54:00:00:00:01" begins with fe, which libvirt keeps for taps; give another first octet, such as 52',
  ],
  [
    'two NICs with one MAC',
    {
      interfaces:
        '[{type: vhost-user, mac: 52:54:00:00:00:0A}, {type: network, network: n, mac: 52:54:00:00:00:0a}]',
    },
    'interfaces[1].mac: "52:54:00:00:00:0a" is already used by interfaces[0].mac; give each its own',
  ],
  [
    'a NIC at no address in the guest',
    { interfaces: '[{type: vhost-user, guestAddress: 0000:00:20.0}]' },
    'interfaces[0].guestAddress: got "0000:00:20.0"; give a PCI address such as 0000:06:00.0',
  ],
  [
    "a NIC at the host bridge's address in the guest",
    { interfaces: "[{type: vhost-user, guestAddress: '00:00.1'}]" },
    'interfaces[0].guestAddress: "0000:00:00.1" is the machine\'s own; give another one, or leave it out',
  ],
  [
    'two NICs with one address in the guest',
    {
      interfaces:
        "[{type: vhost-user, guestAddress: '06:00.0'}, {type: network, network: n, guestAddress: 0000:06:00.0}]",
    },
    'interfaces[1].guestAddress: "0000:06:00.0" is already used by interfaces[0].guestAddress; give each its own',
  ],
  [
    'no bridge',
    { interfaces: '[{type: bridge}]' },
    'interfaces[0].bridge: is missing; give the name of a bridge, such as br0',
  ],
  [
    'a bridge with a long name',
    { interfaces: '[{type: bridge, bridge: br34567890123456}]' },
    'interfaces[0].bridge: got "br34567890123456"; give the name of a bridge, such as br0',
  ],
  [
    'a bridge that is a folder',
    { interfaces: '[{type: bridge, bridge: ..}]' },
    'interfaces[0].bridge: got ".."; give the name of a bridge, such as br0',
  ],
  [
    'a network with a slash',
    { interfaces: '[{type: network, network: a/b}]' },
    `interfaces[0].network: got "a/b"; give the name of one of libvirt's networks, such as default`,
  ],
  [
    'a serial port of two things',
    { serials: '[{file: /a, pty: true}]' },
    'serials[0]: has file and pty; give exactly one of file, socket, pty',
  ],
  [
    'a serial port of nothing',
    { serials: '[{}]' },
    'serials[0]: has none of file, socket, pty; give exactly one of file, socket, pty',
  ],
  ['a terminal, no', { serials: '[{pty: false}]' }, 'serials[0].pty: got false; give true'],
  ['an agent as text', { agent: '"on"' }, 'agent: got "on"; give true or false'],
  [
    'three problems',
    { vcpus: '0', accel: 'xen', memory: '-1' },
    `memory: is negative (-1); ${SIZE} (and 2 more problems in this file)`,
  ],
];

describe('values', () => {
  test('the guest without changes is good', () => expect(refusal(spec({}))).toBe('accepted'));

  test.each(VALUES)('%s', (_, changes, message) => {
    expect(refusal(spec(changes))).toBe(`s.yaml: ${message}`);
  });
});

const KEYS =
  'give a mapping of: name, uuid, title, memory, vcpus, accel, machine, cpu, numa, nvdimms, iothreads, pinning, cputune, emulator, firmware, boot, bootFrom, features, clock, events, autostart, disks, interfaces, serials, virtioConsole, agent, graphics, video, tablet, tpm, watchdog, filesystems, hostdevs';
const bomb = [
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...['b', 'c', 'd', 'e', 'f'].map((key, i) => `${key}: &${key} [${`*${'abcde'[i]},`.repeat(9)}]`),
].join('\n');

// What is wrong, the whole text, the message.
const TEXTS: [string, string, string][] = [
  ['nothing', '', `s.yaml: is empty; ${KEYS}`],
  ['a list', '- a\n', `s.yaml: got a list; ${KEYS}`],
  ['text', 'web1', `s.yaml: got "web1"; ${KEYS}`],
  [
    'a key twice',
    'name: a\nmemory: 1GiB\nname: b\n',
    's.yaml: line 3: the key is there twice; remove one',
  ],
  [
    'a key twice in JSON',
    '{"name": "a",\n "name": "b"}',
    's.yaml: line 2: the key is there twice; remove one',
  ],
  [
    'a bracket that stays open',
    'name: a\ndisks: [\nx',
    's.yaml: line 3: Flow sequence in block collection must be sufficiently indented and end with a ]; write YAML 1.2 or JSON',
  ],
  [
    'a tab as indent',
    'boot:\n\tkernel: /k\n',
    's.yaml: line 2: Tabs are not allowed as indentation; write YAML 1.2 or JSON',
  ],
  [
    'a tag',
    'name: !!js/function x\n',
    's.yaml: line 1: Unresolved tag: tag:yaml.org,2002:js/function; write YAML 1.2 or JSON',
  ],
  [
    'a key that is a mapping',
    '? {a: b}\n: c\n',
    's.yaml: line 1: With stringKeys, all keys must be strings; write YAML 1.2 or JSON',
  ],
  [
    'two documents',
    '--- {name: a}\n--- {name: b}\n',
    's.yaml: line 2: holds several documents; give each guest a file of its own',
  ],
  [
    'an alias of nothing',
    'name: *x\n',
    's.yaml: Unresolved alias (the anchor must be set before the alias): x; write the values out instead of using aliases',
  ],
  [
    'aliases that multiply',
    bomb,
    's.yaml: Excessive alias count indicates a resource exhaustion attack; write the values out instead of using aliases',
  ],
  [
    'an alias of itself',
    'boot: &b\n  kernel: *b\nname: a\nmemory: 1GiB\n',
    's.yaml: boot.kernel: got a mapping; give an absolute path',
  ],
  [
    'lists without end',
    '['.repeat(20_000),
    's.yaml: nests more than 64 levels; three are enough; is this the right file?',
  ],
  [
    'lists without end, in YAML',
    '- '.repeat(20_000),
    's.yaml: nests more than 64 levels; three are enough; is this the right file?',
  ],
  [
    'a very long text',
    `# ${'x'.repeat(300_000)}`,
    's.yaml: has 300002 characters; at most 262144 are read; is this the right file?',
  ],
];

test.each(TEXTS)('%s', (_, text, message) => {
  expect(refusal(text)).toBe(message);
});

test('a message is one line even when the file name is not', () => {
  expect(() => parseSpec('', 'a\n\u001b[31mb')).toThrow(/^a \[31mb: is empty/);
});
