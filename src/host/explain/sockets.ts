import { OTHER_ADDRESSES } from '../../values/own-address.js';
import type { Row } from './row.js';

export const SOCKETS: readonly Row[] = [
  {
    name: 'ring-restore',
    text: /vhost VQ \d+ ring restore failed/i,
    cause:
      "the switch went away under a running guest; where QEMU listens (mode='server') it dials again, and this does no harm; where QEMU dials, nobody does without <reconnect>",
    remedy:
      "let QEMU dial again: <reconnect enabled='yes' timeout='1'/> in the <source> of the domain's interface, and the guest survives the switch's restart",
    source: 'QEMU, vhost',
  },
  {
    name: 'connection-refused',
    text: /Failed to connect to '[^']{0,300}': Connection refused|^\W*Connection refused\W*$/i,
    cause: 'the socket is a file that a switch left behind: nobody listens on it',
    remedy:
      "start the switch; with <reconnect enabled='yes' timeout='1'/> in the <source> of the domain's interface, its restarts do no harm to running guests",
    source: 'QEMU, chardev',
  },
  {
    name: 'waiting',
    text: /QEMU waiting for connection on: disconnected:unix:/i,
    cause: 'QEMU listens and waits for the switch to dial, and the start hangs until it does',
    remedy:
      "give the switch the port: 'vmlane switch add NAME --path PATH'; 'vmlane hook install' does it for all guests",
    source: 'QEMU, chardev with server=on',
  },
  {
    name: 'too-many-queues',
    text: /asking more queues than supported/i,
    cause: "the guest's NIC has more queue pairs than the switch lets a guest have",
    remedy: "give the NIC fewer, or: 'vmlane switch set --queue-limit N'",
    source: 'QEMU, vhost-user',
  },
  {
    name: 'hung-up',
    text: /Failed to read msg header|Failed to set msg fds|Failed to write msg\. Wrote/i,
    cause: 'the switch ended the connection, or ended itself, while QEMU set the NIC up',
    remedy:
      "see the reason in the switch's log, beside its control socket or in its journal; 'vmlane switch ports' shows whether it runs",
    source: 'QEMU, vhost-user',
  },
  {
    name: 'migrated-features',
    text: /Features 0x[\da-f]{1,16} unsupported\. Allowed features/i,
    cause: 'the guest uses offloads of its NIC that the switch, or QEMU, over there does not offer',
    remedy:
      "start both switches with the same --tx-csum, --tso and --mergeable: 'vmlane switch info' shows them",
    source: 'QEMU, at a live migration or restore',
  },
  {
    name: 'no-dirty-log',
    text: /vhost-user backend lacks VHOST_USER_PROTOCOL_F_LOG_SHMFD/i,
    cause:
      'what is behind the socket cannot follow the changes of memory that a live migration needs',
    remedy: "connect the NIC to vmlane's switch, which can, or shut the guest down to move it",
    source: 'QEMU, vhost-user',
  },
  {
    name: 'vhost-only',
    text: /\bVhost is not supported\b/,
    cause:
      'a filter of QEMU (filter-dump, filter-mirror, filter-redirector) is on a NIC whose frames QEMU does not see',
    remedy:
      "take the filter out of <qemu:commandline>; 'vmlane switch capture PORT -w FILE' records a port",
    source: 'QEMU, net/filter.c',
  },
  {
    name: 'iommu-platform',
    text: /iommu_platform=true is not supported by the device/i,
    cause: "the NIC is to go through the guest's IOMMU, which the switch does not offer",
    remedy:
      "take iommu='on' and ats='on' out of the <driver> of the interface (iommu_platform=on out of its -device)",
    source: 'QEMU, virtio',
  },
  {
    name: 'registered-mac',
    text: /device is using a registered MAC/i,
    cause: 'two guests have the same MAC address',
    remedy: 'give one of them another MAC address',
    source: "DPDK's vhost sample; vmlane's switch counts a move",
  },
  {
    name: 'not-its-mac',
    text: /\bspoofed["\s:=]{1,4}\d|\(spoofed\)/,
    cause:
      "the guest sends from another address than its NIC's MAC, which its port does not let in",
    remedy: OTHER_ADDRESSES,
    source: "vmlane's switch, counter of a port",
  },
  {
    name: 'address-held',
    text: /address [\da-f:]{17} is in use elsewhere|\baddress_held\b/i,
    cause:
      "the guest sends from an address that is another port's own, or that was not silent there for `hold` seconds",
    remedy:
      "see who has it: 'vmlane switch fdb'; give no address twice; what moves between guests may set 'vmlane switch set --hold' lower",
    source: "vmlane's switch, log and counter of a port",
  },
  {
    name: 'no-traffic',
    text: /\bno (VM-to-VM|VM to VM|guest-to-guest|guest to guest) traffic/i,
    cause: 'two NICs share one socket, or the memory of a guest is private',
    remedy:
      "'vmlane host check --only guests' names both of the guests that run, 'vmlane domain validate' of those that do not",
    source: 'seen with QEMU 7.2',
  },
];
