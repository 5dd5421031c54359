/*
 * The security label of whoever is at the other end of a connection, by AppArmor or SELinux.
 *
 * Where the switch listens, the kernel notes the label of the process that dials, for SO_PEERSEC.
 * AppArmor does so for Unix sockets since Linux 6.17 (Ubuntu's kernels long before), SELinux
 * always has.
 *
 * Where the switch dials, SO_PEERSEC does not tell one guest from another: SELinux combines the
 * listener's type with the level, and so with the categories, of who dials, which is us; and the
 * socket's label is that of who made it, which may be libvirtd. So there, and where SO_PEERSEC
 * gives nothing, the label is that of the process which dialled, or which called listen(): QEMU
 * does so even with a socket that libvirtd made. That process must still run: what has ended could
 * have left its connection, and its number, to another. Linux 6.5 gives a descriptor of the process
 * (SO_PEERPIDFD), which is certain. Before that there is its number only, and whoever's process
 * has ended and left its number to another guest's QEMU would be taken for that.
 */
#ifndef PEER_LABEL_H
#define PEER_LABEL_H

#include <stddef.h>

#include "../base/contract.h"

/* A label, or the beginning of a longer one, which no port can have. */
#define PEER_LABEL_ROOM (PEER_LABEL_MAX + 2)

enum peer_source {
	PEER_UNKNOWN,    /* there are no labels here, or we may not read them */
	PEER_CONNECTION, /* by SO_PEERSEC */
	PEER_PROCESS,
	PEER_GONE, /* the process has ended */
};

/* The label of the connection's other end; of AppArmor's, without the mode. */
enum peer_source
peer_label_read(int fd, enum listener listener, char label[PEER_LABEL_ROOM]);

/* A descriptor of the process at the other end, which the caller closes; -1: it is unknown. */
int
peer_process(int fd);

/*
 * The name in what the kernel wrote, `size` bytes of it: without AppArmor's mode, as in
 * `libvirt-UUID (enforce)`, a newline or NUL. What is not printable becomes `?`.
 */
void
peer_label_name(const char *text, size_t size, char label[PEER_LABEL_ROOM]);

#endif
