#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "vhost_message.h"

/* Flags of the protocol's header: version 1 in the lowest bits. */
#define VERSION_MASK 3u
#define VERSION 1u
#define NO_FD (1u << 8) /* in the number of SET_VRING_KICK, CALL and ERR */
#define RING_MASK 0xffu /* likewise: which ring */

/* Smallest payload and number of descriptors of each request. */
struct shape {
	bool known;
	uint8_t size, n_fds;
};

static const struct shape shapes[] = {
	[REQUEST_GET_FEATURES] = {true, 0, 0},
	[REQUEST_SET_FEATURES] = {true, 8, 0},
	[REQUEST_SET_OWNER] = {true, 0, 0},
	[REQUEST_RESET_OWNER] = {true, 0, 0},
	[REQUEST_SET_MEM_TABLE] = {true, 40, 1},
	[REQUEST_SET_LOG_BASE] = {true, 16, 1},
	[REQUEST_SET_LOG_FD] = {true, 0, 1},
	[REQUEST_SET_VRING_NUM] = {true, 8, 0},
	[REQUEST_SET_VRING_ADDR] = {true, 40, 0},
	[REQUEST_SET_VRING_BASE] = {true, 8, 0},
	[REQUEST_GET_VRING_BASE] = {true, 8, 0},
	[REQUEST_SET_VRING_KICK] = {true, 8, 1},
	[REQUEST_SET_VRING_CALL] = {true, 8, 1},
	[REQUEST_SET_VRING_ERR] = {true, 8, 1},
	[REQUEST_GET_PROTOCOL_FEATURES] = {true, 0, 0},
	[REQUEST_SET_PROTOCOL_FEATURES] = {true, 8, 0},
	[REQUEST_GET_QUEUE_NUM] = {true, 0, 0},
	[REQUEST_SET_VRING_ENABLE] = {true, 8, 0},
	[REQUEST_SEND_RARP] = {true, 8, 0},
	[REQUEST_NET_SET_MTU] = {true, 8, 0},
	[REQUEST_SET_SLAVE_REQ_FD] = {true, 0, 1},
	[REQUEST_SET_STATUS] = {true, 8, 0},
	[REQUEST_GET_STATUS] = {true, 0, 0},
};

static bool
is_ring_fd(uint32_t request)
{
	return request == REQUEST_SET_VRING_KICK || request == REQUEST_SET_VRING_CALL ||
	       request == REQUEST_SET_VRING_ERR;
}

bool
vhost_message_ring(const struct vhost_message *message, uint32_t *ring)
{
	*ring = (uint32_t)message->number;
	switch (message->request) {
	case REQUEST_SET_VRING_KICK:
	case REQUEST_SET_VRING_CALL:
	case REQUEST_SET_VRING_ERR:
		*ring &= RING_MASK;
		return true;
	case REQUEST_SET_VRING_NUM:
	case REQUEST_SET_VRING_ADDR:
	case REQUEST_SET_VRING_BASE:
	case REQUEST_GET_VRING_BASE:
	case REQUEST_SET_VRING_ENABLE:
		return true;
	default:
		return false;
	}
}

/* Whether the file has `size` bytes from `offset` on; fault.h handles later truncation. */
static const char *
file_problem(int fd, uint64_t offset, uint64_t size)
{
	struct statfs system;
	struct stat stat;

	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode))
		return "memory that is not a file";
	/*
	 * Memory, and nothing that is behind it: a page fault in a file on a disk waits for the
	 * disk, in one of FUSE or NFS for somebody else.
	 */
	if (fstatfs(fd, &system) < 0 ||
		(system.f_type != TMPFS_MAGIC && system.f_type != HUGETLBFS_MAGIC))
		return "memory in a file that is neither on tmpfs (memfd, /dev/shm) nor on "
		       "hugetlbfs";
	if (size == 0 || size > INT64_MAX || offset > INT64_MAX ||
		offset + size > (uint64_t)stat.st_size)
		return "memory in a file that is shorter";
	return NULL;
}

/*
 * Eventfds are anonymous files, which have no type. Other writable files may make a writer wait;
 * ring/interrupt.h says how that is avoided for an eventfd.
 */
static const char *
event_problem(int fd)
{
	struct stat stat;
	int flags = fcntl(fd, F_GETFL);

	if (fstat(fd, &stat) < 0 || (stat.st_mode & S_IFMT) || flags < 0)
		return "an interrupt that is no eventfd";
	if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return "an eventfd that blocks";
	return NULL;
}

static const char *
memory_problem(const struct vhost_message *message, const int *fds, int n_fds)
{
	const char *problem = NULL;
	uint32_t n = message->memory.n;

	if (n == 0 || n > VHOST_MESSAGE_REGIONS || message->size < 8 + n * 32 || n_fds != (int)n)
		return "a memory table of another length than it says";
	for (uint32_t i = 0; i < n && !problem; i++)
		problem = file_problem(
			fds[i], message->memory.region[i].offset, message->memory.region[i].size);
	return problem;
}

const char *
vhost_message_problem(const struct vhost_message *message, const int *fds, int n_fds)
{
	uint32_t request = message->request;
	const struct shape *shape;

	if (request >= sizeof(shapes) / sizeof(*shapes) || !shapes[request].known)
		return "a request that a network device does not know";
	shape = &shapes[request];
	if ((message->flags & VERSION_MASK) != VERSION)
		return "another version of the protocol";
	if (message->size < shape->size)
		return "a message that is too short";
	if (request == REQUEST_SET_MEM_TABLE)
		return memory_problem(message, fds, n_fds);
	if (n_fds != shape->n_fds &&
		!(is_ring_fd(request) && message->number & NO_FD && n_fds == 0))
		return "another number of file descriptors than the request has";
	/* rte_vhost maps it from the offset on, and adds that once more: behind what is mapped. */
	if (request == REQUEST_SET_LOG_BASE && message->log.offset)
		return "a log that does not begin where its file does";
	if (request == REQUEST_SET_LOG_BASE)
		return file_problem(fds[0], 0, message->log.size);
	if (is_ring_fd(request) && n_fds == 1)
		return event_problem(fds[0]);
	return NULL;
}
