/** What the manual says of `vmlane domain migrate`. */
export const manual = `
libvirt moves the guest while it runs ('virsh migrate'), and asks its hook on the other host, which adds the
guest's ports to the switch there before QEMU starts: network by name, VLAN, address and limits as the definition has
them. What was changed by hand with 'vmlane switch set' stays behind. A guest that cannot announce itself is announced by
the switch there as soon as it runs, so that both networks learn where it is. Its ports here go.

BEFORE IT STARTS

The other host is asked by ssh what it has ('vmlane host check --for migration' there), and the move is refused if its
switch does not run, does not offer a feature that the guest uses, or lacks its network, MTU or queues; and without
libvirt's hook there. --check says the same of one guest, and changes nothing. What two hosts have in common says

  vmlane host check --for migration --to root@hostb

Disks, processors and machine types are libvirt's to judge: disks must be on storage that both hosts have.

WHAT CAN GO WRONG

Ctrl-C ends the move, and the guest runs on here; so it does if the switch there ends half-way, or QEMU there refuses.
Its memory goes from QEMU to QEMU, unencrypted, to the name that libvirt there has for its host; --migrate-uri names
another address.

EMULATED GUESTS

QEMU before 9.0 can lose what a guest writes while it moves, if it runs without KVM (TCG): the guest crashes there some
time later. Such a guest is paused while its memory is copied, unless its machine type ('pc-q35-9.0' and later) says that
its QEMU is new enough. --live lets it run all the same, as 'virsh migrate --live' does.

GUESTS OF QEMU-WRAP

They move to a host with the wrapper at the same path. With --native the guest becomes a native one there, if its
definition shares its memory and no NIC has <mtu>: libvirt compares that, and refuses otherwise.
`;
