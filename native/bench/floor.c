/*
 * vhost-floor: the lower bound of what one copy between two guests' rings costs. No table, no
 * policy, no counters; of a guest's descriptors only that they lie in its memory is checked, so it
 * is for the benchmark's own guests alone. rte_vhost has the protocol and the memory map.
 *
 *     vhost-floor [EAL OPTION]... -- SOCKET SOCKET
 */
#include <linux/vhost_types.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>

#include <rte_memcpy.h>
#include <rte_prefetch.h>
#include <rte_vhost.h>

#include "pair.h"

#define BURST 32
#define PROTOCOL_FEATURES 30 /* bit of the virtio features */

struct floor_ring {
	struct rte_vhost_vring vring;
	uint16_t seen, used; /* as avail->idx and used->idx count */
};

static struct {
	struct rte_vhost_memory *memory;
	struct floor_ring ring[2];
} guests[N_PORTS];

static bool
up(int port, int vid)
{
	if (rte_vhost_get_mem_table(vid, &guests[port].memory) < 0)
		return false;
	for (uint16_t i = 0; i < 2; i++) {
		struct floor_ring *ring = &guests[port].ring[i];

		if (rte_vhost_get_vhost_vring(vid, i, &ring->vring) < 0 ||
			rte_vhost_get_vring_base(vid, i, &ring->seen, &ring->used) < 0)
			return false;
	}
	return true;
}

static void
down(int port, int vid)
{
	for (uint16_t i = 0; i < 2; i++)
		rte_vhost_set_vring_base(
			vid, i, guests[port].ring[i].seen, guests[port].ring[i].used);
	free(guests[port].memory);
	guests[port].memory = NULL;
}

static inline uint16_t
available(const struct floor_ring *ring)
{
	return __atomic_load_n(&ring->vring.avail->idx, __ATOMIC_ACQUIRE) - ring->seen;
}

/* Where a buffer is, and the used entry that gives it back; NULL: not in the guest's memory. */
struct floor_buffer {
	uint8_t *at;
	uint32_t length;
	struct vring_used_elem used;
};

/* The n-th buffer that is available from here on. */
static inline struct floor_buffer
buffer_of(int port, const struct floor_ring *ring, uint16_t n)
{
	uint16_t mask = ring->vring.size - 1;
	uint16_t id = ring->vring.avail->ring[(ring->seen + n) & mask];
	const struct vring_desc *desc = &ring->vring.desc[id & mask];
	uint64_t length = desc->len;
	struct floor_buffer buffer = {.length = length, .used = {.id = id}};

	buffer.at = (uint8_t *)(uintptr_t)rte_vhost_va_from_guest_pa(
		guests[port].memory, desc->addr, &length);
	if (length != buffer.length)
		buffer.at = NULL;
	return buffer;
}

static inline void
copy_frame(const struct floor_buffer *frame, struct floor_buffer *room)
{
	if (!frame->at || !room->at || frame->length > room->length ||
		frame->length < sizeof(struct virtio_net_hdr_mrg_rxbuf))
		return;
	rte_memcpy(room->at, frame->at, frame->length);
	((struct virtio_net_hdr_mrg_rxbuf *)room->at)->num_buffers = 1;
	room->used.len = frame->length;
}

static void
publish(struct floor_ring *ring, const struct floor_buffer *buffers, uint16_t n)
{
	uint16_t mask = ring->vring.size - 1;

	for (uint16_t i = 0; i < n; i++)
		ring->vring.used->ring[(ring->used + i) & mask] = buffers[i].used;
	ring->seen += n;
	ring->used += n;
	__atomic_store_n(&ring->vring.used->idx, ring->used, __ATOMIC_RELEASE);
}

static void
forward(int from, const int vid[N_PORTS])
{
	struct floor_ring *out = &guests[from].ring[TRANSMIT];
	struct floor_ring *in = &guests[!from].ring[RECEIVE];
	struct floor_buffer frames[BURST], rooms[BURST];
	uint16_t n, room;

	if (vid[!from] < 0)
		return;
	n = available(out);
	room = n > 0 ? available(in) : 0;
	n = n < room ? n : room;
	n = n < BURST ? n : BURST;
	if (n == 0)
		return;
	for (uint16_t i = 0; i < n; i++) {
		frames[i] = buffer_of(from, out, i);
		rooms[i] = buffer_of(!from, in, i);
		rte_prefetch0(frames[i].at);
		rte_prefetch0_write(rooms[i].at);
	}
	for (uint16_t i = 0; i < n; i++)
		copy_frame(&frames[i], &rooms[i]);
	/* A sender gets its buffers back after its frames are there, as with vhost-switch. */
	publish(in, rooms, n);
	publish(out, frames, n);
}

static const struct pair pair = {
	.name = "vhost-floor",
	.own_rings = true,
	.features = 1ULL << VIRTIO_F_VERSION_1 | 1ULL << PROTOCOL_FEATURES,
	.up = up,
	.down = down,
	.forward = forward,
};

int
main(int argc, char **argv)
{
	return pair_run(argc, argv, &pair);
}
