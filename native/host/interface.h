/*
 * The kernel's side of a host_port: a tap (tap.h), or a packet socket (packet_socket.h). Frames
 * carry a virtio-net header of HOST_HEADER bytes in both directions.
 *
 * Threads: opened and closed by the control thread; frames are those of the port's own.
 */
#ifndef HOST_INTERFACE_H
#define HOST_INTERFACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct packet_socket;

struct interface {
	int fd;                       /* -1: it is not open */
	struct packet_socket *packet; /* NULL: it is a tap */
};

/*
 * packet: not to be closed here; NULL: takes the tap of that name. leave: what a tap's frames from
 * the kernel may leave undone (FRAME_PARTIAL, FRAME_TSO); those of a packet socket may, whatever is
 * said. False with errno: see tap_open().
 */
bool
interface_open(
	struct interface *interface, const char *name, struct packet_socket *packet, uint8_t leave);
void
interface_close(struct interface *interface);

/* Of a tap; nothing happens to others. False with errno. */
bool
interface_set_carrier(const struct interface *interface, bool up);

/* It does not exist any more. */
bool
interface_is_gone(const struct interface *interface);
/* What poll() reports of a descriptor that is of no use any more. */
short
interface_fault(const struct interface *interface);

/* A frame with its header: its bytes; or what there is in its place. */
enum { TAKE_NOTHING = 0, TAKE_LOST = -1, TAKE_GONE = -2 };
ssize_t
interface_take(const struct interface *interface, uint8_t *place, uint32_t room);

/* What became of a frame for the kernel. Gone: and so is the interface. */
enum given { GIVEN, GIVEN_LATER, GIVEN_DOWN, GIVEN_TOO_LONG, GIVEN_GONE };
enum given
interface_give(const struct interface *interface, const struct iovec *pieces, int n);

#endif
