#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_alarm.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_interrupts.h>

#include "device_name.h"
#include "device_thread.h"

#include "../base/log.h"
#include "../base/original.h"

/* A socket with a name that the interrupt thread waits for: one that listens, or was accepted
 * there. */
struct listening {
	struct listening *next;
	int fd;
	struct sockaddr_un address;
	rte_intr_callback_fn handler;
	void *context;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* under the lock */
static struct listening *all;

struct call {
	void (*work)(void *);
	void *context;
	sem_t done;
};

static void
answer(void *context)
{
	struct call *call = context;

	call->work(call->context);
	sem_post(&call->done);
}

void
device_thread_do(const char *name, void (*work)(void *), void *context)
{
	struct call call = {work, context, {{0}}};
	int error;

	if (!device_name_has_memif(name) || rte_thread_is_intr()) {
		work(context);
		return;
	}
	sem_init(&call.done, 0, 0);
	error = rte_eal_alarm_set(1, answer, &call);
	if (error) {
		LOG(WARNING, "device %s: not on the thread of its driver: %s", name,
			rte_strerror(-error));
		work(context);
	} else {
		while (sem_wait(&call.done) < 0 && errno == EINTR)
			;
	}
	sem_destroy(&call.done);
}

/* The path that it has been bound to, or accepted at; false: it has none, or is of another kind
 * than memif's. */
static bool
get_address(int fd, struct sockaddr_un *address)
{
	socklen_t length = sizeof(int);
	int type = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_SEQPACKET)
		return false;
	memset(address, 0, sizeof(*address));
	length = sizeof(*address);
	return getsockname(fd, (struct sockaddr *)address, &length) == 0 &&
	       address->sun_family == AF_UNIX && address->sun_path[0];
}

/* Under the lock. */
static void
forget(int fd)
{
	for (struct listening **at = &all; *at; at = &(*at)->next) {
		struct listening *one = *at;

		if (one->fd != fd)
			continue;
		*at = one->next;
		free(one);
		return;
	}
}

/* Stands before the EAL's: nothing else tells which handler a driver has given a socket. */
int
rte_intr_callback_register(
	const struct rte_intr_handle *handle, rte_intr_callback_fn handler, void *context)
{
	static void *kept;
	int (*do_register)(const struct rte_intr_handle *, rte_intr_callback_fn, void *) =
		original(&kept, "rte_intr_callback_register");
	int fd = rte_intr_fd_get(handle), error;
	struct sockaddr_un address;
	struct listening *one = NULL;

	if (get_address(fd, &address)) {
		one = malloc(sizeof(*one));
		if (!one)
			return -ENOMEM;
		*one = (struct listening){NULL, fd, address, handler, context};
	}
	error = do_register(handle, handler, context);
	if (error || !one) {
		free(one);
		return error;
	}
	pthread_mutex_lock(&lock);
	forget(fd); /* an earlier one of this number */
	one->next = all;
	all = one;
	pthread_mutex_unlock(&lock);
	return 0;
}

/* Whether a device has this socket; what is not known may be it. */
static bool
is_socket_of(uint16_t port, const char *path)
{
	char name[DEVICE_NAME_MAX + 1], socket[DEVICE_NAME_MAX + 1];
	const struct rte_devargs *given;
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(port, &info) != 0 || strcmp(info.driver_name, "net_memif") != 0)
		return false;
	given = rte_dev_devargs(info.device);
	if (!given || !given->args ||
		snprintf(name, sizeof(name), "%s,%s", given->name, given->args) >=
			(int)sizeof(name))
		return true;
	return device_name_is_memif(name, socket) && (!socket[0] || !strcmp(socket, path));
}

/*
 * Not by its file: an account may have no right to remove it. All ports: ethdev's own loops leave
 * out those that have an owner.
 */
static bool
is_left(const struct listening *one)
{
	for (uint16_t port = 0; port < RTE_MAX_ETHPORTS; port++)
		if (rte_eth_dev_is_valid_port(port) && is_socket_of(port, one->address.sun_path))
			return false;
	return true;
}

static void
end(const struct listening *one)
{
	struct rte_intr_handle *handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	struct sockaddr_un address;
	int error = -ENOMEM;

	/* The driver has closed most of those that it had accepted. */
	if (!get_address(one->fd, &address) ||
		memcmp(&address, &one->address, sizeof(address)) != 0)
		error = 0;
	else if (handle && rte_intr_fd_set(handle, one->fd) == 0)
		error = rte_intr_callback_unregister(handle, one->handler, one->context);
	if (error == -ENOENT) /* nobody waits for this one of the same number */
		error = 0;
	if (error > 0)
		close(one->fd);
	else if (error < 0)
		LOG(WARNING, "%s: its socket is left open: %s", one->address.sun_path,
			rte_strerror(-error));
	rte_intr_instance_free(handle);
}

void
device_thread_sweep(void)
{
	pthread_mutex_lock(&lock);
	for (struct listening **at = &all; *at;) {
		struct listening *one = *at;

		if (!is_left(one)) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		end(one);
		free(one);
	}
	pthread_mutex_unlock(&lock);
}
