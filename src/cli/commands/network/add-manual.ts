import { INTERFACES, NETWORKS } from '../../../networks/records.js';

/** What the manual says of `vmlane network add`. */
export const manual = `
A network is a VLAN of the switch with a name, attached to one thing of this host: a Linux bridge (--bridge), the bridge of a
libvirt network (--libvirt), or a network card (--nic). Guests in it reach what is there: the host, DHCP, a gateway, guests that
stayed on the bridge. vmlane-networks(7) explains networks as a whole. Look first:

  vmlane network add lan --bridge br0 --dry-run

The VLAN only keeps networks apart on the switch: on the bridge and the card frames have no tag. It is a free one unless --vlan
names it.

A NETWORK CARD

--nic is for a card that the host does not use: it has no address and is in no bridge. It keeps its driver and needs no
binding. --take is for the card of a bridge: the bridge gives it to the switch, which joins the two. The
bridge's other members and the host's own address on it stay on the LAN; the interruption is some hundredths of a second. The
card is given back when the network is removed, and whenever the switch ends.

HOW LONG

Network and interface are kept in ${NETWORKS} and ${INTERFACES}: they are there
again after a boot and when the switch is started anew. Run it once more, with the same options, to repair what is lacking;
what is right stays. 'vmlane network remove' takes all back.

If a step fails, or on Ctrl-C, the host is as it was before.

GUESTS

A NIC comes into the network by 'vmlane domain convert', by network in a spec, or by --network of 'vmlane domain
attach'.
`;
