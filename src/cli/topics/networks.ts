import { INTERFACES, NETWORKS } from '../../networks/records.js';

/** `vmlane help networks` */
export const text = `
Guests on the switch reach each other. To reach the host, a LAN, DHCP or guests that stayed on a bridge, the
switch must be attached to these. A network does that: it is a VLAN of the switch with a name, and a port in it
that is an interface of this host.

ATTACH

- libvirt's network: with --libvirt; its DHCP and NAT serve guests on the switch, too.
- a Linux bridge: with --bridge.
- a network card that the host itself does not use: with --nic.
- the card of a bridge: with --take; the switch then joins card and bridge. Host and guests on the bridge are on
the LAN as before.

  vmlane network add default --libvirt default
  vmlane network add lan --bridge br0
  vmlane network add wan --nic eno2
  vmlane network add dmz --bridge br1 --take
  vmlane network list

On the bridge and on the card frames have no tag: the VLAN only keeps networks apart on the switch. Guests in
different networks do not reach each other.

GUESTS

'vmlane domain convert' puts each NIC into the network of the switch that is attached to its own; a NIC
whose network is not attached stays where it is, and a line says what attaches it. A spec says

  interfaces: [{type: vhost-user, network: lan}]

and 'vmlane domain attach' takes --network.

HOW LONG

Networks and interfaces are kept in ${NETWORKS} and ${INTERFACES},
and come back with the switch after a boot. When libvirt starts its network anew, its bridge is a new one: with
libvirt's hooks ('vmlane hook install') the switch is attached again at once. 'vmlane network remove' takes
everything back, and a card that was taken returns to its bridge whenever the switch ends.

MTU

'vmlane network show' has the MTU of each part of the way. Frames of more than 1500 bytes need a switch that was
started with --mergeable.
`;
