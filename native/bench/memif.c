#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../front/clock.h"
#include "memif.h"

#define COOKIE 0x3E31F20
#define VERSION (2 << 8)
/* One page. The rings are at its begin, a page of 4 KiB and a bit each. */
#define MEMORY (2u << 20)
#define RING_ROOM 8192
/* The first ring of a queue that does not send, after the other two; and all of them. */
#define SPARE 2
#define RINGS (SPARE + MEMIF_MAX_QUEUE)

enum { ACK = 1, HELLO, INIT, ADD_REGION, ADD_RING, CONNECT, CONNECTED };
#define TO_SWITCH 1 /* of ADD_RING's flags */

struct memif_message {
	uint16_t type;
	union {
		struct {
			uint16_t version;
			uint32_t id;
			uint8_t mode; /* 0: Ethernet */
			uint8_t secret[24], name[32];
		} __attribute__((packed)) init;
		struct {
			uint16_t index;
			uint64_t size;
		} __attribute__((packed)) region;
		struct {
			uint16_t flags, index, region;
			uint32_t offset;
			uint8_t log2_size;
			uint16_t private_header;
		} __attribute__((packed)) ring;
		uint8_t bytes[126];
	};
} __attribute__((packed));
_Static_assert(sizeof(struct memif_message) == 128, "all messages have 128 bytes");
_Static_assert(sizeof(struct memif_ring) <= RING_ROOM, "a ring fits before the next one");

static bool
hear(const struct memif *memif, uint16_t type)
{
	struct memif_message message;
	ssize_t n = recv(memif->socket, &message, sizeof(message), 0);

	if (n == (ssize_t)sizeof(message) && message.type == type)
		return true;
	if (n >= 0)
		errno = ECONNREFUSED;
	return false;
}

/* fd: what goes with it; -1: nothing. Waits for the answer. */
static bool
tell(const struct memif *memif, const struct memif_message *message, int fd, uint16_t answer)
{
	struct iovec part = {(void *)(uintptr_t)message, sizeof(*message)};
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *rights = (struct cmsghdr *)room;

		header.msg_control = room;
		header.msg_controllen = sizeof(room);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	}
	return sendmsg(memif->socket, &header, MSG_NOSIGNAL) == (ssize_t)sizeof(*message) &&
	       hear(memif, answer);
}

/* The ring at place `at` of the memory. */
static struct memif_ring *
ring_at(const struct memif *memif, int at)
{
	return (struct memif_ring *)(memif->memory + (size_t)at * RING_ROOM);
}

static bool
add_ring(const struct memif *memif, int at, bool to_switch, uint16_t index)
{
	struct memif_message message = {.type = ADD_RING};

	message.ring.flags = to_switch ? TO_SWITCH : 0;
	message.ring.index = index;
	message.ring.offset = (uint32_t)at * RING_ROOM;
	message.ring.log2_size = MEMIF_LOG2_SLOTS;
	return tell(memif, &message, memif->kick[to_switch ? MEMIF_SEND : MEMIF_RECEIVE], ACK);
}

/* The device gets one region, in which all is. */
static bool
agree(const struct memif *memif, uint16_t queue)
{
	struct memif_message init = {.type = INIT}, region = {.type = ADD_REGION},
			     connect = {.type = CONNECT};

	init.init.version = VERSION;
	memcpy(init.init.name, "vhost-load", sizeof("vhost-load"));
	region.region.size = MEMORY;
	if (!hear(memif, HELLO) || !tell(memif, &init, -1, ACK) ||
		!tell(memif, &region, memif->memory_fd, ACK) ||
		!add_ring(memif, MEMIF_SEND, true, 0))
		return false;
	for (uint16_t i = 0; i < queue; i++)
		if (!add_ring(memif, SPARE + i, false, i))
			return false;
	return add_ring(memif, MEMIF_RECEIVE, false, queue) && tell(memif, &connect, -1, CONNECTED);
}

static bool
make_memory(struct memif *memif, const struct memif_config *config)
{
	const uint32_t lengths[] = {config->length, MEMIF_BUFFER};

	memif->memory_fd = memfd_create("memif", MFD_CLOEXEC | MFD_HUGETLB);
	if (memif->memory_fd < 0 || ftruncate(memif->memory_fd, MEMORY) < 0)
		return false;
	memif->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, memif->memory_fd, 0);
	if (memif->memory == MAP_FAILED)
		return false;
	for (int at = 0; at < RINGS; at++) {
		ring_at(memif, at)->cookie = COOKIE;
		ring_at(memif, at)->flags = MEMIF_NO_INTERRUPT;
	}
	for (int which = 0; which < 2; which++) {
		struct memif_ring *ring = ring_at(memif, which);
		uint32_t at = RINGS * RING_ROOM + (uint32_t)which * MEMIF_SLOTS * config->distance;

		memif->kick[which] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		memif->ring[which] = ring;
		memif->buffers[which] = memif->memory + at;
		for (uint32_t i = 0; i < MEMIF_SLOTS; i++)
			ring->slot[i] = (struct memif_slot){
				.length = lengths[which], .offset = at + i * config->distance};
	}
	return true;
}

/* A switch that has just made its socket may not listen there yet. */
static bool
dial(struct memif *memif, const char *path, int timeout_ms)
{
	struct timeval patience = {.tv_sec = timeout_ms / 1000};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	uint64_t end = now_ms() + (uint64_t)timeout_ms;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(address.sun_path, path, strlen(path));
	memif->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (memif->socket < 0 ||
		setsockopt(memif->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return false;
	while (connect(memif->socket, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (now_ms() > end)
			return false;
		usleep(1000);
	}
	return true;
}

struct memif *
memif_connect(const struct memif_config *config, int timeout_ms)
{
	struct memif *memif = calloc(1, sizeof(*memif));
	struct memif_ring *receive;

	if (!memif)
		return NULL;
	memif->socket = memif->memory_fd = memif->kick[0] = memif->kick[1] = -1;
	memif->memory = MAP_FAILED;
	if (!make_memory(memif, config) || !dial(memif, config->path, timeout_ms) ||
		!agree(memif, config->queue)) {
		memif_disconnect(memif);
		return NULL;
	}
	/* Only now: the other side begins with empty rings. */
	receive = memif->ring[MEMIF_RECEIVE];
	__atomic_store_n(&receive->head, MEMIF_SLOTS, __ATOMIC_RELEASE);
	return memif;
}

void
memif_disconnect(struct memif *memif)
{
	const int fds[] = {memif->socket, memif->memory_fd, memif->kick[0], memif->kick[1]};
	int error = errno;

	if (memif->memory != MAP_FAILED)
		munmap(memif->memory, MEMORY);
	for (int i = 0; i < 4; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(memif);
	errno = error;
}
