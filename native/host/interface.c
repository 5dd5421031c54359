#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "interface.h"
#include "packet_socket.h"
#include "tap.h"

bool
interface_open(
	struct interface *interface, const char *name, struct packet_socket *packet, uint8_t leave)
{
	interface->packet = packet;
	interface->fd = packet ? packet_socket_fd(packet) : tap_open(name);
	return interface->fd >= 0 && (packet || tap_leave(interface->fd, leave));
}

bool
interface_set_carrier(const struct interface *interface, bool up)
{
	return interface->packet || tap_set_carrier(interface->fd, up);
}

void
interface_close(struct interface *interface)
{
	if (interface->fd >= 0 && !interface->packet)
		close(interface->fd);
}

bool
interface_is_gone(const struct interface *interface)
{
	return interface->packet ? packet_socket_is_gone(interface->packet)
				 : tap_is_gone(interface->fd);
}

short
interface_fault(const struct interface *interface)
{
	/* POLLERR of a tap: it is gone. Of another interface: it goes down, and may come up again.
	 */
	return interface->packet ? POLLNVAL : POLLERR | POLLNVAL;
}

static ssize_t
take_packet(struct packet_socket *packet, uint8_t *place, uint32_t room)
{
	ssize_t n = packet_socket_take(packet, place, room);

	if (n >= 0)
		return n;
	/* ENETDOWN: it may come up again. That it is gone is for the control thread to find out. */
	return errno == EAGAIN || errno == EINTR || errno == ENETDOWN ? TAKE_NOTHING : TAKE_LOST;
}

ssize_t
interface_take(const struct interface *interface, uint8_t *place, uint32_t room)
{
	ssize_t n;

	if (interface->packet)
		return take_packet(interface->packet, place, room);
	n = read(interface->fd, place, room);
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? TAKE_NOTHING : TAKE_GONE;
}

static enum given
give_packet(struct packet_socket *packet, const struct iovec *pieces, int n)
{
	if (packet_socket_give(packet, pieces, n) >= 0)
		return GIVEN;
	switch (errno) {
	case EAGAIN:
	case EINTR:
		return GIVEN_LATER;
	case EMSGSIZE:
		return GIVEN_TOO_LONG;
	default: /* whatever else it is, the kernel does not take this frame */
		return GIVEN_DOWN;
	}
}

enum given
interface_give(const struct interface *interface, const struct iovec *pieces, int n)
{
	if (interface->packet)
		return give_packet(interface->packet, pieces, n);
	if (writev(interface->fd, pieces, n) >= 0)
		return GIVEN;
	/* EIO: it is down. Whatever else it is, the kernel does not take this frame. */
	return errno == EBADFD ? GIVEN_GONE : GIVEN_DOWN;
}
