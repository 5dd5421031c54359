import { LIMITS, PORT_NAME, STATIC_PORTS } from '../../contract/bounds.js';
import { GUEST_FOLDER } from '../../values/socket-path.js';

/** `vmlane help ports` */
export const text = `
A port is a place of the switch at which frames come in and go out. A switch has up to ${LIMITS.ports}. A port is
one of three things:

- a guest's: a vhost-user socket, by which QEMU hands the switch the guest's memory and rings. Usually the
switch listens, and QEMU dials; the other way round is listener qemu.
- the host's: an interface of this host, or a network card of its kernel ('vmlane help networks').
- a device: whatever DPDK can open, such as a NIC that is bound to vfio-pci, a veth or a memif.

NAMES AND SOCKETS

A guest's ports are called after it and its NIC: web1.0 is the first NIC of web1, and its socket is

  ${GUEST_FOLDER}/web1/0.sock

Each guest has a folder of its own. A name is up to ${PORT_NAME.max} letters, digits and . _ : - long; names that
begin with ${STATIC_PORTS} are those of relays in the settings file.

STATES

- up: the guest runs and its driver is loaded; frames pass.
- waiting: nobody is connected, or the guest has not loaded its driver.

'vmlane switch ports' lists them, 'vmlane switch show' has all settings of one, and 'vmlane switch stats' what
each carried and lost, with the reason.

WHO MAKES THEM

'vmlane domain start' and libvirt's hook add the ports of a guest before it starts, and so does qemu-wrap where
it is run by root. The hook removes them when the guest ends, 'vmlane domain stop' when it has ended one; others
stay until 'vmlane switch remove'. 'vmlane switch add' adds one by hand. Ports outlast a restart of the switch: it keeps them in a
file, and guests reconnect.

SETTINGS

VLAN, address, limits, guards, link and processor of a port can change while its guest runs: 'vmlane switch set'.
What the guest's definition says is set again at its next start.
`;
