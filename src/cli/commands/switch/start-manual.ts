import { DEFAULT_CONTROL_SOCKET } from '../../../contract/bounds.js';
import { filesBeside } from '../../../switch/beside.js';
import { SWITCH_SETTINGS_FILE } from '../../../switch/settings-file.js';

const { log, state } = filesBeside(DEFAULT_CONTROL_SOCKET);

/** What the manual says of `vmlane switch start`. */
export const manual = `
Starts vhost-switch in the background and waits until it answers. As a service it is better started by systemd:
'vmlane host setup --switch' makes that unit. If a switch runs already, its options are compared: the same ones are
fine, different ones are refused and named.

  vmlane switch start --cpus 3
  vmlane switch stop

SETTINGS

Options that are to hold at every start are in ${SWITCH_SETTINGS_FILE}, under the same names; options on the command line
win. 'vmlane switch settings' shows and changes that file. It is for the switch on the default control socket.

PROCESSORS

Each processor of --cpus forwards. With nothing to do it waits for guests' kicks, unless it is isolated (isolcpus, nohz_full), where
it polls; --idle-wait says otherwise. A processor of their own is worth most to guests that are busy. Ports are spread over
processors, and may be pinned ('vmlane switch set', --pin) or balanced (--balance 1).

MEMORY

Huge pages if enough are free, else ordinary ones, which the switch says; vmlane-memory(7).

DEVICES

--device NAME=DEVICE makes a port of a device that the switch opens while it still has the right to: a NIC on vfio-pci by its PCI
address, net_af_xdp0,iface=NAME or net_af_packet0,iface=NAME for an interface of the kernel, a bond of these. --uplink is a
device with a tag per guest. --relay is a relay that is there from the start.

RIGHTS

Started by root, the switch becomes the account vmlane where the host has it, and keeps no right. Who may ask it what:
--look-group, --change-group, --admin-group; vmlane-security(7).

OFFLOADS

With --tso, guests exchange frames of up to 64 KiB, and neither side computes checksums; --tx-csum does the latter
alone. Add --mergeable, so that guests need no buffers of 64 KiB. --mergeable alone lets frames and MTUs be larger than
1500 bytes.

RESTART

Ports are kept in ${state} and restored with their settings; guests run on and reconnect. The log
is ${log}, or with --foreground the terminal.

SEVERAL SWITCHES

Each has its own --control-socket, after which its log and folder are called, and processors of its own.
`;
