import { DEFAULT_CONTROL_SOCKET } from '../../contract/bounds.js';
import { filesBeside } from '../../switch/beside.js';

/** `vmlane help troubleshooting` */
export const text = `
Begin at the top; most often the first two say what is wrong and what to do.

A GUEST HAS NO NETWORK

  vmlane doctor web1

walks from its definition to the wire, and names the first thing that is wrong, with the remedy.

THE HOST

  vmlane host check

looks at what guests need: pages, sockets, QEMU, libvirt, the switch. 'vmlane host setup' repairs most of it. A message
of QEMU, libvirt or the kernel is explained by

  vmlane host explain 'group 12 is not viable'

A DOMAIN OR A SPEC

  vmlane domain validate --domain web1

says what would leave it without network on this host.

THE SWITCH

- 'vmlane switch ports': is the port there, and up? One that waits has no guest, or one that has not loaded its driver.
- 'vmlane switch stats': which frames are lost, and why.
- 'vmlane switch fdb': behind which port is an address?
- 'vmlane network list': is the network attached, and does that work?

ONE FRAME

  vmlane switch trace --from web1.0 --frame 'arp who-has 192.0.2.1 tell 192.0.2.5'

asks the switch where it would go, and at which step it would be dropped. Nothing is sent.

THE FRAMES THEMSELVES

  vmlane switch capture web1.0 'icmp or arp'

shows them as tcpdump does, also those that are dropped, with the reason.

THE LOG

It is ${filesBeside(DEFAULT_CONTROL_SOCKET).log}, or, of a service, in the journal:

  journalctl -u vmlane-switch VMLANE_PORT=web1.0

'vmlane switch set --log-level 8' shows all that a running switch has to say. VMLANE_DEBUG=1 has vmlane itself show where
an error comes from.
`;
