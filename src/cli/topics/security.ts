import { DEFAULT_CONTROL_SOCKET } from '../../contract/bounds.js';
import { GUEST_FOLDER } from '../../values/socket-path.js';

/** `vmlane help security` */
export const text = `
WHO MAY DO WHAT

The switch asks the kernel who is at its control socket, ${DEFAULT_CONTROL_SOCKET}. Root and the switch's own
user may do everything, and nobody else anything, unless groups are named when it starts:

- --look-group: its members may list ports, addresses and counters, trace, and watch what happens.
- --change-group: also add, change and remove ports. Who may do that can put a guest into any VLAN, so do not name
QEMU's group.
- --admin-group: everything, with settings of the switch and captures of frames.

  vmlane switch settings set look-group=adm

Commands that change the host ('vmlane host setup', 'vmlane sriov set', 'vmlane network add') need root.

WHAT A GUEST CANNOT DO

- send in another's name: a guest may send from its NIC's MAC only, and nobody else from that. What forwards for
others (a bridge, VRRP) needs pinned: false in its spec, or trustGuestRxFilters='yes' in its interface.
- reach another VLAN: its port says which VLANs it is in ('vmlane help vlans').
- use up the switch: addresses, flooded frames, messages, memory and log lines of a port have limits.
- take another guest's port: sockets are in a folder for each guest below ${GUEST_FOLDER}, and where
AppArmor or SELinux confines QEMU, a port that libvirt's hook has added is for that guest's QEMU only.

Guards of a port stop forged IP addresses and servers, as libvirt's network filters do: --guards of
'vmlane switch set'. The domain's filters, such as clean-traffic, become guards by themselves.

THE SWITCH ITSELF

Where the host has the account vmlane, which 'vmlane host setup' makes, a running switch is that account, without any
capability, in a cage of system calls and files. It cannot open a device any more: those that need rights are opened
at its start.

SECURITY.md in the package has all attackers, what stops each, and which test shows it.
`;
