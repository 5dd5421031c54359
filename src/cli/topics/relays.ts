import { LIMITS } from '../../contract/bounds.js';

/** `vmlane help relays` */
export const text = `
A relay joins a device, such as a VF of an SR-IOV card, and a guest: all that one sends leaves by the other, with
any tags and addresses, without a look-up; nobody else reaches them. The guest has a virtio card and needs no
driver of the device. Relays replace virtio-forwarder.

MAKE ONE

A running switch has no right to open a VF, so the VF is given to the switch when it starts. In the settings
file, for each start:

  vmlane switch settings set relay.3=0000:01:10.0

or once, and then joined to its guest:

  vmlane switch start --device relay:3.vf=0000:01:10.0
  vmlane relay add 3 --pci-addr 01:10.0
  vmlane relay list

Before, make the VF and bind it to vfio-pci: 'vmlane sriov set' and 'vmlane sriov bind'. A guest that has the VF
passed through becomes the end of a relay with

  vmlane domain convert --domain web1 --relay 3

ITS MAC

The guest's MAC must be the VF's, since the card lets no other pass. A start of the guest compares the two and says
both if they differ; 'vmlane sriov vf' sets the VF's.

VLANS

A relay carries all tags, but many cards deliver to a VF only VLANs that it asked for: name them with --trunks. A VLAN
that the PF gives its VF ('vmlane sriov vf', --vlan) needs nothing: the card tags.

LINK

The guest's link is the device's: it has no carrier while the VF has none. --link enable or disable of
'vmlane switch set' fixes it.

BONDS

With --pci-addr given several times, up to ${LIMITS.bond_members}, the device is a bond of these VFs. The modes have
the kernel's numbers; each member needs the guest's MAC.

COUNTERS

'vmlane relay stats' has virtio-forwarder's names, and 'vmlane switch stats' the reason of each lost frame.
'vmlane relay port-control' takes virtio-forwarder's words, and 'vmlane relay import' its settings file.
`;
