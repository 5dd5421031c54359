/** What the manual says of `vmlane demo`. */
export const manual = `
It shows within a minute that vmlane works on this host, and what a user types: a switch is started, qemu-wrap starts two
guests that were written for taps, each pings the other, and the switch is asked for its ports and addresses. Then guests,
switch and all files are gone, also after Ctrl-C.

The host is not touched: the switch has a control socket of its own, in a folder for itself below /run/vmlane; it uses no
huge pages and no network card, and waits when there is nothing to do. A switch that serves this host goes on beside it.
libvirt is not asked.

The guests boot this host's kernel with a busybox as their user space, in 256 MiB each. Where that kernel cannot be read, as
in a container, name one, and the folder of its modules:

  vmlane demo --kernel /srv/vmlinuz-6.1.0 --modules /srv/lib/modules/6.1.0

KVM runs them where it can; if they have not booted by it after a quarter of a minute, they are emulated. The exit status is
0 only if every ping came back.
`;
