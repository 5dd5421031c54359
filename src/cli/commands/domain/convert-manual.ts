import { GUEST_FOLDER } from '../../../values/socket-path.js';

/** What the manual says of `vmlane domain convert`. */
export const manual = `
The virtio NICs of the domain, which are on bridges, networks or taps, become vhost-user NICs on the switch, and its
memory becomes shared with the switch (vmlane-memory(7)). The guest notices nothing but a NIC that is faster: MAC,
model, PCI address and number of queues stay. Comments, order, white space and everything that vmlane does not know
stay byte for byte.

Nothing is changed by convert itself: it prints the XML, and 'vmlane domain define' or 'virsh define' takes it. Also
then the guest runs on as it was until it is started anew.

  vmlane domain convert --domain old1 --diff
  vmlane domain convert --domain old1 > old1.xml
  vmlane domain define old1.xml
  vmlane domain stop old1
  vmlane domain start old1

WHICH NICS

All virtio NICs, or those that --nic names. A NIC that stays is named on standard error, with the reason and the
remedy.

WHICH NETWORK

A NIC comes into the network of the switch that is attached to its own bridge or libvirt network. Of a domain that
libvirt has, a NIC whose network the switch is not attached to stays, and a line says which 'vmlane network add' would
attach it. A file may be for another host, so its NICs are moved in any case. --network moves all of them to one
network, or to none.

What a libvirt network, a portgroup, the interface or its filter says about VLAN, bandwidth, isolation and forged
addresses is kept, in the domain's metadata, and becomes settings of the NIC's port at each start. Of a FILE,
--network-xml tells what its network says.

MTU

libvirt starts no vhost-user NIC with <mtu>. So QEMU announces it, by <qemu:override> and the NIC's alias (libvirt 8.2
and newer); libvirt's log calls such a guest tainted (custom-device), which has no consequence. A NIC that is on a
switch with <mtu> already, and with which the guest does not start, is mended likewise.

TO A VF

With --vf a NIC becomes a VF that is passed through; with --vf-pool, any VF of a libvirt network. With --relay a VF that
is passed through becomes the device of a relay and its NIC a virtio one with the same MAC (vmlane-relays(7)); the
steps that libvirt did for the VF until then are printed.

AND BACK

The original interfaces and memory are in the domain's metadata, and --revert restores them:

  vmlane domain convert --domain old1 --revert > old1.xml
  vmlane domain define old1.xml

THE PORTS

Each NIC has its socket in the guest's folder below ${GUEST_FOLDER}. The port is added when the guest starts,
by 'vmlane domain start' or, whoever starts it, by libvirt's hook ('vmlane hook install').
`;
