/*
 * A guest's memory, rings and frames.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "front.h"

/* Writes to the guest's memory; first to its twin, if it has one. */
static void
put(const struct front *front, uint8_t *at, const void *from, uint32_t length)
{
	if (front->twin)
		memcpy(front->twin + (at - front->memory), from, length);
	memcpy(at, from, length);
}

/* Likewise, what makes buffers available. Returns their id. */
static uint16_t
offer(const struct front *front, struct front_ring *ring, const struct driver_buffer *buffers,
	uint16_t n, bool writable)
{
	struct driver twin = ring->driver;

	for (int i = 0; front->twin && i < 2; i++)
		twin.region[i] = twin.memory.region[i].host =
			front->twin + (ring->driver.region[i] - front->memory);
	/* No driver reads what a device may write to say where it adds. */
	if (front->twin)
		driver_add(&twin, buffers, n, writable, front->config.indirect);
	return driver_add(&ring->driver, buffers, n, writable, front->config.indirect);
}

static void
post(const struct front *front, struct front_ring *ring, uint64_t guest)
{
	struct driver_buffer buffer = {guest, front->config.buffer};

	ring->buffer[offer(front, ring, &buffer, 1, true)] = guest;
}

static void
make_rings(struct front *front)
{
	const struct front_config *config = &front->config;
	uint8_t features = (config->packed ? RING_PACKED : 0) |
			   (config->mergeable ? RING_MERGEABLE : 0) |
			   (config->event_index ? RING_EVENT_INDEX : 0);

	for (uint16_t i = 0; i < 2 * config->pairs; i++) {
		struct front_ring *ring = &front->ring[i];
		uint8_t *host = front->memory + (size_t)i * FRONT_RING_MEMORY + config->shift;
		uint64_t base = DRIVER_BASE + (uint64_t)i * FRONT_RING_MEMORY + config->shift;

		driver_init_in(&ring->driver, features, config->size,
			(uint8_t *[]){host, host + DRIVER_REGION}, base);
		ring->arena_at = DRIVER_BUFFERS_AT;
		driver_want_interrupts(&ring->driver, false);
		for (uint16_t b = 0; i % 2 == 0 && b < config->size; b++)
			post(front, ring, base + DRIVER_BUFFERS_AT + (uint64_t)b * config->buffer);
	}
}

void
front_reset(struct front *front)
{
	for (uint16_t i = 0; i < 2 * front->config.pairs; i++) {
		memset(front->ring[i].driver.region[0], 0, DRIVER_BUFFERS_AT);
		front->ring[i].in_flight = 0;
	}
	make_rings(front);
}

struct front *
front_create(const struct front_config *config)
{
	struct front *front = calloc(1, sizeof(*front));

	if (!front)
		return NULL;
	front->config = *config;
	front->listener = front->socket = -1;
	front->memory_size = 2ull * config->pairs * FRONT_RING_MEMORY;
	front->memory_fd = memfd_create("front", MFD_CLOEXEC | (config->huge ? MFD_HUGETLB : 0));
	front->memory = MAP_FAILED;
	for (uint16_t i = 0; i < 2 * config->pairs; i++) {
		front->ring[i].kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		front->ring[i].call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	if (front->memory_fd >= 0 && ftruncate(front->memory_fd, front->memory_size) == 0)
		front->memory = mmap(NULL, front->memory_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			front->memory_fd, 0);
	if (front->memory == MAP_FAILED || (config->listen && !front_listen(front))) {
		front_destroy(front);
		return NULL;
	}
	make_rings(front);
	return front;
}

void
front_destroy(struct front *front)
{
	int error = errno;

	front_disconnect(front);
	if (front->listener >= 0) {
		close(front->listener);
		unlink(front->config.path);
	}
	if (front->memory != MAP_FAILED)
		munmap(front->memory, front->memory_size);
	if (front->memory_fd >= 0)
		close(front->memory_fd);
	for (uint16_t i = 0; i < 2 * front->config.pairs; i++) {
		close(front->ring[i].kick);
		close(front->ring[i].call);
	}
	free(front);
	errno = error;
}

void
front_kick(const struct front *front, struct front_ring *ring)
{
	if (driver_wants_kick(&ring->driver) && !front->config.mute)
		eventfd_write(ring->kick, 1);
}

bool
front_send(
	struct front *front, uint16_t pair, const uint8_t *frame, uint32_t length, uint32_t piece)
{
	struct front_ring *ring = &front->ring[2 * pair + 1];
	uint32_t total = front->header_length + length;
	uint16_t n = piece ? (total + piece - 1) / piece : 1, slots;
	struct driver_buffer buffer[DRIVER_RING];
	uint64_t at;

	slots = front->config.indirect ? 1 : n;
	if (n > DRIVER_RING || ring->in_flight + slots > front->config.size)
		return false;
	if (ring->arena_at + total > FRONT_RING_MEMORY - front->config.shift)
		ring->arena_at = DRIVER_BUFFERS_AT;
	at = ring->driver.base + ring->arena_at;
	/* The regions follow each other in our memory. */
	put(front, ring->driver.region[0] + ring->arena_at, front->send_header,
		front->header_length);
	put(front, ring->driver.region[0] + ring->arena_at + front->header_length, frame, length);
	ring->arena_at += (total + 63) / 64 * 64;
	for (uint16_t i = 0; i < n; i++) {
		uint32_t left = total - i * piece;

		buffer[i] = (struct driver_buffer){
			at + i * piece, piece && piece < left ? piece : left};
	}
	ring->count[offer(front, ring, buffer, n, false)] = slots;
	ring->in_flight += slots;
	front_kick(front, ring);
	return true;
}

uint16_t
front_reclaim(struct front *front, uint16_t pair)
{
	struct front_ring *ring = &front->ring[2 * pair + 1];
	uint32_t length;
	uint16_t id;

	for (uint16_t i = 0; i < front->config.size && driver_used(&ring->driver, &id, &length);
		i++)
		ring->in_flight -= ring->count[id % DRIVER_RING];
	return ring->in_flight;
}

int
front_receive(struct front *front, uint16_t pair, uint8_t *frame, uint32_t room)
{
	struct front_ring *ring = &front->ring[2 * pair];
	uint32_t skip = front->header_length, got = 0;
	uint16_t buffers = 1, n = 0;

	while (n < buffers) {
		uint32_t length, take;
		uint64_t guest;
		uint16_t id;
		uint8_t *at;

		if (!driver_used(&ring->driver, &id, &length))
			return -1;
		guest = ring->buffer[id % DRIVER_RING];
		at = ring->driver.region[0] + (guest - ring->driver.base);
		if (n == 0 && front->header_length == 12)
			buffers = at[10] | at[11] << 8;
		if (n == 0)
			memcpy(front->receive_header, at, front->header_length);
		take = length < skip ? 0 : length - skip;
		take = take < room - got ? take : room - got;
		memcpy(frame + got, at + skip, take);
		got += take;
		skip = 0;
		n++;
		post(front, ring, guest);
	}
	return got;
}
