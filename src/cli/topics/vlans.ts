import { VLAN } from '../../contract/bounds.js';

/** `vmlane help vlans` */
export const text = `
A port is in no VLAN unless it is given one, from 1 to ${VLAN.max}. A frame is in one VLAN or in none, and reaches
only ports that are in the same. How a port stands in VLANs is its mode, in the words of Open vSwitch:

- access: the usual. The port is in its one VLAN; the guest sends and receives without tags. Without a VLAN it
bridges plainly with others that are in none, and tags are the guests' own.
- trunk: the guest sends and receives tags of the VLANs in --trunks, or of all. A frame without a tag is dropped.
- native-untagged: a trunk whose frames without a tag are in its VLAN; frames of that VLAN leave without a tag.
- native-tagged: the same, but frames of its VLAN leave with their tag.
- transparent: the port is in one VLAN, and whatever tags the guest uses pass within it unchanged.
- per-guest: of devices only. Towards the device each guest's frames have a tag: its VLAN, or 1000 + the number of
its port. From there the tag and the destination tell the guest.

  vmlane switch set web1.0 --vlan 100
  vmlane switch set router.0 --vlan-mode trunk --trunks 10,20-29
  vmlane switch set up0 --vlan-mode native-untagged --vlan 1 --trunks 10,20-29
  vmlane switch start --uplink 0000:3b:00.0

LOST FRAMES

Frames with a tag that their port must not have are dropped and counted ('vmlane switch stats'):

- vlan_tagged: a tag from a port that must have none.
- vlan_unknown: no tag, or that of a VLAN that the port does not carry.
- tag_unknown: from a device with a tag per guest, no tag, or one that is nobody's.

'vmlane switch trace' says for one frame which VLAN it is in, and where it goes.

WHERE THE VLAN COMES FROM

From the spec (vlan), from the domain's XML, where 'vmlane domain convert' keeps what libvirt's network or
portgroup gave, from the network of the switch that the NIC is in ('vmlane help networks'), or by hand. A relay has
no VLAN: it carries all tags.
`;
