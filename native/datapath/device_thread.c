#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_alarm.h>
#include <rte_errno.h>
#include <rte_interrupts.h>

#include "device_name.h"
#include "device_thread.h"

#include "../base/log.h"
#include "../base/original.h"

/* A listening socket that the interrupt thread waits for. */
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

/* Where it listens; false: it is no listening socket with a file. */
static bool
get_address(int fd, struct sockaddr_un *address)
{
	socklen_t length = sizeof(int);
	int listens = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) < 0 || !listens)
		return false;
	memset(address, 0, sizeof(*address));
	length = sizeof(*address);
	return getsockname(fd, (struct sockaddr *)address, &length) == 0 &&
	       address->sun_family == AF_UNIX && address->sun_path[0];
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
	one->next = all;
	all = one;
	pthread_mutex_unlock(&lock);
	return 0;
}

static bool
is_left(const struct listening *one)
{
	struct stat status;

	return lstat(one->address.sun_path, &status) < 0 && errno == ENOENT;
}

static void
end(const struct listening *one)
{
	struct rte_intr_handle *handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	struct sockaddr_un address;
	int error = -ENOMEM;

	/* A driver of another version may have closed it. */
	if (!get_address(one->fd, &address) ||
		memcmp(&address, &one->address, sizeof(address)) != 0)
		error = 0;
	else if (handle && rte_intr_fd_set(handle, one->fd) == 0)
		error = rte_intr_callback_unregister(handle, one->handler, one->context);
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
