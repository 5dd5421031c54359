/*
 * A packet socket: an interface of the kernel's as it is, with its name, its driver and its place.
 * What it receives is read, what is written leaves by it; what the kernel itself sends by it is not
 * read. Each frame has a virtio-net header before it, in which the kernel says what has been left
 * out or merged: frames of a veth have no checksums, and are as long as their sender likes; those
 * of a network card were merged by the kernel. DPDK's driver (af_packet) asks for no such header.
 *
 * Rights (CAP_NET_RAW) are needed to open one, and not to bind it, nor to bind it again when an
 * interface went away and came back.
 *
 * Threads: one at a time takes, one gives; the others are the control thread's.
 */
#ifndef HOST_PACKET_SOCKET_H
#define HOST_PACKET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct packet_socket;

/* Of no interface yet. NULL with errno: EPERM. */
struct packet_socket *
packet_socket_open(void);
void
packet_socket_close(struct packet_socket *socket);

/*
 * From here on it has all that the interface receives, whoever it is for. False with errno: ENODEV;
 * EINVAL, no Ethernet.
 */
bool
packet_socket_bind(struct packet_socket *socket, const char *interface);

/* The interface that it was bound to does not exist any more, or not here. */
bool
packet_socket_is_gone(const struct packet_socket *socket);

struct packet_facts {
	uint8_t mac[6];
	uint16_t mtu;
	bool link;
};

/* What the kernel says of the interface now; zeroes when it is gone. */
void
packet_socket_look(const struct packet_socket *socket, struct packet_facts *facts);
/* Frames since it was opened that came faster than they were taken. */
uint64_t
packet_socket_missed(struct packet_socket *socket);

/*
 * As read() and writev(): a frame with a header of HOST_HEADER bytes. -1 with errno:
 *
 *   take  EAGAIN: there is none. ENETDOWN: the interface is down now. EINVAL: one that was merged
 *         in a way that a header cannot say, and is lost
 *   give  EAGAIN: the interface takes no more for now. EMSGSIZE: longer than its MTU. ENETDOWN,
 *         ENXIO: it is down, or gone
 */
ssize_t
packet_socket_take(struct packet_socket *socket, uint8_t *place, uint32_t room);
ssize_t
packet_socket_give(struct packet_socket *socket, const struct iovec *pieces, int n);

/* To wait for frames (POLLIN), or for room (POLLOUT). */
int
packet_socket_fd(const struct packet_socket *socket);

#endif
