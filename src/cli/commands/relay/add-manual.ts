/** What the manual says of `vmlane relay add`. */
export const manual = `
A relay joins a device, mostly a VF, and a guest; vmlane-relays(7) explains relays as a whole. Either half may be added alone and
the other one later; both are added, or none.

THE DEVICE

It is given as --pci-addr or --device. A running switch has no right to open a VF, so the switch must have been
started with it:

  vmlane switch start --device relay:3.vf=0000:01:10.0
  vmlane relay add 3 --pci-addr 01:10.0

For relays that are to be there after every start, name them in the settings file, and no 'relay add' is needed:

  vmlane switch settings set relay.3=0000:01:10.0

Devices without rights, such as a memif, are opened at once. Several --pci-addr make a bond of these VFs, with the --mode that the
kernel gives that number.

THE GUEST

Its socket is --path, in the guest's folder or anywhere that QEMU may reach. Its MAC must be the VF's. Whoever starts it needs
nothing else: the port stays the relay's.

VLANS AND LINK

Frames have any tags. Many cards deliver to a VF only those VLANs that it asked for: --trunks names them. The guest's link is
the device's, unless --link fixes it.

FOR SCRIPTS

A relay that is there with the same ends is refused, unless with --conditional. --dry-run prints what the switch
would be asked. Numbers of virtio-forwarder may be given as --virtio-id.
`;
