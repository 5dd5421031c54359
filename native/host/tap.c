#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host_rings.h"
#include "tap.h"

#include "../base/contract.h"
#include "../ring/ring.h"

#define FLAGS (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)

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

/* With a virtio-net header before each frame. */
static bool
has_headers(int tap)
{
	const int header = HOST_HEADER;

	return ioctl(tap, TUNSETVNETHDRSZ, &header) == 0;
}

static int
close_failed(int tap)
{
	int error = errno;

	close(tap);
	errno = error;
	return -1;
}

/* Whether a node is of this interface: its number may be another one's by now. */
static bool
is_of(int tap, const char *interface)
{
	struct ifreq request = {0};
	struct stat stat;

	if (fstat(tap, &stat) < 0)
		return false;
	errno = ENODEV;
	return S_ISCHR(stat.st_mode) && ioctl(tap, TUNGETIFF, &request) == 0 &&
	       strcmp(request.ifr_name, interface) == 0;
}

/* ENOENT: it has no node, so it is no macvtap of ours. */
static int
macvtap_open(const char *interface)
{
	char path[64];
	int tap;

	snprintf(path, sizeof(path), DEVICE_NODES "/%.15s", interface);
	tap = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (tap < 0)
		return -1;
	if (is_of(tap, interface) && take(tap, interface, FLAGS) && has_headers(tap))
		return tap;
	return close_failed(tap);
}

int
tap_open(const char *interface)
{
	int tap = macvtap_open(interface);

	if (tap >= 0 || errno != ENOENT)
		return tap;
	if (!may_be_there(interface))
		return -1;
	tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap < 0)
		return -1;
	/* EINVAL: it has several queues, of which one is enough; or it is no tap. */
	if ((take(tap, interface, FLAGS) ||
		    (errno == EINVAL && take(tap, interface, FLAGS | IFF_MULTI_QUEUE))) &&
		was_there(tap) && has_headers(tap))
		return tap;
	return close_failed(tap);
}

bool
tap_is_gone(int tap)
{
	struct ifreq request = {0};

	return ioctl(tap, TUNGETIFF, &request) < 0;
}

bool
tap_leave(int tap, uint8_t offloads)
{
	unsigned long leave = (offloads & FRAME_PARTIAL ? TUN_F_CSUM : 0) |
			      (offloads & FRAME_TSO4 ? TUN_F_TSO4 : 0) |
			      (offloads & FRAME_TSO6 ? TUN_F_TSO6 : 0);

	return ioctl(tap, TUNSETOFFLOAD, leave) == 0;
}

bool
tap_set_carrier(int tap, bool up)
{
	const int carrier = up;

	return ioctl(tap, TUNSETCARRIER, &carrier) == 0 || errno == EINVAL;
}
