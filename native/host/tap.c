#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host_rings.h"
#include "tap.h"

#include "../ring/ring.h"

static bool
take(int tap, const char *interface, int flags)
{
	struct ifreq request = {.ifr_flags = (short)flags};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	return ioctl(tap, TUNSETIFF, &request) == 0;
}

/*
 * Asked only by who has the right to make an interface, as the kernel would, for a moment, each
 * time that a missing one is tried again. Where /sys shows another network namespace, was_there()
 * finds it out.
 */
static bool
may_be_there(const char *interface)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%.15s/tun_flags", interface);
	if (geteuid() != 0 || access(path, F_OK) == 0 || errno != ENOENT)
		return true;
	snprintf(path, sizeof(path), "/sys/class/net/%.15s", interface);
	errno = access(path, F_OK) == 0 ? EINVAL : ENODEV;
	return false;
}

/* With the right to do so, the kernel makes a missing interface, which goes with its descriptor. */
static bool
was_there(int tap)
{
	struct ifreq request = {0};

	if (ioctl(tap, TUNGETIFF, &request) < 0)
		return false;
	errno = ENODEV;
	return request.ifr_flags & IFF_PERSIST;
}

int
tap_open(const char *interface)
{
	const int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, header = HOST_HEADER;
	int tap, error;

	if (!may_be_there(interface))
		return -1;
	tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap < 0)
		return -1;
	/* EINVAL: it has several queues, of which one is enough; or it is no tap. */
	if ((take(tap, interface, flags) ||
		    (errno == EINVAL && take(tap, interface, flags | IFF_MULTI_QUEUE))) &&
		was_there(tap) && ioctl(tap, TUNSETVNETHDRSZ, &header) == 0)
		return tap;
	error = errno;
	close(tap);
	errno = error;
	return -1;
}

bool
tap_leave(int tap, uint8_t offloads)
{
	unsigned long leave = (offloads & FRAME_PARTIAL ? TUN_F_CSUM : 0) |
			      (offloads & FRAME_TSO4 ? TUN_F_TSO4 : 0) |
			      (offloads & FRAME_TSO6 ? TUN_F_TSO6 : 0);

	return ioctl(tap, TUNSETOFFLOAD, leave) == 0;
}
