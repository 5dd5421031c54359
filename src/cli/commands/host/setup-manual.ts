/** What the manual says of `vmlane host setup`. */
export const manual = `
Each option is a part of a host that is ready; without any, nothing is done. Look at the changes first:

  vmlane switch settings set cpus=3
  vmlane host setup --sockets --pages 1GiB:5 --switch --dry-run
  vmlane host setup --sockets --pages 1GiB:5 --switch

It may be run again, with the same or other options: what is so already stays. Files keep their comments, mode and
owner. 'vmlane host check' says what a host lacks, 'vmlane host plan' how many pages guests need.

PARTS

- --sockets: the folders of the sockets, and the account vmlane that the switch becomes. Needed by nearly everybody.
- --pages: huge pages, now as far as memory allows and at every boot. --guests counts them from specs and domains.
- --switch: the switch as a service of systemd, vmlane-switch, started before libvirt's. Its options belong into
the settings file ('vmlane switch settings'). Those after -- go into a unit of this host's own, which hides a package's, and win
over that file.
- --iommu, --vfio: for a NIC or VFs that the switch or a guest is to have. The IOMMU takes a reboot.
- --apparmor: lets guests run qemu-wrap.
- --selinux: lets guests at the switch and run qemu-wrap, and confines the switch. Node makes code as it runs: a policy
that forbids that needs 'setsebool -P virt_use_execmem on' for guests that qemu-wrap runs, and Debian's 'allow_execmem'
for vmlane itself.
- --metrics: counters for Prometheus, as a service.
- --domifstat: counters of guests for 'virsh domifstat', virt-manager and the like.
- --qemu-user, --qemu-group, --qemu-device: what libvirt's qemu.conf says of QEMU.

UNDO

  vmlane host setup --undo

restores everything that was not changed since by somebody else; what was is left and reported. A failure or Ctrl-C
takes back the run that it interrupts.

IMAGES

With --root the folder is set up in place of this host, such as the image of one; no program runs, and those that must still
run in it are named.
`;
