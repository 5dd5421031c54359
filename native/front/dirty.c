#include <linux/vhost_types.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dirty.h"

#define REPLY_TIMEOUT_MS 10000
#define BITS 64

uint64_t
dirty_log_size(const struct front *front)
{
	uint64_t last = DRIVER_BASE + front->memory_size - 1;

	return (last / DIRTY_PAGE / BITS + 1) * sizeof(uint64_t);
}

static bool
ask(struct front *front, struct message *message, const int *fds, int n_fds)
{
	uint32_t request = message->request;

	message->flags = MESSAGE_VERSION;
	return message_send(front->socket, message, fds, n_fds) &&
	       message_receive(front->socket, message, REPLY_TIMEOUT_MS) &&
	       message->request == request;
}

bool
dirty_move(struct dirty *dirty, uint64_t size)
{
	struct message message = {
		.request = SET_LOG_BASE, .size = sizeof(message.log), .log = {.size = size}};
	int fd = memfd_create("log", MFD_CLOEXEC);
	void *log = MAP_FAILED;
	bool told;

	if (fd >= 0 && ftruncate(fd, size) == 0)
		log = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	told = log != MAP_FAILED && ask(dirty->front, &message, &fd, 1);
	if (fd >= 0)
		close(fd);
	if (!told) {
		if (log != MAP_FAILED)
			munmap(log, size);
		return false;
	}
	if (dirty->log) {
		dirty_take(dirty);
		munmap(dirty->log, dirty->size);
	}
	dirty->log = log;
	dirty->size = size;
	return true;
}

bool
dirty_begin(struct dirty *dirty)
{
	struct front *front = dirty->front;
	struct message message = {.request = SET_FEATURES,
		.size = sizeof(message.number),
		.number = front->features | 1ull << VHOST_F_LOG_ALL};

	if (!front_tell(front, &message, NULL, 0))
		return false;
	if (front->twin)
		return true;
	front->twin = malloc(front->memory_size);
	if (front->twin)
		memcpy(front->twin, front->memory, front->memory_size);
	return front->twin;
}

/* Whether a page has any of the bytes, which are so many from an offset in the memory on. */
static bool
touches(uint64_t page, uint64_t at, uint64_t length)
{
	return page * DIRTY_PAGE < at + length && (page + 1) * DIRTY_PAGE > at;
}

/* Whether the switch may have a reason to write to a page: to a ring, or a frame to a buffer. */
static bool
is_expected(const struct dirty *dirty, uint64_t page)
{
	const struct front_config *config = &dirty->front->config;
	uint64_t filled = dirty->longest < config->buffer ? dirty->longest : config->buffer;

	for (uint16_t i = 0; i < 2 * config->pairs; i++) {
		uint64_t at = dirty->front->ring[i].driver.region[0] - dirty->front->memory;

		if (config->packed ? touches(page, at + DRIVER_DESC_AT,
					     config->size * sizeof(struct vring_packed_desc))
				   : touches(page, at + DRIVER_USED_AT,
					     sizeof(struct vring_used) +
						     config->size * sizeof(struct vring_used_elem)))
			return true;
		for (uint16_t b = 0; i % 2 == 0 && b < config->size; b++)
			if (touches(page, at + DRIVER_BUFFERS_AT + (uint64_t)b * config->buffer,
				    filled))
				return true;
	}
	return false;
}

static void
take_page(struct dirty *dirty, uint64_t guest_page)
{
	struct front *front = dirty->front;
	uint64_t page = guest_page - DRIVER_BASE / DIRTY_PAGE;
	bool inside = page < front->memory_size / DIRTY_PAGE;

	dirty->marked++;
	if (!dirty->has_foreign && (!inside || !is_expected(dirty, page))) {
		dirty->has_foreign = true;
		dirty->foreign = page;
	}
	/* Before the twin is made all is copied anyway. */
	if (inside && front->twin)
		memcpy(front->twin + page * DIRTY_PAGE, front->memory + page * DIRTY_PAGE,
			DIRTY_PAGE);
}

void
dirty_take(struct dirty *dirty)
{
	for (uint64_t i = 0; i < dirty->size / sizeof(*dirty->log); i++) {
		uint64_t bits = 0;

		/* First the mark, then the page: what is written later is marked anew. */
		if (__atomic_load_n(&dirty->log[i], __ATOMIC_RELAXED))
			bits = __atomic_exchange_n(&dirty->log[i], 0, __ATOMIC_SEQ_CST);
		for (; bits; bits &= bits - 1)
			take_page(dirty, i * BITS + __builtin_ctzll(bits));
	}
}

bool
dirty_stop(struct dirty *dirty, uint16_t ring)
{
	struct message message = {.request = GET_VRING_BASE, .size = 8, .ring = {ring, 0}};

	return ask(dirty->front, &message, NULL, 0);
}

/*
 * Where the switch says of a ring whether it wants to be kicked: it does not log that, nor does
 * rte_vhost (vhost_enable_guest_notification()). Neither is harmed. The switch at the destination
 * says anew what it wants when it takes the ring, and looks once more for buffers after each change
 * of that.
 */
static bool
is_wish(const struct dirty *dirty, uint64_t at)
{
	const struct front_config *config = &dirty->front->config;

	for (uint16_t i = 0; i < 2 * config->pairs; i++) {
		uint64_t from = at - (dirty->front->ring[i].driver.region[0] -
					     dirty->front->memory + DRIVER_USED_AT);
		uint64_t event =
			sizeof(struct vring_used) + config->size * sizeof(struct vring_used_elem);

		if (config->packed ? from < sizeof(struct vring_packed_desc_event)
				   : from < sizeof(uint16_t) || from - event < sizeof(uint16_t))
			return true;
	}
	return false;
}

uint64_t
dirty_lost(const struct dirty *dirty, uint64_t page)
{
	const struct front *front = dirty->front;

	for (; page < front->memory_size / DIRTY_PAGE; page++) {
		uint64_t at = page * DIRTY_PAGE;

		if (!memcmp(front->memory + at, front->twin + at, DIRTY_PAGE))
			continue;
		for (; at < (page + 1) * DIRTY_PAGE; at++)
			if (front->memory[at] != front->twin[at] && !is_wish(dirty, at))
				return page;
	}
	return page;
}

void
dirty_end(struct dirty *dirty)
{
	if (dirty->log)
		munmap(dirty->log, dirty->size);
	dirty->log = NULL;
	free(dirty->front->twin);
	dirty->front->twin = NULL;
}
