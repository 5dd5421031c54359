/*
 * rte_vhost's connections, read and answered without waiting: one thread serves all guests, and
 * rte_vhost waits without an end for a message's second half, and for room for its answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_interrupts.h>

#include "unix_socket.h"
#include "vhost_message.h"

#include "../base/original.h"
#include "../base/rounds.h"

#define MAX_FDS 64

/* Of the message that this thread has read last, until somebody answers for them. */
static _Thread_local int n_pending;
static _Thread_local int pending[MAX_FDS];
/* It was not there as a whole. */
static _Thread_local bool partial;
/* The last one that this thread has made or accepted, while it is open. */
static _Thread_local int connection = -1;

/* By who dials, see vhost_message_hold(). */
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

void
vhost_message_hold(void)
{
	pthread_mutex_lock(&held);
}

void
vhost_message_release(void)
{
	pthread_mutex_unlock(&held);
}

const char *
vhost_message_admit(const struct vhost_message *message)
{
	const char *problem = vhost_message_problem(message, pending, n_pending);

	if (problem)
		vhost_message_forget();
	n_pending = 0;
	return problem;
}

int
vhost_message_connection(void)
{
	return connection;
}

bool
vhost_message_was_partial(void)
{
	bool was = partial;

	partial = false;
	return was;
}

void
vhost_message_forget(void)
{
	while (n_pending > 0)
		close(pending[n_pending - 1]);
}

/*
 * Whether rte_vhost reads there. Its thread cannot be told by its name, which other releases of
 * DPDK spell differently and the kernel may refuse; but nobody else in this process receives from
 * a Unix stream socket by recvmsg(): the EAL's own are datagrams, memif's packets.
 *
 * Not inline: a cancelled thread's frames must hold nothing that the address sanitizer watches.
 */
static __attribute__((noinline)) bool
is_vhost_socket(int fd)
{
	int domain = 0, type = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

static void
note_fds(struct msghdr *header)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(header);

	for (; part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0);
			at + sizeof(int) <= part->cmsg_len && n_pending < MAX_FDS;
			at += sizeof(int))
			memcpy(&pending[n_pending++], (char *)part + at, sizeof(int));
	}
}

/* Bytes that have arrived of a message's payload and what follows; a peer writes one at once. */
static bool
is_whole(int fd)
{
	struct {
		uint32_t request, flags, size;
	} head;
	ssize_t n = recv(fd, &head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);
	int waiting;

	if (n == 0) /* the peer is gone */
		return true;
	return n == sizeof(head) && ioctl(fd, FIONREAD, &waiting) == 0 &&
	       (uint32_t)waiting - sizeof(head) >= head.size;
}

/*
 * These five stand before the C library's for the whole process; only for rte_vhost's connections
 * do they differ.
 */
ssize_t
recvmsg(int fd, struct msghdr *header, int flags)
{
	static void *kept;
	ssize_t (*receive)(int, struct msghdr *, int) = original(&kept, "recvmsg");
	bool vhost = is_vhost_socket(fd);
	ssize_t n;

	if (vhost) {
		vhost_message_hold();
		vhost_message_release();
		vhost_message_forget();
		flags |= MSG_CMSG_CLOEXEC | MSG_DONTWAIT;
		partial = !is_whole(fd);
		if (partial) {
			errno = EBADMSG; /* and rte_vhost ends the connection */
			return -1;
		}
	}
	n = receive(fd, header, flags);
	if (vhost && n > 0)
		note_fds(header);
	return n;
}

/* Who does not read its answers has no use for a connection. */
ssize_t
sendmsg(int fd, const struct msghdr *header, int flags)
{
	static void *kept;
	ssize_t (*send_message)(int, const struct msghdr *, int) = original(&kept, "sendmsg");
	ssize_t n;

	if (!is_vhost_socket(fd))
		return send_message(fd, header, flags);
	n = send_message(fd, header, flags | MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		shutdown(fd, SHUT_RDWR);
	return n;
}

int
accept(int fd, struct sockaddr *address, socklen_t *size)
{
	static void *kept;
	int (*accept_connection)(int, struct sockaddr *, socklen_t *) = original(&kept, "accept");

	return connection = accept_connection(fd, address, size);
}

typedef int (*dialler)(int, const struct sockaddr *, socklen_t);

static bool
is_file(const struct sockaddr *address, socklen_t size)
{
	return size > offsetof(struct sockaddr_un, sun_path) &&
	       size <= sizeof(struct sockaddr_un) && address->sa_family == AF_UNIX &&
	       ((const struct sockaddr_un *)address)->sun_path[0];
}

/*
 * Where QEMU listens, its user may write to the folder, and so a guest that has taken it over: a
 * link there to another guest's socket would give that guest this one's port.
 */
static int
dial_pinned(dialler dial, int fd, const struct sockaddr *address, socklen_t size)
{
	struct sockaddr_un there = {.sun_family = AF_UNIX};
	int pin, result, error;

	memcpy(&there, address, size);
	there.sun_path[sizeof(there.sun_path) - 1] = '\0';
	pin = unix_socket_pin(&there);
	if (pin < 0)
		return -1;
	result = dial(fd, (struct sockaddr *)&there, sizeof(there));
	error = errno;
	close(pin);
	errno = error;
	return result;
}

int
connect(int fd, const struct sockaddr *address, socklen_t size)
{
	static void *kept;
	dialler dial = original(&kept, "connect");
	int flags = rte_thread_is_intr() ? fcntl(fd, F_GETFL) : -1, result;

	/* memif's driver dials there: one listener that does not answer must not hold up all. */
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	result = flags < 0 && is_file(address, size) ? dial_pinned(dial, fd, address, size)
						     : dial(fd, address, size);
	if (flags >= 0) {
		int error = errno;

		(void)fcntl(fd, F_SETFL, flags);
		errno = error;
	}
	connection = result == 0 || errno == EISCONN ? fd : -1;
	return result;
}

/* Stands before the C library's. What rte_vhost closes itself is nobody's any more. */
int
close(int fd)
{
	static void *kept;
	int (*close_file)(int) = original(&kept, "close");

	for (int i = 0; i < n_pending; i++)
		if (pending[i] == fd)
			pending[i] = pending[--n_pending];
	if (fd == connection)
		connection = -1;
	rounds_pass_for_driver();
	return close_file(fd);
}
