/* rte_vhost's own files: what is needed here is static. Its thread begins in
 * rte_vhost_driver_start(). */
#define rte_vhost_driver_start library_driver_start
#include <fd_man.c>
#include <socket.c>
#undef rte_vhost_driver_start

#include "vhost_fuzz_library.h"

/* Of virtio_net.c, which is left out. */
struct async_dma_info dma_copy_track[RTE_DMADEV_DEFAULT_MAX];

int
rte_vhost_driver_start(const char *path);

int
rte_vhost_driver_start(const char *path)
{
	/* There is no pipe to its thread, either. */
	vhost_user.fdset.u.writefd = -1;
	return find_vhost_user_socket(path) ? 0 : -1;
}

void
library_connect(const char *path, int fd)
{
	vhost_user_add_connection(fd, find_vhost_user_socket(path));
}

bool
library_serve(void)
{
	bool any = false;

	for (int i = 0; i < vhost_user.fdset.num; i++) {
		struct fdentry *entry = &vhost_user.fdset.fd[i];
		struct pollfd ready = {.fd = entry->fd, .events = POLLIN};
		int gone = 0;

		if (entry->fd < 0 || poll(&ready, 1, 0) != 1)
			continue;
		any = true;
		entry->rcb(entry->fd, entry->dat, &gone);
		if (gone)
			entry->fd = -1;
	}
	fdset_shrink(&vhost_user.fdset);
	return any;
}
