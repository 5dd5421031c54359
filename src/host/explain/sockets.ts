import { OTHER_ADDRESSES } from '../../values/own-address.js';
import type { Row } from './row.js';

export const SOCKETS: readonly Row[] = [
  {
    name: 'ring-restore',
    text: /vhost VQ \d+ ring restore failed/i,
    cause: 'the switch went away under a running guest and made the socket: nobody dials again',
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
