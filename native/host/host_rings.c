#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/mman.h>

#include "host_rings.h"

#define ALIGN 64

static size_t
aligned(size_t bytes)
{
	return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

/* Where the parts of a ring are in its memory; avail and used end with an event index. */
static size_t
avail_at(const struct host_ring *ring)
{
	return aligned(ring->size * sizeof(struct vring_desc));
}

static size_t
used_at(const struct host_ring *ring)
{
	return avail_at(ring) + aligned(sizeof(struct vring_avail) + ring->size * 2 + 2);
}

static size_t
buffers_at(const struct host_ring *ring)
{
	return used_at(ring) +
	       aligned(sizeof(struct vring_used) + ring->size * sizeof(struct vring_used_elem) + 2);
}

static size_t
bytes_of(const struct host_ring *ring)
{
	return aligned(buffers_at(ring) + (size_t)ring->size * ring->room);
}

static void
lay_out(struct host_ring *ring, uint8_t *memory)
{
	ring->desc = (struct vring_desc *)memory;
	ring->avail = (struct vring_avail *)(memory + avail_at(ring));
	ring->used = (struct vring_used *)(memory + used_at(ring));
	ring->buffers = memory + buffers_at(ring);
}

static uint8_t *
buffer(const struct host_ring *ring, uint16_t i)
{
	return ring->buffers + (size_t)(i & (ring->size - 1)) * ring->room;
}

/* The descriptor of a place never changes, but for its length. */
static void
fill(struct host_ring *ring, uint16_t flags)
{
	for (uint16_t i = 0; i < ring->size; i++) {
		ring->desc[i] = (struct vring_desc){
			.addr = (uintptr_t)buffer(ring, i), .len = ring->room, .flags = flags};
		ring->avail->ring[i] = i;
	}
}

static void
give(struct host_ring *ring, uint16_t n)
{
	ring->given += n;
	__atomic_store_n(&ring->avail->idx, ring->given, __ATOMIC_RELEASE);
}

/* Buffers that came back and were not taken yet. */
static uint16_t
came_back(const struct host_ring *ring)
{
	return __atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE) - ring->returned;
}

bool
host_rings_create(struct host_rings *rings, uint32_t room)
{
	struct memory_region *region = &rings->memory.region[0];
	size_t size;

	memset(rings, 0, sizeof(*rings));
	rings->receive.size = HOST_RECEIVE_BUFFERS;
	rings->receive.room = HOST_RECEIVE_ROOM;
	rings->transmit.size = HOST_TRANSMIT_BUFFERS;
	/* An odd number of lines: buffers of pages would share few sets of a cache. */
	rings->transmit.room = (aligned(room) / ALIGN | 1) * ALIGN;
	size = bytes_of(&rings->receive) + bytes_of(&rings->transmit);
	region->host = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (region->host == MAP_FAILED)
		return false;
	region->guest = (uintptr_t)region->host;
	region->size = size;
	rings->memory.n = 1;
	/* Lcores write there, and must not wait for the kernel to find pages. */
	memset(region->host, 0, bytes_of(&rings->receive));
	lay_out(&rings->receive, region->host);
	lay_out(&rings->transmit, region->host + bytes_of(&rings->receive));
	fill(&rings->receive, VRING_DESC_F_WRITE);
	fill(&rings->transmit, 0);
	give(&rings->receive, rings->receive.size);
	host_rings_want(&rings->transmit, false);
	return true;
}

void
host_rings_destroy(struct host_rings *rings)
{
	munmap(rings->memory.region[0].host, rings->memory.region[0].size);
}

void
host_rings_show(const struct host_rings *rings, const struct host_ring *ring, uint8_t features,
	int call, struct ring *shown)
{
	*shown = (struct ring){
		.desc = ring->desc,
		.avail = ring->avail,
		.used = ring->used,
		.memory = &rings->memory,
		.size = ring->size,
		.features = features,
		.header_length = HOST_HEADER,
		.call_fd = call,
	};
	ring_set_base(shown, 0, 0);
}

int
host_rings_receive(struct host_ring *receive, struct iovec *pieces)
{
	const struct virtio_net_hdr_mrg_rxbuf *header =
		(const struct virtio_net_hdr_mrg_rxbuf *)buffer(receive, receive->returned);
	int n = 0;

	if (!came_back(receive))
		return 0;
	/* All buffers of a frame come back together. */
	for (; n < header->num_buffers && n < HOST_MAX_PIECES; n++) {
		uint16_t at = receive->returned + n;

		pieces[n].iov_base = buffer(receive, at);
		pieces[n].iov_len = receive->used->ring[at & (receive->size - 1)].len;
	}
	return n;
}

void
host_rings_received(struct host_ring *receive, int n)
{
	receive->returned += n;
	give(receive, n);
}

uint8_t *
host_rings_place(struct host_ring *transmit)
{
	transmit->returned += came_back(transmit);
	if ((uint16_t)(transmit->given - transmit->returned) == transmit->size)
		return NULL;
	return buffer(transmit, transmit->given);
}

bool
host_rings_send(struct host_ring *transmit, uint32_t length)
{
	transmit->desc[transmit->given & (transmit->size - 1)].len = length;
	give(transmit, 1);
	/* Either we see that it waits, or the other side sees what was given. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !(
		__atomic_load_n(&transmit->used->flags, __ATOMIC_RELAXED) & VRING_USED_F_NO_NOTIFY);
}

bool
host_rings_want(struct host_ring *ring, bool interrupts)
{
	__atomic_store_n(
		&ring->avail->flags, interrupts ? 0 : VRING_AVAIL_F_NO_INTERRUPT, __ATOMIC_RELAXED);
	/* Either we see what came back, or the other side sees that we wait. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return interrupts && came_back(ring);
}
